"""Stage `curves`: the probability of the class while pixels are deleted or inserted, the most salient first."""

from collections.abc import Iterator

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch.nn.functional import conv2d

from .probe import Probe
from .runtime import Batches
from .scaling import masks

CURVES = ("deletion", "insertion")
_CONSTANT = ("zero", "black")  # ends that are the same input for every image
_KERNEL, _SIGMA = 11, 5  # of RISE's blur


def draw(
    probe: Probe,
    raw: np.ndarray,
    pixels: np.ndarray,
    classes: np.ndarray,
    probability: np.ndarray,
    batch: int,
    relu: bool,
    order: str,
    settings: dict,
) -> Iterator[dict[str, np.ndarray]]:
    """Deletion and insertion curves of images, some at a time (RISE, Petsiuk et al., BMVC 2018).

    **Arguments:** `raw` float32 (n, h, w); `pixels` uint8 (n, H, W, 3); `classes` int64 (n,) and their `probability`
    on the clean images, float32 (n,); `batch` inputs forwarded at once; `settings` with pixels_per_step, and start and
    end of each curve (image, zero, blur, mean, black).
    **Yields:** `deletion`, `insertion` float32 (n, steps + 1), the softmax probability after each step; `passes`
    int32 (n,): the clean image is not forwarded again, and an end that is the same for all images once in all.
    """
    step_size, (height, width) = settings["pixels_per_step"], probe.input_shape
    steps = -(-height * width // step_size)
    points, targets = _points(settings, steps), torch.from_numpy(classes).to(probe.device)
    wanted = {settings[curve][end] for curve in CURVES for end in ("start", "end")}
    constant = {kind: _constant(probe, pixels[:1], kind) for kind in wanted.intersection(_CONSTANT)}

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        images, rows = probe.prepare(pixels[start:stop]), targets[start:stop]
        probe.open(images, np.zeros(stop - start, np.int64))
        when = _steps_of_pixels(masks(raw[start:stop], probe.input_shape, relu, order), step_size, probe.device)
        drawn = torch.empty((len(CURVES), stop - start, steps + 1), device=probe.device)
        _forward(probe, drawn, _ends(probe, images, settings), when, points, rows)
        known = {kind: values[rows] for kind, values in constant.items()}
        known["image"] = torch.from_numpy(probability[start:stop]).to(probe.device)
        _fill_ends(drawn, known, settings)
        return drawn, probe.passes

    at_once = max(1, 8 * batch // max(1, len(points)))  # images whose points fill eight batches, or nearly
    for _, _, (drawn, passes) in Batches(at_once).each(one, len(pixels)):
        yield {**dict(zip(CURVES, drawn, strict=True)), "passes": passes}
    probe.close()


def _fill_ends(drawn: torch.Tensor, known: dict[str, torch.Tensor], settings: dict) -> None:
    for number, curve in enumerate(CURVES):
        for place, end in ((0, "start"), (-1, "end")):
            if settings[curve][end] in known:
                drawn[number, :, place] = known[settings[curve][end]]


def _points(settings: dict, steps: int) -> torch.Tensor:
    """Curve and step, int64 (points, 2), of what has to be forwarded: all but ends that are known."""
    points = []
    for number, curve in enumerate(CURVES):
        first, last = (settings[curve][end] in ("image", *_CONSTANT) for end in ("start", "end"))
        points += [(number, step) for step in range(int(first), steps + 1 - int(last))]
    return torch.tensor(points, dtype=torch.int64).reshape(-1, 2)


def _forward(
    probe: Probe,
    drawn: torch.Tensor,
    ends: torch.Tensor,
    when: torch.Tensor,
    points: torch.Tensor,
    classes: torch.Tensor,
) -> None:
    """Fill in the probability at each point, in full batches whatever image a point belongs to."""
    images, (_, height, line) = len(when), when.shape
    owners = torch.arange(images).repeat_interleave(len(points)).to(when.device)
    curve, step = points.repeat(images, 1).to(when.device).T
    steps, runs = points[:, 1].int().to(when.device), points[:, 0].bincount(minlength=len(CURVES)).tolist()

    def make(start: int, stop: int) -> torch.Tensor:
        inputs = ends.new_empty((stop - start, height, line))
        for owner, number, first, last in _runs(start, stop, runs):
            at = steps[first % len(points) :][: last - first, None, None]
            pair = ends[number, 1, owner], ends[number, 0, owner]
            torch.where(when[owner] < at, *pair, out=inputs[first - start : last - start])
        return inputs.view(stop - start, height, line // 3, 3).permute(0, 3, 1, 2)

    if len(owners):
        probability = probe.scores(make, owners).softmax(1)
        drawn[curve, owners, step] = probability.gather(1, classes[owners][:, None])[:, 0]


def _runs(start: int, stop: int, counts: list[int]) -> Iterator[tuple[int, int, int, int]]:
    """Image, curve, first and last + 1 of the runs of one image's and curve's points among points [start, stop)."""
    while start < stop:
        owner, point = divmod(start, sum(counts))
        number = 0 if point < counts[0] else 1
        last = min(stop, owner * sum(counts) + sum(counts[: number + 1]))
        yield owner, number, start, last
        start = last


def _steps_of_pixels(mask: np.ndarray, step_size: int, device: torch.device) -> torch.Tensor:
    """The step at which each pixel's channels change, int32 (n, H, 3 W): most salient first, ties in reading order."""
    flat = torch.from_numpy(mask).to(device).flatten(1)
    order = flat.argsort(dim=1, descending=True, stable=True)
    rank = torch.empty_like(order).scatter_(1, order, torch.arange(flat.shape[1], device=device).expand_as(order))
    return (rank // step_size).int().reshape(mask.shape).repeat_interleave(3, dim=2)


def _ends(probe: Probe, images: torch.Tensor, settings: dict) -> torch.Tensor:
    """Inputs at the start and the end of each curve, float32 (curves, 2, n, H, 3 W), channels last."""
    pairs = [[background(probe, images, settings[curve][end]) for end in ("start", "end")] for curve in CURVES]
    return torch.stack([torch.stack(pair) for pair in pairs]).permute(0, 1, 2, 4, 5, 3).flatten(4).contiguous()


def background(probe: Probe, images: torch.Tensor, kind: str) -> torch.Tensor:
    """What stands where an image does not, float32 (n, 3, H, W), normalised.

    **Arguments:** `kind` image; zero (the data set's mean colour); black (of pixels); mean (each image's mean colour);
    blur (RISE's: the Gaussian filter of a centred delta as kernel, 11 x 11, sigma 5, zero padding).
    """
    if kind == "image":
        return images
    if kind == "mean":
        return images.mean((2, 3), keepdim=True).expand_as(images)
    if kind == "black":
        return probe.prepare(np.zeros((1, *probe.input_shape, 3), np.uint8)).expand_as(images)
    if kind == "zero":
        return torch.zeros_like(images)
    delta = np.zeros(_KERNEL)
    delta[_KERNEL // 2] = 1
    line = torch.from_numpy(gaussian_filter1d(delta, _SIGMA)).to(images)
    columns, rows = line.expand(3, 1, 1, -1), line[:, None].expand(3, 1, -1, 1)
    return conv2d(conv2d(images, columns, padding="same", groups=3), rows, padding="same", groups=3)


def _constant(probe: Probe, pixels: np.ndarray, kind: str) -> torch.Tensor:
    """Probability (classes,) of an input that is the same for every image."""
    image = background(probe, probe.prepare(pixels), kind)
    probe.open(image, np.zeros(1, np.int64))
    return probe.logits(image).softmax(1)[0]
