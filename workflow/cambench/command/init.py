"""Write a configuration with comments, for a folder of images and a network.

--network is a network of torchvision, timm:NAME, hf:OWNER/NAME, or module:factory of your own code, whose weights are
random until you name a file of them.

Examples:
    cambench init --images photographs
    cambench init --images photographs --network timm:vit_small_patch16_224.augreg_in21k_ft_in1k
    cambench init --images photographs --network my_package:make_network --output mine.yaml
"""

import argparse
import re
from pathlib import Path
from typing import NamedTuple

import jinja2
import yaml

from ..config import torchvision_weights
from ..errors import InputError, one_line
from ..images import walk
from ..paths import resolve

_TEMPLATE = Path(__file__).with_name("configuration.yaml.jinja")
_SYNSET = re.compile(r"n\d{8}")
_CLASSES = 1000  # of ImageNet


class Labels(NamedTuple):
    """How images get labels: `kind` and `label` of the data set, None for a kind that has its own, and why."""

    kind: str
    label: str | None
    said: str


class Network(NamedTuple):
    """A network: its name in the configuration, the lines of its block, and whether it is the user's own."""

    name: str
    lines: list[str]
    own: bool


def arguments(parser: argparse.ArgumentParser) -> None:
    """Images, a network, and where to write."""
    parser.add_argument("--images", metavar="FOLDER", default="photographs", help="folder of images [photographs]")
    parser.add_argument("--network", metavar="NAME", default="resnet50", help="the network to be explained [resnet50]")
    parser.add_argument("--output", metavar="FILE", default="my.yaml", help="the file to be written [my.yaml]")


def main(arguments: argparse.Namespace) -> None:
    """Write the file. **Raises:** `InputError` if it is there already, or the images or the network are not."""
    file = Path(arguments.output)
    if file.exists():
        raise InputError(f"{file}: is there already; name another file with --output")
    asked = network(arguments.network)
    labels = labelled(resolve(arguments.images), asked.own)
    text = _written(file, arguments.images, labels, asked)
    try:
        with file.open("x", encoding="utf-8") as new:
            new.write(text)
    except OSError as error:
        raise InputError(f"{file}: {error.strerror}") from error
    print(one_line(f"{file}: {labels.said}"))
    print(one_line(f"Next: cambench check {file}, then cambench run {file}"))


def labelled(folder: Path, own: bool) -> Labels:
    """How the images of a folder get labels, for the user's own network or one whose classes are ImageNet's.

    **Raises:** `InputError` if the folder holds no files, or cannot be read.
    """
    if not folder.is_dir():
        raise InputError(f"{folder}: no folder; name a folder of images with --images")
    if walk.is_empty(folder):
        raise InputError(f"{folder}: holds no files; name a folder of images with --images")
    classes = walk.subfolders(folder)
    count, synsets = len(classes), bool(classes) and all(map(_SYNSET.fullmatch, classes))
    if synsets and count == _CLASSES:
        return Labels("imagenet", None, f"{count:,} folders of synsets, so labels are ImageNet's")
    if synsets:
        return Labels(
            "folder", "none", f"no labels: {count} folders of synsets, whose ranks are not ImageNet's classes"
        )
    if not classes or any(name.startswith(".") or walk.is_empty(folder / name) for name in classes):
        return Labels("folder", "none", "no labels: no sub-folders that name classes")
    if own:
        return Labels("folder", "folder", f"labels are the ranks of {count} sub-folders, as torchvision counts them")
    return Labels(
        "folder", "none", f"no labels; label: folder, if {count} sub-folders are the network's classes in order"
    )


def network(asked: str) -> Network:
    """The block of a network. **Raises:** `InputError` if nothing is known of it."""
    source, _, rest = asked.partition(":")
    if source in ("timm", "hf") and rest:
        return Network(_name(rest), [f"{source}: {_text(rest)}"], own=False)
    if rest:
        return Network(
            _name(rest), [f"factory: {_text(asked)}", "weights: null  # random; name a file of them"], own=True
        )
    if not (known := torchvision_weights.files(asked)):
        others = "write timm:NAME, hf:OWNER/NAME or module:factory for another"
        raise InputError(f"{asked}: torchvision has no such network with weights; {others}")
    weights = next(name for name in ("IMAGENET1K_V2", "IMAGENET1K_V1", *known) if name in known)
    own = "preprocessing: own  # what the weights were made with"
    return Network(_name(asked), [f"name: {asked}", f"weights: {weights}", own], own=False)


def _written(file: Path, images: str, labels: Labels, asked: Network) -> str:
    template = jinja2.Template(_TEMPLATE.read_text(encoding="utf-8"), keep_trailing_newline=True)
    values = {"kind": labels.kind, "label": labels.label, "said": one_line(labels.said)}
    names = {"run": _text(_name(file.stem)), "name": _text(asked.name), "network": asked.lines}
    return template.render(file=one_line(str(file)), path=_text(images), **names, **values)


def _name(text: str) -> str:
    """A name for the configuration, of the characters that it allows."""
    return re.sub(r"[^A-Za-z0-9._+-]+", "-", text).strip("-._+")[:100] or "mine"


def _text(value: str) -> str:
    """A text as YAML has it, in quotes where it needs them."""
    return yaml.safe_dump([value], default_flow_style=True, width=10**6, allow_unicode=True).strip()[1:-1]
