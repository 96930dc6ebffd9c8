"""Imputed images per second: cambench beside pytorch-grad-cam and, where it is there, Quantus, in one run.

    python tests/benchmarks/road.py

Prints a Markdown table. Each side imputes the demo's photographs at 224 x 224, without noise, with 20, 40, 60 and 80 %
of their pixels removed, the most or the least salient ones of coarse maps at random, half of which go through a ReLU.
The peers solve one image after the other, on one core; cambench takes batches, on all of torch's threads. The sides
take turns, and the fastest turn of each counts. Quantus is no dependency: for it, `pip install --no-deps --target
FOLDER quantus==0.6.0 scikit-image lazy-loader`, and set PYTHONPATH=FOLDER; its imputer asks for no more.
"""

import importlib
import importlib.util
import sys
import time
import types
import warnings
from collections.abc import Callable

import numpy as np
import torch
from pytorch_grad_cam.metrics.road import NoisyLinearImputer
from subject import photographs
from torch.nn.functional import interpolate

from cambench.stages._imputation import impute

SHARES, SIDE, IMAGES, TURNS = (0.2, 0.4, 0.6, 0.8), 224, 8, 3
MEAN, DEVIATION = torch.tensor([0.485, 0.456, 0.406]), torch.tensor([0.229, 0.224, 0.225])
HEAD = ("imputer", "images per second", "per CPU second", "times as many, cambench", "of CPU", "largest difference")
Imputer = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]


def quantus() -> Imputer | None:
    """Quantus' imputer, one image after the other, without what its package imports."""
    found = importlib.util.find_spec("quantus")
    if found is None or found.submodule_search_locations is None:
        return None
    for name in ("quantus", "quantus.helpers", "quantus.functions"):
        package = types.ModuleType(name)
        package.__path__ = [f"{found.submodule_search_locations[0]}/{'/'.join(name.split('.')[1:])}"]
        sys.modules[name] = package
    theirs = importlib.import_module("quantus.functions.perturb_func").noisy_linear_imputation

    def each(images: torch.Tensor, removed: torch.Tensor) -> torch.Tensor:
        pairs = zip(images.numpy(), removed.flatten(1).numpy(), strict=True)
        return torch.from_numpy(np.stack([theirs(image, np.flatnonzero(where), noise=0) for image, where in pairs]))

    return each


def grad_cam(images: torch.Tensor, removed: torch.Tensor) -> torch.Tensor:
    """The authors' imputer, as pytorch-grad-cam has it."""
    imputer = NoisyLinearImputer(noise=0)
    return torch.stack([imputer(*pair) for pair in zip(images, (~removed).float(), strict=True)])


def removals(count: int) -> torch.Tensor:
    """Pixels that are removed, bool (count, SIDE, SIDE): the next share and order for each image."""
    generator = torch.Generator().manual_seed(0)
    maps = interpolate(torch.randn(count, 1, 7, 7, generator=generator), (SIDE, SIDE), mode="bilinear").flatten(1)
    maps[::2] = maps[::2].relu()
    first = torch.rand(maps.shape, generator=generator).argsort(1)  # of equal pixels
    order = first.gather(1, maps.gather(1, first).argsort(dim=1, stable=True))
    found = torch.zeros(maps.shape, dtype=torch.bool)
    for number, row in enumerate(order):
        gone = int(SHARES[number // 2 % len(SHARES)] * len(row))
        found[number, row[-gone:] if number // 8 % 2 else row[:gone]] = True
    return found.view(count, SIDE, SIDE)


def main() -> None:
    pixels = torch.from_numpy(photographs(IMAGES, SIDE)) / 255
    images = ((pixels - MEAN) / DEVIATION).permute(0, 3, 1, 2).repeat(2, 1, 1, 1).contiguous()
    removed, others = removals(len(images)), quantus()
    sides: dict[str, Imputer] = {"cambench": impute, "pytorch-grad-cam": grad_cam}
    sides |= {"Quantus": others} if others else {}
    fastest = {name: [float("inf")] * 2 for name in sides}
    made = {}
    for _ in range(TURNS):
        for name, side in sides.items():
            clock, cpu = time.perf_counter(), time.process_time()
            made[name] = side(images, removed)
            taken = time.perf_counter() - clock, time.process_time() - cpu
            fastest[name] = [min(pair) for pair in zip(fastest[name], taken, strict=True)]
    print("", *HEAD, "", sep=" | ")
    print("|--|" + "--:|" * (len(HEAD) - 1))
    for name, best in fastest.items():
        rates = [f"{len(images) / seconds:.1f}" for seconds in best]
        times = [f"{seconds / ours:.1f}" for seconds, ours in zip(best, fastest["cambench"], strict=True)]
        print("", name, *rates, *times, f"{(made[name] - made['cambench']).abs().max():.1e}", "", sep=" | ")


if __name__ == "__main__":
    warnings.filterwarnings("ignore", category=DeprecationWarning)  # the peers', of numpy
    main()
