"""Where files lie, and the shapes of what they hold."""

import pytest

from cambench.points import Points
from cambench.store import layout
from cambench.store.layout import Shapes
from cambench.store.stages import STAGES, STORES

NETWORK = {"input": [30, 40], "map": [3, 4], "channels": 7}


def test_shards_cover_every_row_once():
    rows = [layout.shard_rows(shard, 4, 10) for shard in range(layout.shard_count(10, 4))]
    assert rows == [(0, 4), (4, 8), (8, 10)]
    assert list(layout.covering((3, 9), 4)) == [0, 1, 2]
    assert list(layout.covering((4, 8), 4)) == [1]


@pytest.mark.parametrize("stage", STORES)
def test_chunk_files_are_those_that_the_arrays_of_zarr_have(stage):
    names = STAGES[stage].per
    root = layout.store(stage, *names)
    assert root == f"{stage}/{'/'.join(names)}.zarr"
    assert layout.pattern(stage) == f"{stage}/{'/'.join(f'{{{name}}}' for name in names)}.zarr"
    found = layout.chunks(root, stage, 7)
    assert found.keys() == STAGES[stage].writes.keys()
    for name, path in found.items():
        assert path == layout.chunk(root, stage, name, 7)
        place = path.removeprefix(f"{root}/{name}/c/").split("/")
        assert place == ["7", *"0" * (len(STAGES[stage].writes[name].dims) - 1)]


@pytest.mark.parametrize("stage", STORES)
def test_a_chunk_file_is_known_wherever_its_run_lies(stage):
    names = STAGES[stage].per
    identities = set()
    for folder in ("results/a", "/other.zarr/b"):
        for shard in (0, 1):
            paths = layout.chunks(f"{folder}/{layout.store(stage, *names)}", stage, shard)
            identities |= {layout.identity(path, stage) for path in paths.values()}
    assert len(identities) == 2 * len(STAGES[stage].writes)
    assert all(name.startswith(layout.store(stage, *names)) for name in identities)


@pytest.mark.parametrize("stage", STORES)
def test_metadata_is_that_of_every_array_with_the_root_first(stage):
    names = [*STAGES[stage].writes, *layout.coordinates(stage)]
    found = layout.metadata("root", stage)
    assert found[0] == "root/zarr.json"
    assert {path for path in found if path.endswith("/zarr.json")} == {
        "root/zarr.json",
        *(f"root/{name}/zarr.json" for name in names),
    }
    assert {path for path in found if path.endswith("/c/0")} == {
        f"root/{name}/c/0" for name in layout.coordinates(stage)
    }
    assert len(found) == len(set(found))
    assert not set(found) & set(layout.chunks("root", stage, 0).values())


def test_shapes_of_a_network_and_a_method():
    of_layer = {"activations": (7, 3, 4)}
    assert Shapes.of(NETWORK) == Shapes((30, 40), (3, 4), **of_layer)
    assert Shapes.of(NETWORK, "input") == Shapes((30, 40), (30, 40), **of_layer)
    halves = {"pixels_per_step": 600, "points": "all"}
    assert Shapes.of(NETWORK, [5, 6], halves) == Shapes((30, 40), (5, 6), Points((0, 0.5, 1)), **of_layer)
    assert Shapes.of(pixels=(7, 8)) == Shapes((7, 8), (0, 0))


def test_shapes_of_arrays():
    sizes = {"share": 2, "cell": 16, "subset": 5, "place": 81, "copy": 10}
    shapes = Shapes((30, 40), (3, 4), Points((0, 0.5, 1)), (7, 5, 6), sizes)
    expected = {
        "images.pixels": (30, 40, 3),
        "images.seed": (),
        "predictions.activations": (7, 5, 6),
        "channel_scores.scores": (7,),
        "saliency.raw": (3, 4),
        "saliency.passes": (),
        "curves.insertion": (3,),
        "curves.steps": (3,),
        "road.lerf": (2,),
        "perturbations.cells": (16,),
        "perturbations.removed": (5, 81),
        "sensitivity.change": (10,),
    }
    for name, shape in expected.items():
        stage, variable = name.split(".")
        assert layout.array(stage, variable, 2, shapes).item_shape == shape
        assert layout.array(stage, variable, 2, shapes).variable == STAGES[stage].writes[variable]


def test_shapes_of_drawn_points():
    """Of the steps 0 to 4, one of 1 to 3 is drawn: three points, and the place of the drawn one is their mean."""
    shapes = Shapes.of(NETWORK, points={"pixels_per_step": 300, "points": 1})
    assert layout.array("curves", "deletion", 2, shapes).item_shape == (3,)
    assert layout.axes("curves", shapes)["step"] == [0, 0.5, 1]


def test_coordinates():
    shapes = Shapes((30, 40), (3, 4), Points((0, 0.5, 1)))
    assert {stage: layout.coordinates(stage) for stage in STORES} == {
        "images": ["image", "y", "x"],
        "predictions": ["image", "y", "x"],
        "channel_scores": ["image"],
        "saliency": ["image", "y", "x"],
        "masked": ["image", "y", "x"],
        "curves": ["image", "step"],
        "complement": ["image"],
        "road": ["image"],
        "perturbations": ["image"],
        "other_class": ["image", "y", "x"],
        "random_weights": ["image", "y", "x"],
        "sensitivity": ["image"],
    }
    assert layout.axes("saliency", shapes) == {
        "y": [4.5, 14.5, 24.5],
        "x": [4.5, 14.5, 24.5, 34.5],
        "step": [0, 0.5, 1],
    }
    assert layout.axes("images", shapes)["x"] == list(range(40))
