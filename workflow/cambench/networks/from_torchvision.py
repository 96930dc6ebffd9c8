"""Networks of torchvision, by name."""

import importlib
import sys
from types import ModuleType
from typing import Any

from torch import nn

from ..errors import InputError, suggestion
from ..paths import is_file

# Networks of torchvision that are no image classifiers, by the package that has them.
_OTHERS = {
    "detection": "a detector",
    "optical_flow": "a network for optical flow",
    "segmentation": "a network for segmentation",
    "video": "a video network",
}
_COMPILER = "torch._dynamo.utils"


class _Later(ModuleType):
    """A module that is imported once something is asked of it."""

    def __getattr__(self, name: str) -> Any:
        """Something that the module has."""
        if name.startswith("__"):  # which Python asks for as it imports
            raise AttributeError(name)
        if sys.modules.get(self.__name__) is self:
            del sys.modules[self.__name__]
        return getattr(importlib.import_module(self.__name__), name)


def construct(settings: dict) -> nn.Module:
    """The network of a block of the config. **Raises:** `InputError` for a name or weights that torchvision lacks."""
    models = package().models
    name, chosen = settings["name"], None if is_file(settings["weights"]) else settings["weights"]
    if name not in models.list_models():
        raise InputError(f"torchvision has no network {name!r}{suggestion(name, models.list_models())}")
    if what := _OTHERS.get(models.get_model_builder(name).__module__.split(".")[2]):
        raise InputError(f"{name} is {what}, and no image classifier")
    known = models.get_model_weights(name).__members__
    if chosen is not None and chosen not in known:
        raise InputError(f"torchvision has no weights {chosen!r} of {name}; it has {', '.join(known) or 'none'}")
    network: nn.Module = models.get_model(name, weights=chosen, **settings["arguments"])
    return network


def package() -> Any:
    """The package torchvision, imported without torch's compiler.

    It imports that, which takes two thirds of a second, for one function, which no classifier calls.
    """
    if _COMPILER in sys.modules:
        return importlib.import_module("torchvision")
    later = _Later(_COMPILER)
    vars(later)["is_compile_supported"] = lambda device: later.__getattr__("is_compile_supported")(device)
    sys.modules[_COMPILER] = later
    try:
        return importlib.import_module("torchvision")
    finally:
        if sys.modules.get(_COMPILER) is later:
            del sys.modules[_COMPILER]
