"""Images with several labels, and the names of classes, through the workflow."""

import json

import numpy as np
import polars as pl
import zarr


def test_several_labels_and_a_file_of_names(small_project):
    folder, network = small_project.folder, small_project.config["networks"]["tiny"]
    (folder / "list.csv").write_text(
        "path,labels\n" + "".join(f"photos/00{n}_{n % 4}.png,{n % 4} 4\n" for n in range(6))
    )
    (folder / "names.txt").write_text("ant\nbee\ncat\n=dog\neel\n")
    network |= {"score": "sigmoid", "classes_file": "names.txt"}
    small_project.config["dataset"] = {"kind": "manifest", "path": "list.csv"}
    small_project.run()
    rows = pl.read_parquet(small_project.results / "metrics.parquet")
    assert rows["label"].to_list() == [-1] * 6
    right = [predicted in (number % 4, 4) for number, predicted in enumerate(rows["predicted"])]
    assert rows["correct"].to_list() == list(map(int, right))
    summary = pl.read_parquet(small_project.results / "tables/summary.parquet")
    assert summary["top1"].item() == np.mean(right)
    caption = (small_project.results / "tables/summary.md").read_text()
    assert f"top-1 {100 * np.mean(right):.1f} %, layer relu, random weights, probabilities by sigmoid;" in caption
    names = json.loads((small_project.results / "classes.json").read_text())
    assert names == {"tiny": ["ant", "bee", "cat", "=dog", "eel"]}
    table = pl.read_csv(small_project.results / "tables/classes.csv")
    shown = dict(enumerate(["ant", "bee", "cat", "'=dog", "eel"]))  # which no spreadsheet takes for a formula
    assert table["name"].to_list() == [shown[number] for number in table["class"]]
    stored = zarr.open_group(small_project.results / "predictions/tiny.zarr", mode="r")
    assert stored["correct"][:].tolist() == rows["correct"].to_list()
    assert small_project.planned() == {}
    (folder / "list.csv").write_text((folder / "list.csv").read_text().replace("_0.png,0 4", "_0.png,1 2"))
    small_project.run("results/test/predictions/tiny.zarr/zarr.json")
    changed = zarr.open_group(small_project.results / "predictions/tiny.zarr", mode="r")["correct"][:]
    predicted = rows["predicted"].to_list()
    assert changed.tolist() == [int(p in ((1, 2) if n % 4 == 0 else (n % 4, 4))) for n, p in enumerate(predicted)]


def test_folders_name_the_classes(small_project):
    photos = small_project.folder / "photos"
    for number, image in enumerate(sorted(photos.iterdir())):
        (photos / "abc"[number % 3]).mkdir(exist_ok=True)
        image.rename(photos / "abc"[number % 3] / image.name)
    small_project.config["dataset"] = {"kind": "folder", "path": "photos", "label": "folder"}
    small_project.run("results/test/classes.json")
    assert json.loads((small_project.results / "classes.json").read_text()) == {"tiny": ["a", "b", "c"]}
