PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# The lock says which versions CI ran; as constraints it serves other platforms too.
PIP = $(BIN)/python -m pip install --disable-pip-version-check --quiet -c requirements.lock
INSTALL = $(PIP) --no-compile -e
# On all cores, which pip would do on one, and without what is hardly imported. It fails for templates that packages
# bring, which are not Python.
COMPILE = $(BIN)/python -m compileall -q -j 0 -x '/tests/|/transformers/models/' $(VENV)/lib >/dev/null || true

.PHONY: demo test test-all test-slow bench gpu networks leaderboard records web check clean

demo: $(VENV)/demo
	@$(BIN)/cambench run demo

# More than one process, because runs of the workflow leave cores waiting while they start and end. Compiled before, for
# the processes of the tests would each compile the package anew where PYTHONDONTWRITEBYTECODE is set.
PYTEST = $(BIN)/python -m compileall -q workflow/cambench && $(BIN)/python -m pytest --dist loadfile

test: $(VENV)/test
	$(PYTEST) -n 2

# All but the slow ones, in one session: more kills, full disks, a storage, Slurm and PBS, LaTeX, pages in Chromium. As
# root, for it mounts file systems, and installs what is missing from the distribution. In the order of tests/conftest.py,
# so that Slurm's tests begin first; they mostly wait, so there are three processes.
test-all: $(VENV)/slurm $(VENV)/npm
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

# One page of all records in leaderboard/records.
leaderboard: $(VENV)/demo
	$(BIN)/python -m cambench.records.check leaderboard
	$(BIN)/python -m cambench.records.leaderboard leaderboard

# Some minutes: the first records of the leaderboard anew, of three networks on twenty photographs.
records: $(VENV)/test
	$(BIN)/cambench run config/lite.yaml
	$(BIN)/cambench export results/lite -o leaderboard/records --data "foolbox photographs (ImageNet)"

# Half a minute, with Node 20: makes the scripts and styles of the pages, in workflow/cambench/report/bundle, from workflow/web.
web:
	cd workflow/web && npm ci --silent && npm run --silent check && npm run --silent build

# Records whose values changed since the last commit are flagged; CHANGED=--changed says that they are meant to.
SINCE := $(shell git rev-parse --quiet --verify HEAD^ 2>/dev/null)
check: $(VENV)/test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/snakefmt --check Snakefile workflow
	$(BIN)/mypy
	$(BIN)/snakemake --lint
	$(BIN)/python -m cambench.records.check leaderboard $(if $(SINCE),--since $(SINCE)) $(CHANGED)

clean:
	rm -rf $(VENV) .snakemake results

# With a pip that takes half the time of that which Python 3.11 brings.
$(BIN)/python:
	$(PYTHON) -m venv $(VENV)
	$(PIP) --upgrade pip

$(VENV)/demo: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what the demo needs into $(VENV) (some minutes, once)"
	$(INSTALL) ".[demo]"
	@$(COMPILE)
	@touch $@

# And what the demo needs, which is part of it.
$(VENV)/test: pyproject.toml requirements.lock | $(BIN)/python
	@echo "Installing what the tests need into $(VENV) (some minutes, once)"
	$(INSTALL) ".[test,check,browser]"
	@$(COMPILE)
	@touch $(VENV)/demo $@

# What the tests take from the distribution. npm comes apart, for Chromium cannot be installed beside another source's npm.
$(VENV)/packages: | $(BIN)/python
	for tool in chromium rsync pdflatex pdftotext; do command -v $$tool >/dev/null || missing=$$tool; done; \
	if [ -n "$$missing" ]; then apt-get update -qq && \
	  apt-get install -qq -y --no-install-recommends chromium rsync texlive-latex-recommended poppler-utils; fi
	command -v npm >/dev/null || { apt-get update -qq && apt-get install -qq -y --no-install-recommends nodejs npm; }
	@touch $@

# The packages that pages are made of.
$(VENV)/npm: $(VENV)/packages workflow/web/package-lock.json
	cd workflow/web && npm ci --silent
	@touch $@

# Apart from the rest: where the plugin is installed, every Snakemake waits for a Slurm.
$(VENV)/slurm: $(VENV)/test
	$(PIP) --no-deps --target $@ \
	  snakemake-executor-plugin-slurm snakemake-executor-plugin-slurm-jobstep throttler \
	  snakemake-executor-plugin-cluster-generic
