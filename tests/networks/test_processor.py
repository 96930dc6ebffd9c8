"""Image processors of transformers, compared with what they do to an image."""

import json

import pytest
import torch
import transformers

from cambench.errors import InputError
from cambench.networks.build import normalise
from cambench.networks.processor import of_folder, of_processor

SMALL = {"shortest_edge": 32}
PAIR = {"height": 40, "width": 32}


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("ViT", {"size": PAIR, "image_mean": [0.1, 0.2, 0.3], "image_std": [0.5, 0.6, 0.7]}),
        ("ViT", {"size": PAIR, "rescale_factor": 1 / 127.5, "resample": 3}),
        ("ViT", {"size": PAIR, "do_normalize": False, "resample": 1}),
        ("DeiT", {"size": PAIR, "crop_size": {"height": 32, "width": 24}}),
        ("Bit", {"size": SMALL, "crop_size": {"height": 32, "width": 33}}),
        ("CLIP", {"size": SMALL, "crop_size": {"height": 24, "width": 33}}),
        ("ConvNext", {"size": SMALL, "crop_pct": 0.72}),
        ("ConvNext", {"size": {"shortest_edge": 384}}),
        ("Levit", {"size": SMALL, "crop_size": {"height": 32, "width": 32}}),
        ("PoolFormer", {"size": SMALL, "crop_size": {"height": 33, "width": 33}, "crop_pct": 0.9}),
        ("EfficientNet", {"size": PAIR, "include_top": True, "image_std": [0.5, 0.6, 0.7]}),
        ("EfficientNet", {"size": PAIR, "include_top": False}),
        ("EfficientNet", {"size": PAIR, "include_top": True, "do_normalize": False, "image_std": [0.5, 0.6, 0.7]}),
        ("Siglip", {"size": PAIR}),
        # Borders of 11, 7 and 19 pixels, half of which torchvision rounds up.
        ("CLIP", {"size": PAIR, "crop_size": {"height": 29, "width": 21}}),
        ("CLIP", {"size": {"shortest_edge": 31}, "crop_size": {"height": 24, "width": 24}}),
        ("PoolFormer", {"size": SMALL, "crop_size": {"height": 28, "width": 32}, "crop_pct": 0.9}),
    ],
    ids=str,
)
def test_images_are_prepared_as_transformers_prepares_them(noisy, tmp_path, kind, settings):
    image, read = noisy
    processor = getattr(transformers, f"{kind}ImageProcessorPil")(**settings)
    processor.save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vit"}))
    expected = processor(image, return_tensors="pt")["pixel_values"]
    found = of_folder(tmp_path)
    assert found == of_processor(processor)
    ours = normalise(torch.from_numpy(read(found).copy())[None], found)
    assert ours.shape == expected.shape
    assert (ours - expected).abs().max() < 1e-5


@pytest.mark.parametrize(
    ("size", "crop", "centre"), [(PAIR, 32, None), (PAIR, 29, "floor"), (PAIR, 31, None), (SMALL, 32, "floor")], ids=str
)
def test_how_half_a_border_is_rounded_is_said_where_it_matters(size, crop, centre):
    found = of_processor(transformers.CLIPImageProcessorPil(size=size, crop_size={"height": crop, "width": crop}))
    assert found.get("centre") == centre


@pytest.mark.parametrize(
    ("kind", "settings", "message"),
    [
        ("MobileViT", {}, "cambench does not know what a MobileViTImageProcessor"),
        ("Perceiver", {}, "cambench does not know what a Perceiver"),
        ("ViT", {"do_pad": True}, "cambench has no do_pad"),
        ("ViT", {"do_resize": False}, r"images keep their size \(do_resize is false\)"),
        ("ViT", {"resample": 0}, "there is no interpolation for resample 0"),
        ("ViT", {"size": {"shortest_edge": 32}}, "resized by their shorter side, and not cropped"),
        ("ViT", {"size": {"shortest_edge": 32, "longest_edge": 64}}, "no resizing to .*longest_edge 64"),
        ("ConvNext", {"size": SMALL, "do_center_crop": True, "crop_size": PAIR}, "does not crop images twice"),
        ("EfficientNet", {"rescale_offset": True}, "cambench has no rescale_offset"),
    ],
    ids=str,
)
def test_one_line_for_what_cambench_cannot_do(kind, settings, message):
    with pytest.raises(InputError, match=message):
        of_processor(getattr(transformers, f"{kind}ImageProcessor")(**settings))


def test_another_file_beside_decides_nothing(tmp_path):
    """transformers would take it first; but it lies beside the first only where somebody has fetched it."""
    transformers.ViTImageProcessorPil(size=PAIR).save_pretrained(tmp_path)
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vit"}))
    before = of_folder(tmp_path)
    said = json.loads((tmp_path / "preprocessor_config.json").read_text()) | {"image_mean": [0.1] * 3}
    (tmp_path / "processor_config.json").write_text(json.dumps({"image_processor": said, "processor_class": "x"}))
    assert of_folder(tmp_path) == before


def test_a_file_of_an_earlier_version(tmp_path):
    said = {"feature_extractor_type": "ViTFeatureExtractor", "size": 32, "do_resize": True, "do_normalize": True}
    said |= {"image_mean": [0.5] * 3, "image_std": [0.5] * 3, "resample": 2}
    (tmp_path / "preprocessor_config.json").write_text(json.dumps(said))
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "vit"}))
    assert of_folder(tmp_path)["resize"] == [32, 32]
    (tmp_path / "preprocessor_config.json").write_text("[")
    with pytest.raises(InputError, match=r"^preprocessor_config\.json cannot be read: "):
        of_folder(tmp_path)
