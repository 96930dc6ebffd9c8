"""A finished run in a terminal."""

import shutil

import polars as pl
import pytest
from PIL import Image

from cambench.command import _main


def shown(capsys, *words):
    _main.main(["show", *map(str, words)])
    return capsys.readouterr().out


def refused(capsys, *words):
    with pytest.raises(SystemExit) as ended:
        _main.main(["show", *map(str, words)])
    assert ended.value.code == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_the_table_of_a_run_wherever_it_lies(finished, capsys, tmp_path):
    shutil.copytree(finished.results, tmp_path / "moved")
    said = shown(capsys, tmp_path / "moved")
    assert said.startswith("tiny: 9 images")
    adcc = pl.read_parquet(finished.results / "tables/summary.parquet").filter(method="gradcam")["adcc"].item()
    assert f"\ngradcam   {100 * adcc:.2f} ±" in said
    assert f"{tmp_path}/moved/report/index.html" in said


def test_one_metric_or_network(finished, capsys):
    said = shown(capsys, finished.results, "--metric", "deletion", "--network", "tiny")
    assert "95 % interval" in said
    assert "Where to look" not in said


def test_the_maps_of_an_image(finished, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert shown(capsys, finished.results, "--image", 3) == "test-3.png: 003_3.png\n"
    shown(capsys, finished.results, "--image", 0, "--output", tmp_path / "first.png")
    for name in ("test-3.png", "first.png"):
        with Image.open(name) as picture:
            assert picture.width > 100


@pytest.mark.parametrize(
    "words",
    [
        ("--metric", "adc"),
        ("--network", "net"),
        ("--image", "99"),
        ("--image", "-1"),
        ("--image", "1", "--output", "no/folder.png"),
        ("--image", "1", "--output", "picture.xyz"),
        ("--image", "1", "--metric", "adcc"),
        ("--output", "picture.png"),
        ("--image", "first"),
    ],
)
def test_what_it_has_not_is_refused_in_one_line(finished, words, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    refused(capsys, finished.results, *words)


def test_a_folder_that_is_no_run_is_refused(capsys, tmp_path):
    refused(capsys, tmp_path)
