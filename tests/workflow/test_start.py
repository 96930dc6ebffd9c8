"""How a start of the workflow ends whose configuration, locale or data are not as they should be."""

import subprocess
import sys

import pytest
import warm
import yaml

HOSTILE = """
run: test
dataset: {{kind: folder, path: photos}}
networks: {{tiny: {{factory: "tiny:Tiny", preprocessing: {{resize: 32, crop: 32}}, {network}}}}}
methods: {{gradcam: {{cam: gradcam}}, {methods}}}
{more}
"""


@pytest.mark.parametrize(
    ("changes", "lines"),
    [
        (
            {"network": "arguments: {when: 2020-01-01}"},
            ["networks.tiny.arguments.when: 2020-01-01 is a date; put it in quotes, for text"],
        ),
        (
            {"methods": "no: {cam: gradcam}, 1: {cam: cam}"},
            [
                "methods: key False is not text; put it in quotes (in YAML, no, off, on and yes are false and true)",
                "methods: key 1 is not text; put it in quotes",
            ],
        ),
        (
            {"network": f"seed: 0x{'f' * 5000}", "more": "compute: {batch: .nan}"},
            [
                "networks.tiny.seed: a whole number of more than 64 bits",
                "compute.batch: nan is not a finite number",
            ],
        ),
        ({"more": "shards: &a [*a]"}, [f"shards{'.0' * 29}: nested more than 30 deep"]),
        ({"more": '"a\\nb\\e[1m": 1'}, [r"unknown key 'a\nb\x1b[1m'"]),
        (
            {"more": "target: label\ntarget: predicted\nrun: 2024"},
            [
                "FILE: 'run' is given 2 times",
                "FILE: 'target' is given 2 times",
                "run: 2024 is not of type 'string'; put it in quotes",
            ],
        ),
    ],
)
def test_no_configuration_ends_in_a_traceback(small_project, changes, lines):
    file = small_project.folder / "mine.yaml"
    file.write_text(HOSTILE.format(**{"network": "", "methods": "", "more": "", **changes}), encoding="utf-8")
    command = [warm.python(), "-m", "snakemake", "-s", str(small_project.snakefile), "-n", "--configfile", str(file)]
    done = subprocess.run(command, cwd=small_project.folder, capture_output=True, text=True)
    assert done.returncode == 1
    said = done.stderr.splitlines()[1:]  # the first line is Snakemake's, which names its profile
    assert said == [f"config: {line.replace('FILE', str(file))}" for line in lines]


def test_a_locale_that_knows_ascii_only(small_project, monkeypatch):
    for name, value in {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}.items():
        monkeypatch.setenv(name, value)
    asked = [sys.executable, "-c", "import sys; print(sys.getfilesystemencoding())"]
    assert subprocess.run(asked, capture_output=True, text=True).stdout == "ascii\n"
    small_project.config["methods"]["gradcam"]["title"] = "Größe α"
    command = small_project.command("-n")  # which writes the configuration
    file = small_project.folder / "test.yaml"
    file.write_text(yaml.safe_dump(small_project.config, allow_unicode=True), encoding="utf-8")
    assert "Größe".encode() in file.read_bytes()
    done = subprocess.run(command, cwd=small_project.folder, capture_output=True)
    assert done.returncode == 0, done.stderr
    file.write_text(f"größe: 1\n{file.read_text(encoding='utf-8')}", encoding="utf-8")
    done = subprocess.run(command, cwd=small_project.folder, capture_output=True)
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [rb"config: unknown key 'gr\xf6\xdfe'"]


@pytest.mark.parametrize("arguments", [["--list"], ["--list-target-rules"], ["help", "--cores", "1"], ["--lint"]])
def test_what_the_workflow_can_do_is_told_without_its_data(small_project, arguments):
    small_project.config["dataset"]["path"] = "package:not_there/data"
    done = small_project.run(*arguments, check=False)
    assert done.returncode == 0, done.stderr
    assert "verify" in done.stdout + done.stderr or arguments == ["--lint"]


def test_a_run_is_not_started_without_its_data(small_project):
    small_project.config["dataset"]["path"] = "package:not_there/data"
    done = small_project.run("-n", check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[1:] == [
        "config: dataset: package:not_there/data: package not_there is not installed"
    ]


def test_a_null_in_arguments_reaches_the_factory_and_text_in_quotes_stays_text(small_project):
    (small_project.folder / "mine.py").write_text(
        "from tiny import Tiny\n\n\n"
        "def make(pretrained=True, version=1):\n"
        "    assert (pretrained, version) == (None, '1'), f'got {pretrained!r} and {version!r}'\n"
        "    return Tiny()\n"
    )
    network = {"factory": "mine:make", "arguments": {"pretrained": None, "version": "1"}}
    small_project.config["networks"]["tiny"] |= network
    assert small_project.run("-n", check=False).returncode == 0
    network["arguments"]["version"] = 1
    refused = small_project.run("-n", check=False)
    assert refused.returncode == 1
    assert "got None and 1" in refused.stderr


def test_the_command_line_takes_keys_away(small_project):
    small_project.config["curves"] = {"enabled": False, "pixels_per_step": 16}
    small_project.config["methods"]["random"] = {"cam": "random"}
    assert small_project.planned()["saliency_store"] == 2
    asked = ["--config", "methods={random: null}", "weights_folder=null", "shards={images: 3}"]
    assert small_project.planned(*asked)["saliency_store"] == 1
