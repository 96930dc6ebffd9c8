"""Image classifiers of transformers, from a repository at Hugging Face or a local folder; never with its code."""

import json
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ..errors import InputError, shown
from . import hub, weights

_INDEX = "model.safetensors.index.json"  # of weights in several files


def construct(settings: Mapping[str, Any]) -> nn.Module:
    """The network of a block with `hf`. **Raises:** `InputError`, one line, for what is no image classifier."""
    _require()
    found = hub.snapshot(settings["hf"], settings)
    with _quiet():
        config = _config(found, settings)
        # plain attention, whose weights can be read; float32, whatever the file has
        chosen = {"attn_implementation": "eager", "dtype": torch.float32, "trust_remote_code": False}
        from transformers import AutoModelForImageClassification as Classifier

        if settings["weights"] != "pretrained":
            return Classifier.from_config(config, **chosen)
        state = _state(found)
        with torch.device("meta"):  # its class is wanted, and no weights yet
            kind = type(Classifier.from_config(config, **chosen))
        network, loaded = _filled(kind, config, state)
    if others := sorted(str(name) for name, *_ in loaded["mismatched_keys"]):
        whose = "of arguments" if settings["arguments"] else "of its config.json"
        raise InputError(f"{found.name}: its weights have other shapes than those {whose}: {', '.join(others[:4])}")
    if missing := sorted(loaded["missing_keys"]):
        raise InputError(f"{found.name} has no weights of {', '.join(missing[:4])}: it was not made to classify images")
    return network


def load(network: Any, path: Path, key: str | None = None) -> str | None:
    """Load a file as `weights.load` does, or one with the names that transformers gives to weights that it saves."""
    try:
        return weights.load(network, path, key)
    except InputError:
        if not isinstance(saved := weights.read(path), Mapping):
            raise
        with _quiet():
            again, found = _filled(type(network), network.config, saved)
        if any(found[key] for key in ("missing_keys", "unexpected_keys", "mismatched_keys")):
            raise
        network.load_state_dict(again.state_dict())
        return None


def _filled(kind: Any, config: Any, state: Any) -> tuple[Any, dict[str, Any]]:
    """A network of a class, with weights as transformers saves them, and which of them were missing or did not fit."""
    options = {"attn_implementation": "eager", "dtype": torch.float32, "output_loading_info": True}
    return kind.from_pretrained(None, config=config, state_dict=state, ignore_mismatched_sizes=True, **options)


def _state(found: hub.Snapshot) -> dict[str, Any]:
    """The weights of a repository, which may lie in several files."""
    file = found.weights(*hub.WEIGHTS, _INDEX)
    if file.name != _INDEX:
        return weights.read(file)
    try:
        parts = list(dict.fromkeys(json.loads(file.read_text(encoding="utf-8"))["weight_map"].values()))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InputError(f"{found.name}: {_INDEX} names no files of weights") from error
    if beyond := [part for part in parts if Path(str(part)).name != part]:
        raise InputError(f"{found.name}: {_INDEX} names {shown(beyond[0])}, which is not beside it")
    return {name: values for part in parts for name, values in weights.read(found.weights(part)).items()}


def repository(settings: Mapping[str, Any]) -> hub.Snapshot:
    """The repository, or the local folder, that a network comes from."""
    _require()
    return hub.snapshot(settings["hf"], settings)


def _require() -> None:
    for package in ("transformers", "huggingface_hub", "safetensors"):
        if find_spec(package) is None:
            raise InputError(f'{package} is not installed: pip install ".[hf]"')


def _config(found: hub.Snapshot, settings: Mapping[str, Any]) -> Any:
    """The network's config, with the values of `arguments`, if it is that of an image classifier."""
    arguments = settings["arguments"]
    from transformers import AutoConfig

    _check(found)
    config = AutoConfig.from_pretrained(found.folder, trust_remote_code=False)
    if unknown := sorted(key for key in arguments if not hasattr(config, key)):
        raise InputError(f"arguments: the config of {config.model_type} has no {', '.join(map(shown, unknown))}")
    config = AutoConfig.from_pretrained(found.folder, trust_remote_code=False, **arguments)
    if (channels := getattr(config, "num_channels", 3)) != 3:
        raise InputError(f"it takes {channels} channels, not three")
    if config.problem_type == "multi_label_classification" and "score" not in settings:
        several = "its classes do not exclude each other (problem_type: multi_label_classification)"
        raise InputError(f"{several}: write score: sigmoid, or score: softmax if that is meant")
    return config


def _check(found: hub.Snapshot) -> None:
    """Refuse what is no image classifier, by its config."""
    from transformers.models.auto.modeling_auto import MODEL_FOR_IMAGE_CLASSIFICATION_MAPPING_NAMES as CLASSIFIERS

    said = found.config()
    kind, made = str(said.get("model_type")), said.get("architectures") or []
    if kind == "timm_wrapper" or ("architecture" in said and "model_type" not in said):
        where = found.name if hub.is_folder(found.name) else f"hf-hub:{found.name}"
        raise InputError(f"{found.name} is a network of timm: write timm: {where}")
    known = CLASSIFIERS.get(kind, ())
    known = (known,) if isinstance(known, str) else known
    if not known or (made and not set(made) & set(known)):
        what = ", ".join(map(str, made)) or f"model_type {kind}"
        raise InputError(f"{found.name} is no image classifier of transformers, but {what}")


@contextmanager
def _quiet() -> Iterator[None]:
    """Without transformers' progress bars and advice."""
    from transformers.utils import logging

    bars, level = logging.is_progress_bar_enabled(), logging.get_verbosity()
    logging.disable_progress_bar()
    logging.set_verbosity_error()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.set_verbosity(level)
        if bars:
            logging.enable_progress_bar()
