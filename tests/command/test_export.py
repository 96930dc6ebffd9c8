"""`cambench export`: records of a run, or its masked inputs."""

import json

import numpy as np
import pytest

from cambench.command import _main


def said(capsys, *words):
    _main.main(["export", *map(str, words)])
    return capsys.readouterr().out.splitlines()


def test_records(finished, tmp_path, capsys):
    paths = said(capsys, finished.results, "-o", tmp_path / "out", "--data", "Mine")
    assert [json.loads((tmp_path / "out" / path).read_text())["data"]["name"] for path in paths] == ["Mine", "Mine"]
    assert len(said(capsys, finished.results, "-o", tmp_path / "out", "--method", "gradcam")) == 1


def test_masked_inputs(finished, tmp_path, capsys):
    out = tmp_path / "masked.npy"
    assert said(capsys, finished.results, "--masked", out, "--method", "gradcam") == [
        str(out),
        str(out.with_suffix(".txt")),
    ]
    images = len(out.with_suffix(".txt").read_text().splitlines())
    assert np.load(out).shape == (images, 3, 32, 32)


@pytest.mark.parametrize(
    ("words", "line"),
    [
        (["--masked", "x.npy", "--data", "Mine"], "--data names the data set of records; there are none with --masked"),
        (["--method", "gradcm"], "no method 'gradcm'; did you mean 'gradcam'?"),
        (["--network", "other"], "has networks tiny; name one of them, not 'other'"),
    ],
)
def test_what_cannot_be_exported_is_one_line(finished, capsys, words, line):
    with pytest.raises(SystemExit) as ended:
        said(capsys, finished.results, *words)
    assert ended.value.code == 1
    assert line in capsys.readouterr().err


def test_what_is_no_run(tmp_path, capsys):
    with pytest.raises(SystemExit):
        said(capsys, tmp_path)
    assert capsys.readouterr().err.startswith(f"{tmp_path}: no finished run")
