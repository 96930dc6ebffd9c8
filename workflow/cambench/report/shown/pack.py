"""What the report holds of its images: one object, which the page takes apart without a server."""

from typing import Any

import numpy as np

from ...images.sizes import preprocessing_name
from ...points import Points
from ...store.network import Network
from ...store.reader import Rows
from . import encode
from .choose import chosen
from .pictures import Pictures, Reader, about


class Pool:
    """Texts of which equal ones are kept once: Fake-CAM has one map for all images."""

    def __init__(self) -> None:
        self._places: dict[str, int] = {}

    def put(self, text: str | None) -> int:
        """Where a text stands; -1 for none."""
        return -1 if text is None else self._places.setdefault(text, len(self._places))

    @property
    def texts(self) -> list[str]:
        return list(self._places)


def pack(pictures: Pictures, count: int) -> dict[str, Any] | None:
    """Of each network `count` images: type `Images` in `web/src/images/data.ts`; None if it is to hold none."""
    if not count:
        return None
    photographs, maps, held = _Photographs(), Pool(), {}
    methods = list(pictures.methods)
    for name, facts in pictures.networks.items():
        scores = pictures.of_network(name)
        images = chosen(scores, methods, pictures.controls, count)
        first, points = pictures.reader(name, methods[0]), pictures.points(name)
        held[name] = {
            "about": about(pictures, name),
            "columns": pictures.told(name, images),
            "photographs": photographs.put(facts, images, first("images.pixels")),
            "shares": points
            and [shares(points, first, image) for image in images[: 1 if points.drawn is None else None]],
            "maps": {method: _maps(pictures, name, method, images, maps) for method in methods},
        }
    return {"photographs": photographs.texts, "maps": maps.texts, "networks": held}


class _Photographs:
    """Photographs of all networks; those with the same preprocessing share them."""

    def __init__(self) -> None:
        self._places: dict[tuple[str, int], int] = {}
        self.texts: list[str] = []

    def put(self, facts: Network, images: list[int], pixels: Rows) -> list[int]:
        """Where the photographs of a network's images stand."""
        kind = preprocessing_name(facts["preprocessing"])
        for image in images:
            if (kind, image) not in self._places:
                self._places[kind, image] = len(self.texts)
                self.texts.append(encode.photograph(pixels[image : image + 1][0]))
        return [self._places[kind, image] for image in images]


def _maps(pictures: Pictures, network: str, method: str, images: list[int], pool: Pool) -> dict[str, Any]:
    """Maps of the images and of their masked inputs, as places in the pool, and the curves."""
    read, relu = pictures.reader(network, method), pictures.methods[method].relu

    def places(name: str) -> list[int]:
        rows = read(name)
        return [pool.put(encode.raw_map(rows[image : image + 1][0], relu)) for image in images]

    shape = read("saliency.raw").shape[1:]
    code = encode.Code.of((shape[0], shape[1]))
    return {
        "kind": code.kind,
        "shape": list(code.shape),
        "first": places("saliency.raw"),
        "second": None if method in pictures.unmasked else places("masked.raw"),
        "curves": [encode.fractions(curves(read, image)) for image in images] if pictures.points(network) else None,
    }


def curves(read: Reader, image: int) -> np.ndarray:
    """Deletion and then insertion of one image, float64, at the points that are shown."""
    found = []
    for name in ("curves.deletion", "curves.insertion"):
        curve = read(name)[image : image + 1][0]
        found.append(curve[encode.places(len(curve))])
    return np.concatenate(found)


def shares(points: Points, read: Reader, image: int) -> list[float]:
    """Share of the pixels that is changed at each of these points, which images share unless they are drawn."""
    count = np.arange(points.count)
    steps = count if points.drawn is None else read("curves.steps")[image : image + 1][0]
    return [round(points.shares[step], 4) for step in steps[encode.places(len(count))]]
