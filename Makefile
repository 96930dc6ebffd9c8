PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The lock says which versions CI ran; as constraints it serves other platforms too.
INSTALL = $(BIN)/python -m pip install --disable-pip-version-check --quiet -c requirements.lock -e

.PHONY: demo test test-all test-slow bench gpu networks check clean

demo: $(VENV)/demo
	@$(BIN)/snakemake --cores all
	@echo
	@$(BIN)/python -m cambench.report.terminal results/demo/tables/summary.parquet
	@echo
	@echo "Percent; + higher is better, - lower is better. ADCC is that of the means. Where to look:"
	@ls -1 results/demo/tables/summary.* results/demo/figures/* results/demo/report/index.html | sed 's/^/  /'

# More than one process, because runs of the workflow leave cores waiting while they start and end.
PYTEST = $(BIN)/python -m pytest --dist loadfile

test: $(VENV)/test
	$(PYTEST) -n 2

# All but the slow ones, in one session: more kills, full disks, a storage, Slurm and PBS. As root, for it mounts file
# systems and installs Slurm, munge and rsync from the distribution where they are missing. In the order of the folders,
# so that Slurm's tests begin first; they mostly wait, so there are three processes.
test-all: $(VENV)/slurm
	command -v rsync >/dev/null || { apt-get update -qq && apt-get install -qq -y --no-install-recommends rsync; }
	$(PYTEST) -n 3 --no-loadscope-reorder -m "not slow" --durations 25

# Half an hour: Score-CAM on all six networks of the paper; planning for 50,000 images.
test-slow: $(VENV)/test
	$(BIN)/python -m pytest -m slow -s

# Two hours: beside pytorch-grad-cam, torch-cam and RISE's loop; writes results/bench.
bench: $(VENV)/test
	$(BIN)/python tests/benchmarks/bench.py
	$(BIN)/python tests/benchmarks/precision.py
	$(BIN)/python tests/benchmarks/scale.py

# Under nine minutes, on a machine with a GPU: agreement with the CPU, speed, memory, precisions; writes results/gpu. Where
# there is no .venv, it takes the python3 that is there; for a machine without a network, see tests/gpu/wheels.sh. TINY=1
# proves the command itself on a CPU.
gpu:
	$(if $(wildcard $(BIN)/python),$(BIN)/python,$(PYTHON)) tests/gpu/run.py $(if $(TINY),--tiny)

# Two minutes: what cambench makes of families of networks; writes docs/networks.md.
networks: $(VENV)/test
	$(BIN)/python tests/families/table.py

check: $(VENV)/test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint

clean:
	rm -rf $(VENV) .snakemake results

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/demo: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what the demo needs into $(VENV) (some minutes, once)"
	$(INSTALL) ".[demo]"
	@touch $@

$(VENV)/test: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what the tests need into $(VENV) (some minutes, once)"
	$(INSTALL) ".[test,check]"
	@touch $@

# Apart from the rest: where the plugin is installed, every Snakemake waits for a Slurm.
$(VENV)/slurm: $(VENV)/test
	$(BIN)/python -m pip install --quiet -c requirements.lock --no-deps --target $@ \
	  snakemake-executor-plugin-slurm snakemake-executor-plugin-slurm-jobstep throttler \
	  snakemake-executor-plugin-cluster-generic
