"""`evaluate`: the workflow's numbers to the bit, whatever form networks, images and methods are given in."""

import doctest
import importlib
import random
import subprocess
import sys
from contextlib import contextmanager

import numpy as np
import polars as pl
import pytest
import torch
from PIL import Image
from tiny import Tiny

import cambench
from cambench.errors import InputError
from cambench.networks.build import normalise

MEAN = {"mean": [0.5] * 3, "std": [0.25] * 3}
PIXELS = np.random.default_rng(0).integers(0, 255, (4, 32, 32, 3), dtype=np.uint8)


def network():
    torch.manual_seed(0)
    return Tiny()


def evaluated(images=PIXELS, methods=("gradcam",), of=None, **options):
    return cambench.evaluate(of or network(), images, methods, progress=False, **{"preprocessing": MEAN, **options})


def block(run):
    return run.config["networks"]["tiny"]


@pytest.mark.parametrize("shard", [(0, 4), (4, 8), (8, 9)])
def test_numbers_are_those_of_the_workflow_to_the_bit(run, shard):
    """Of the images of one job, because batches are cut there as they are here."""
    rows = slice(*shard)
    paths = [f"photos/{path}" for path in run.manifest["path"][rows]]
    options = {"labels": run.manifest["label"][rows], "curves": run.config["curves"], "name": "tiny"}
    table = cambench.evaluate(block(run), paths, run.methods, progress=False, **options)
    expected = run.metrics.filter(pl.col("image").is_between(shard[0], shard[1] - 1))
    assert table.equals(expected.with_columns(pl.col("image") - shard[0]))


def test_a_data_set_as_the_configuration_names_it(run):
    table = cambench.evaluate(block(run), run.config["dataset"], "gradcam", name="tiny", progress=False)
    expected = run.metrics.filter(method="gradcam").select(table.columns)
    assert table.schema == expected.schema
    for name in table.columns:
        if table[name].dtype.is_float():
            np.testing.assert_allclose(table[name], expected[name], rtol=0, atol=1e-6, err_msg=name)
        else:
            assert table[name].equals(expected[name]), name


def test_means_are_those_of_the_workflow(run):
    found = cambench.summarise(run.metrics, resamples=50)
    assert found.equals(run.table("summary"))


def test_means_of_a_users_own_metric(run):
    """Nobody has to say that it is one: no other column may have such a name."""
    table = run.metrics.with_columns(mine=pl.col("complexity") / 2, tied=0.5)
    found = cambench.summarise(table, resamples=50)
    np.testing.assert_allclose(found["mine_high"], found["complexity_high"] / 2)
    assert "tied" not in found.columns


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda table: table.drop("network"), "table: has no column network"),
        (lambda table: table[:0], "table: has no rows"),
        (lambda table: table[1:], "table: methods of tiny do not have the same images, each once"),
        (lambda table: pl.concat([table, table]), "table: methods of tiny do not have the same images, each once"),
        (lambda table: table.to_dict(), "table: give the polars table of evaluate or of a run, not a dict"),
    ],
)
def test_what_has_no_means(run, change, said):
    with pytest.raises(InputError, match=said):
        cambench.summarise(change(run.metrics))
    with pytest.raises(InputError, match="a confidence between 0 and 1, not 2000 and 95"):
        cambench.summarise(run.metrics, confidence=95)


def test_pixels_inputs_and_tensors_are_one(run):
    curves = {"ties": "reading"}  # their random order follows from the bytes
    expected = evaluated(methods=["scorecam"], curves=curves)
    inputs = normalise(torch.from_numpy(PIXELS), MEAN)
    for images in (torch.from_numpy(PIXELS), list(PIXELS), inputs, inputs.numpy(), list(inputs)):
        others = evaluated(images, ["scorecam"], curves=curves)
        assert others.drop("image").equals(expected.drop("image"))


def test_photographs_in_memory_are_those_on_the_disk(run):
    files = [f"photos/{path}" for path in run.manifest["path"][:3]]
    images = [Image.open(file) for file in files]
    small = {**MEAN, "resize": 36, "crop": 32}
    first, second = (evaluated(given, preprocessing=small) for given in (files, images))
    assert first.equals(second)
    assert evaluated(images[1], preprocessing=small)["probability"].item() == pytest.approx(first["probability"][1])


def test_a_folder_is_read_and_what_is_no_image_is_named(run, tmp_path):
    for number in range(2):
        Image.fromarray(PIXELS[number]).save(tmp_path / f"{number}.png")
    (tmp_path / "notes.txt").write_text("no image")
    small = {**MEAN, "resize": 32, "crop": 32}
    with pytest.warns(UserWarning, match=r"1 files are no images that can be used: notes\.txt: not an image"):
        table = evaluated(tmp_path, preprocessing=small)
    assert table["probability"].to_list() == evaluated(PIXELS[:2])["probability"].to_list()


def test_a_function_is_a_method():
    def mine(batch):
        A, g = batch.gradients()
        return (g.mean((2, 3), keepdim=True) * A).sum(1)

    table = evaluated(methods={"theirs": "gradcam", "mine": mine, "finer": lambda batch: batch.images.mean(1)})
    one, other = (table.filter(method=method).drop("method") for method in ("theirs", "mine"))
    assert one.equals(other)
    assert table["method"].unique(maintain_order=True).to_list() == ["theirs", "mine", "finer"]


def test_settings_and_labels_of_methods():
    block = {"cam": "smoothgradcampp", "settings": {"samples": 2}}
    table = evaluated(methods={"few": block})
    assert table["saliency_passes"].unique().to_list() == [3]
    assert evaluated(methods=[block])["method"].unique().to_list() == ["smoothgradcampp"]


def test_blocks_of_the_stages_that_metrics_ask_for():
    """Each decides the numbers of its own metric, or the passes of its stage; all are those of a run by default."""
    metrics = ["road", "single_deletion", "mu_fidelity", "class_sensitivity", "efficient_mprt", "max_sensitivity"]
    blocks = {
        "road": {"shares": [50]},
        "perturbations": {"cells": 3, "subsets": 5},
        "other_class": {"which": "second"},
        "random_weights": {"seed": 1},
        "sensitivity": {"copies": 2, "images": 3},
    }
    plain, other = evaluated(metrics=metrics), evaluated(metrics=metrics, **blocks)
    passes = {"road": (8, 2), "perturbations": (217, 15), "sensitivity": (10, 2)}
    for stage, counts in passes.items():
        assert (plain[f"{stage}_passes"][0], other[f"{stage}_passes"][0]) == counts
    assert other["max_sensitivity"].is_nan().to_list() == [False] * 3 + [True]
    for name in ("class_sensitivity", "efficient_mprt"):
        assert not plain[name].equals(other[name])
    assert "road_passes" not in evaluated(**blocks).columns


def test_several_layers_are_several_networks():
    table = evaluated(of={"factory": "tiny:Tiny", "layers": ["norm", "relu"]}, name="net")
    assert table["network"].unique(maintain_order=True).to_list() == ["net-norm", "net-relu"]


def test_labels_and_targets():
    first = evaluated(labels=[2, -1, [1, 3], 0])
    assert first["label"].to_list() == [2, -1, -1, 0]
    assert first["correct"][1] == -1
    told = evaluated(labels=[2, 3, 1, 0], target="label")
    given = evaluated(labels=[2, 3, 1, 1], target=np.array([2, 3, 1, 0]))
    assert told["target"].to_list() == given["target"].to_list() == [2, 3, 1, 0]
    assert given["correct"].to_list() == (given["predicted"] == given["label"]).cast(int).to_list()
    assert told["adcc"].equals(given["adcc"])


def test_chosen_metrics():
    table = evaluated(metrics=["sparseness"])
    assert "sparseness" in table.columns
    assert "average_gain" not in table.columns


@contextmanager
def of_double():
    torch.set_default_dtype(torch.float64)
    yield
    assert torch.get_default_dtype() == torch.float64
    torch.set_default_dtype(torch.float32)


WITHIN = {
    "no gradients": torch.no_grad,
    "inference": torch.inference_mode,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "device": lambda: torch.device("meta"),
    "dtype": of_double,
}


@pytest.mark.parametrize("within", WITHIN.values(), ids=WITHIN)
def test_what_the_caller_has_set_changes_no_number(within):
    module = network()
    expected = evaluated(of=module)
    with within():
        assert evaluated(of=module).equals(expected)


def test_none_stands_for_the_default():
    assert evaluated(curves=None, metrics=None, target=None, layer=None, batch=None, labels=None).equals(evaluated())


def test_a_compiled_network_is_the_one_that_was_compiled():
    module, wrapped = network(), torch.nn.Module()
    wrapped._orig_mod = module  # as torch.compile does it
    assert evaluated(of=wrapped, name="Tiny").equals(evaluated(of=module))


def test_the_network_is_left_as_it_was():
    module = network()
    module(torch.rand(2, 3, 32, 32)).sum().backward()
    gradients = [parameter.grad.clone() for parameter in module.parameters()]
    hook = module.relu.register_forward_hook(lambda *_: None)
    evaluated(of=module, methods=["gradcam", "scorecam"])
    assert list(module.relu._forward_hooks) == [hook.id]
    assert all(map(torch.equal, gradients, (parameter.grad for parameter in module.parameters())))


@pytest.mark.parametrize(
    ("factor", "said"), [(1 / 255, "between 0 and 1, as before they are normalised"), (1.0, "values from 0 to 254")]
)
def test_pixels_that_are_given_as_inputs_are_doubted(factor, said):
    with pytest.warns(UserWarning, match=said):
        evaluated((PIXELS * factor).transpose(0, 3, 1, 2))


def test_inputs_of_half_precision():
    inputs = normalise(torch.from_numpy(PIXELS), MEAN)
    expected = evaluated(inputs.bfloat16().float())
    assert evaluated(inputs.bfloat16()).drop("image").equals(expected.drop("image"))


def test_the_caller_is_left_as_it_was():
    module = network().train()
    before = {name: value.clone() for name, value in module.state_dict().items()}
    torch.manual_seed(1)
    random.seed(1)
    np.random.seed(1)
    expected = torch.rand(1), random.random(), np.random.rand()
    torch.manual_seed(1)
    random.seed(1)
    np.random.seed(1)
    torch.backends.cudnn.benchmark = True
    evaluated(of={"factory": "tiny:Tiny"}, methods=["random"])
    evaluated(of=module)
    assert (torch.rand(1), random.random(), np.random.rand()) == expected
    assert torch.backends.cudnn.benchmark
    torch.backends.cudnn.benchmark = False
    assert module.training
    assert all(parameter.requires_grad for parameter in module.parameters())
    assert all(torch.equal(value, before[name]) for name, value in module.state_dict().items())


@pytest.mark.parametrize("module", ["evaluate", "given"])
def test_documented_examples(module):
    result = doctest.testmod(importlib.import_module(f"cambench.in_memory.{module}"))
    assert (result.attempted > 0, result.failed) == (True, 0)


def test_importing_the_package_imports_no_torch():
    code = "import sys, cambench; cambench.open_run, dir(cambench); print('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout == "False\n"
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        cambench.nothing  # noqa: B018


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"methods": ["gradcm"]}, "methods.gradcm: no method 'gradcm'; did you mean 'gradcam'?"),
        ({"methods": {"a": {"cam": "scorecam", "settings": {"x": 1}}}}, "methods.a: scorecam has no setting 'x'"),
        ({"methods": ["rollout"]}, "methods.rollout: cannot explain Tiny: needs attention"),
        ({"methods": {"f": {"cam": "file", "settings": {"path": "a.npy"}}}}, "a.npy: no such file"),
        ({"methods": None}, "methods: give names, or blocks by label, not None"),
        ({"methods": lambda batch: 3}, "methods.lambda: cam must return float maps (n, h, w) of n images, not a int"),
        ({"methods": lambda batch: batch.images[:, 0, :0]}, "methods.lambda: cam must return float maps (n, h, w)"),
        ({"methods": lambda batch: 1 / 0}, "methods.lambda: cam fails: ZeroDivisionError: division by zero"),
        ({"methods": ["gradcam", {"cam": "gradcam"}]}, "methods: several are called gradcam; give them by label"),
        ({"methods": {"a": None}}, "methods: give a name, a function or a block"),
        ({"methods": lambda: 3}, "methods.lambda: must be a function cam(batch)"),
        ({"layr": "relu"}, "no option 'layr'; did you mean 'layer'?"),
        ({"layer": "nowhere"}, "networks.Tiny: no layer 'nowhere'"),
        ({"images": "nowhere"}, "nowhere: unreadable: No such file or directory"),
        ({"images": []}, "images: give paths"),
        ({"images": [PIXELS[0], "a.png"]}, "or tensors (n, 3, H, W), not a list of ndarray and str"),
        ({"images": PIXELS.astype(float)}, "images: give uint8 pixels (n, H, W, 3) or normalised floats"),
        ({"images": [PIXELS[0], PIXELS[0, :9]]}, "arrays of several sizes, 9 x 32 x 3 and 32 x 32 x 3"),
        ({"images": np.full((1, 3, 32, 32), np.nan)}, "image 0 has values that are not finite"),
        ({"preprocessing": {**MEAN, "crop": 16}}, "arrays of 32 x 32 pixels, but preprocessing has crop 16"),
        ({"labels": [1]}, "labels: 1 for 4 images"),
        ({"labels": [9] * 4}, "label 9 does not fit a network of 5 classes"),
        ({"labels": ["a"] * 4}, "labels: give whole numbers"),
        ({"labels": [1 << 70] * 4}, "labels: give whole numbers"),
        ({"target": "best"}, "target: give 'predicted', 'label' or numbers of classes"),
        ({"target": [1, 2]}, "target: give 'predicted', 'label' or one class for each of 4 images"),
        ({"target": [[1], [2, 3]]}, "target: give 'predicted', 'label' or one class for each of 4 images"),
        ({"target": 9}, "target: class 9 does not fit a network of 5 classes"),
        ({"target": "label"}, "target: label: 4 images have no label"),
        ({"curves": {"point": 3}}, "curves: unknown key 'point'; did you mean 'points'?"),
        ({"curves": "yes"}, "curves: give True, or a block such as {'points': 8}, not 'yes'"),
        ({"preprocessing": 3}, "preprocessing: give a block of the configuration, 'own' or 'imagenet', not 3"),
        ({"metrics": "adc"}, "metrics: no metric 'adc'; did you mean 'adcc'?"),
        ({"perturbation": {}}, "no option 'perturbation'; did you mean 'perturbations'?"),
        ({"perturbations": {"subset": 9}}, "perturbations: unknown key 'subset'; did you mean 'subsets'?"),
        ({"sensitivity": {"radius": 0}}, "sensitivity.radius: 0 is less than or equal to the minimum of 0"),
        ({"random_weights": {"seed": "a"}}, "random_weights.seed: 'a' is not of type 'integer'"),
        ({"other_class": "second"}, "other_class: 'second' is not of type 'object'"),
        (
            {"perturbations": {"cells": 40}, "metrics": ["single_deletion"]},
            "perturbations.cells: 40, but inputs of Tiny have 32 pixels along a side",
        ),
        ({"batch": 0}, "compute.batch: 0 is less than the minimum of 1"),
        ({"device": "nowhere"}, "compute: device 'nowhere' is not there"),
        ({"of": 3}, "network: give a torch.nn.Module"),
        ({"of": Tiny().half()}, "networks.Tiny: its weights are float16; give it as network.float()"),
        ({"of": "resnet5"}, "torchvision has no network 'resnet5'; did you mean 'resnet50'?"),
        ({"of": {"factory": "tiny:Tiny", "classes": 7}}, "the network has 5 classes, its block says 7"),
        ({"of": {"factory": "tiny:Tiny", "layer": "relu"}, "layer": "norm"}, "layer: is given twice"),
        ({"of": torch.nn.Sequential(torch.nn.Flatten())}, "networks.Sequential: it has no parameters"),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(given, said):
    with pytest.raises(InputError) as error:
        evaluated(**given)
    assert said in str(error.value)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"sample": {"half_width": 1}}, "dataset.sample: half_width is for runs"),
        ({"boxes": "photos"}, "dataset.boxes: metrics of objects are for runs"),
        ({"masks": "photos"}, "dataset.masks: metrics of objects are for runs; leave masks out"),
        ({"kin": "folder"}, "dataset: unknown key 'kin'; did you mean 'kind'?"),
    ],
)
def test_data_sets_that_need_a_run_are_refused(run, more, said):
    with pytest.raises(InputError, match=said):
        cambench.evaluate(block(run), {**run.config["dataset"], **more}, progress=False)


def test_black_of_normalised_inputs_has_to_be_told():
    inputs = normalise(torch.from_numpy(PIXELS), MEAN)
    with pytest.raises(InputError, match="preprocessing: name mean and std"):
        cambench.evaluate(network(), inputs, masking={"space": "pixels"})
    told = evaluated(inputs, masking={"space": "pixels"})
    assert told.drop("image").equals(evaluated(masking={"space": "pixels"}).drop("image"))


def test_noise_between_black_and_white_has_to_be_told_of_normalised_inputs():
    """ROAD's, as far as there is any."""
    inputs, metrics = normalise(torch.from_numpy(PIXELS), MEAN), ["road", "road_morf"]
    with pytest.raises(InputError, match="which say what black and white are in normalised inputs"):
        cambench.evaluate(network(), inputs, metrics=metrics)
    cambench.evaluate(network(), inputs, metrics=metrics, road={"noise": 0}, progress=False)
    evaluated(inputs, metrics=metrics)


def test_long_work_shows_a_bar(capsys, monkeypatch):
    cambench.evaluate(network(), PIXELS, preprocessing=MEAN)
    assert capsys.readouterr().err == ""
