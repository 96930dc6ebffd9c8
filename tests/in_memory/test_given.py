"""`adcc`: maps of one image, whoever made them."""

import numpy as np
import polars as pl
import pytest
import torch

import cambench
from cambench.errors import InputError
from cambench.in_memory.given import COLUMNS


@pytest.fixture(scope="module")
def made(run):
    """The network's block, an image, its map and that of the masked image, and the row of the table."""
    first, second = (run.reader("tiny", "gradcam")(f"{stage}.raw")[8:9] for stage in ("saliency", "masked"))
    row = run.metrics.filter(method="gradcam", image=8)
    return run.config["networks"]["tiny"], "photos/008_0.png", first, second, row


def test_maps_with_those_of_the_masked_image(made):
    network, image, first, second, row = made
    found = cambench.adcc(network, image, first, masked_maps=second)
    assert found.drop("map").equals(row.select(COLUMNS))
    assert found["map"].to_list() == [0]


def test_methods_make_both(made):
    network, image, *_, row = made

    def mine(batch):
        A, g = batch.gradients()
        return (g.mean((2, 3), keepdim=True) * A).sum(1)

    found = cambench.adcc(network, image, ["gradcam", mine])
    assert found["map"].to_list() == ["gradcam", "mine"]
    assert found.head(1).drop("map").equals(row.select(COLUMNS))
    assert found.tail(1).drop("map").equals(row.select(COLUMNS))


def test_without_second_maps_what_needs_them_is_unknown(made):
    network, image, first, _, row = made
    with pytest.warns(UserWarning, match="coherency and adcc are not known"):
        found = cambench.adcc(network, image, {"a": first[0], "twice": 2 * first[0], "fine": np.ones((16, 16))})
    assert found["map"].to_list() == ["a", "twice", "fine"]
    assert found.select("coherency", "adcc").null_count().row(0) == (3, 3)
    known = ["average_drop", "complexity"]
    assert found.head(1).select(known).equals(row.select(known))
    np.testing.assert_allclose(found[1, "complexity"], found[0, "complexity"], atol=1e-6)
    assert found["degenerate"].to_list() == [False, False, True]


def test_a_function_makes_the_second_maps_of_masked_inputs(made, run):
    network, image, first, second, row = made
    expected = run.masked("tiny", "gradcam", slice(8, 9))

    def explain(inputs):
        np.testing.assert_allclose(inputs, expected, atol=1e-5)
        return torch.from_numpy(second)

    found = cambench.adcc(network, image, first, masked_maps=explain)
    assert found.drop("map").equals(row.select(COLUMNS))


def test_a_function_may_change_the_inputs_that_it_gets(made):
    network, image, first, *_ = made
    found = cambench.adcc(network, image, first, lambda inputs: inputs[:, 0, :8, :8] * 1)
    changed = cambench.adcc(network, image, first, lambda inputs: inputs.requires_grad_()[:, 0, :8, :8] * 1)
    zeros = cambench.adcc(network, image, first, lambda inputs: inputs.zero_()[:, 0, :8, :8])
    assert found.equals(changed)
    assert zeros["masked_probability"].equals(found["masked_probability"])


def test_several_maps_and_another_class(made):
    network, image, first, second, row = made
    maps, seconds = np.concatenate([first, -first]), np.concatenate([second, second])
    found = cambench.adcc(network, image, maps, seconds, target=3)
    assert cambench.adcc(network, image, list(maps), list(seconds), target=3).equals(found)
    assert found["target"].to_list() == [3, 3]
    assert found["probability"].n_unique() == 1
    turned = cambench.adcc(network, image, -first, seconds[:1], relu=False)
    assert turned["complexity"].item() != pytest.approx(row["complexity"].item())
    assert isinstance(found, pl.DataFrame)


def test_what_cannot_be_used_is_refused(made):
    network, image, first, second, _ = made
    for arguments, said in [
        ((network, [image] * 2, first), "image: give one image"),
        ((network, "photos", first), "image: give one image"),
        ((network, image, first[:, :0]), "maps: give one map (h, w) or several (m, h, w), not (1, 0, 8)"),
        ((network, image, first * np.nan), "maps: has values that are not finite"),
        ((network, image, {"a": first[0, 0]}), "maps.a: give one map (h, w), not (8,)"),
        ((network, image, first, second[:, :3]), "masked_maps: shape (1, 3, 8), but the maps have (1, 8, 8)"),
        ((network, image, {"a": first}, {"b": second}), "masked_maps: have names b, but maps a"),
        ((network, image, {"a": first}, second), "masked_maps: give them in the form of the maps"),
        ((network, image, first, lambda inputs: inputs.mean(1)), "masked_maps: returned maps of shape (1, 32, 32)"),
        ((network, image, "gradcam", second), "masked_maps and relu go with maps that you have"),
        ((network, image, ["gradcm"]), "no method 'gradcm'"),
        ((network, image, [first[0], first[0, :4]]), "maps: of several sizes; give them by name"),
        ((network, image, first, lambda inputs: None), "masked_maps: the function fails: "),
        ((network, image, first * np.float64(1e300)), "maps: has values that are not finite"),
    ]:
        with pytest.raises(InputError) as error:
            cambench.adcc(*arguments)
        assert said in str(error.value)
