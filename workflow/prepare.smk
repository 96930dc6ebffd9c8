"""The configuration checked and completed before any rule is read; a wrong one ends here, a line an error."""

import functools
import hashlib
import json
import os
import shlex
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

from cambench import config as configuration
from cambench import datasets, provenance, registry
from snakemake.utils import update_config
from snakemake_interface_executor_plugins.settings import ExecMode

configuration.make_importable()
CACHE = Path(".snakemake", "cambench")


def refuse_if(errors):
    """Print one line an error and stop before any work."""
    if errors:
        print("\n".join(errors), file=sys.stderr)
        sys.exit(1)


def weights_digest(model):
    """Digest of a network's weights file, if it has one."""
    return (
        provenance.file_digest(datasets.resolve(model["weights"]), CACHE)
        if datasets.is_file(model["weights"])
        else None
    )


@functools.cache
def listing():
    """Digest of the data set's listing."""
    return datasets.digest(config["dataset"])


def check_networks():
    """Open every network once, in a process of its own; what was found good is not asked again."""
    weights = [weights_digest(model) for model in config["models"].values()]
    asked = [{key: config[key] for key in ("models", "methods")}, listing(), weights]
    methods = [f"methods.{name}" for name in registry.names()]
    code = provenance.code_digest("check", *methods)
    digest = hashlib.sha256(json.dumps([asked, code], sort_keys=True).encode()).hexdigest()[:16]
    passed = CACHE / digest
    if passed.exists() or find_spec("torch") is None:
        return
    run = subprocess.run(
        [sys.executable, "-m", "cambench.check"], input=json.dumps(config), text=True, stdout=subprocess.PIPE
    )
    refuse_if([line for line in run.stdout.splitlines() if line] or ["config: check failed"] * bool(run.returncode))
    CACHE.mkdir(parents=True, exist_ok=True)
    passed.touch()


def prepare_config():
    """Fill in defaults, and in the process that plans the workflow refuse what cannot run."""
    update_config(config, configuration.typed(workflow.config_settings.overwrite_config))
    planning = workflow.exec_mode == ExecMode.DEFAULT
    full, errors = configuration.resolve(config, [str(file) for file in workflow.configfiles], look=planning)
    refuse_if(errors)
    config.update(full)
    if planning:
        unwritable = configuration.results_error(f"results/{config['run']}")
        refuse_if([unwritable] if unwritable else [])
        check_networks()
        os.environ[provenance.COMMAND] = shlex.join(["snakemake", *sys.argv[1:]])


prepare_config()


onstart:
    # Under its default limit of 100 jobs a second Snakemake 9.27 adds, for each job that ends, a timer that wakes the
    # scheduler every second for the rest of the run; after some hundred jobs it takes a good part of a core.
    limit = workflow.scheduling_settings.max_jobs_per_timespan
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None
