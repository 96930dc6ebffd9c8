"""Stage `curves`: the probability of the class while pixels are deleted or inserted, the most salient first."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch.nn.functional import conv2d

from ..masks import Masking, masks
from ..networks.batch import Batch
from ..networks.batches import Batches
from ..networks.probe import Probe, Shard
from ..networks.scores import home, probabilities, probability_of
from ..store.reader import Rows

CURVES = ("deletion", "insertion")
_CONSTANT = ("zero", "black")  # ends that are the same input for every image
_KERNEL, _SIGMA = 11, 5  # of RISE's blur
_TIES = 0x7135  # seeds the order of equal pixels, and no other numbers of an image


@dataclass(frozen=True)
class CurveSettings:
    """What decides a curve.

    `pixels_per_step`; the `start` and `end` of each curve (image, zero, blur, mean, black); `ties`, the order of pixels
    of equal saliency (random, drawn for each image and the same for all methods; reading; reversed).
    """

    pixels_per_step: int
    deletion: Mapping[str, str]
    insertion: Mapping[str, str]
    ties: str

    def end(self, curve: int, side: int) -> str:
        """What a curve (0 deletion, 1 insertion) starts from (side 0) or ends at (side 1)."""
        return (self.deletion, self.insertion)[curve][("start", "end")[side]]

    def ends(self) -> set[str]:
        """What any curve starts from or ends at."""
        return {self.end(curve, side) for curve in range(len(CURVES)) for side in (0, 1)}


@dataclass(frozen=True)
class _Drawing:
    """The points to be forwarded for some images: curve and step int64 (points, 2), and all that makes their inputs."""

    points: torch.Tensor
    ends: torch.Tensor  # inputs at both ends of each curve, (curves, 2, n, H, 3 W)
    when: torch.Tensor  # step at which each pixel's channels change, int32 (n, H, 3 W)


def draw(
    probe: Probe, shard: Shard, raw: Rows, probability: Rows, masking: Masking, settings: CurveSettings, batch: int
) -> Iterator[dict[str, np.ndarray]]:
    """Deletion and insertion curves of images, some at a time (RISE, Petsiuk et al., BMVC 2018).

    **Arguments:** `raw` float32 (n, h, w); `probability` float64 (n,), of the classes on the clean images; `batch`
    inputs forwarded at once; seeds of the shard are needed for random ties.
    **Yields:** `deletion`, `insertion` float64 (n, steps + 1), the probability after each step; `tied` float32
    (n,), the share of pixels that have an equal one; `passes` int32 (n,): the clean image is not forwarded again, and
    an end that is the same for all images only once.
    """
    height, width = probe.input_shape
    steps = -(-height * width // settings.pixels_per_step)
    points = _points(settings, steps)
    constant = {kind: _constant(probe, kind) for kind in settings.ends().intersection(_CONSTANT)}

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        images = Batch.of(probe, shard, start, stop)
        when, tied = _steps_of_pixels(masks(raw[start:stop], probe.input_shape, masking), settings, images)
        drawn = torch.empty((len(CURVES), stop - start, steps + 1), dtype=torch.float64, device=home(probe.device))
        _forward(images, drawn, _Drawing(points, _ends(probe, images.images, settings), when))
        known = {kind: values[images.classes.to(values.device)] for kind, values in constant.items()}
        known["image"] = torch.from_numpy(probability[start:stop]).to(drawn.device)
        _fill_ends(drawn, known, settings)
        return drawn, tied, images.passes

    at_once = max(1, 8 * batch // max(1, len(points)))  # images whose points fill eight batches, or nearly
    for _, _, (drawn, tied, passes) in Batches(at_once).each(one, len(shard.pixels)):
        yield {**dict(zip(CURVES, drawn, strict=True)), "tied": tied, "passes": passes}


def _fill_ends(drawn: torch.Tensor, known: dict[str, torch.Tensor], settings: CurveSettings) -> None:
    for curve in range(len(CURVES)):
        for side, place in enumerate((0, -1)):
            if settings.end(curve, side) in known:
                drawn[curve, :, place] = known[settings.end(curve, side)]


def _points(settings: CurveSettings, steps: int) -> torch.Tensor:
    """Curve and step, int64 (points, 2), of what has to be forwarded: all but ends that are known."""
    points = []
    for curve in range(len(CURVES)):
        first, last = (settings.end(curve, side) in ("image", *_CONSTANT) for side in (0, 1))
        points += [(curve, step) for step in range(int(first), steps + 1 - int(last))]
    return torch.tensor(points, dtype=torch.int64).reshape(-1, 2)


def _forward(images: Batch, drawn: torch.Tensor, drawing: _Drawing) -> None:
    """Fill in the probability at each point, in full batches whatever image a point belongs to."""
    points, ends, when = drawing.points, drawing.ends, drawing.when
    count, height, line = when.shape
    owners = torch.arange(count).repeat_interleave(len(points)).to(when.device)
    curve, step = points.repeat(count, 1).to(when.device).T
    steps, runs = points[:, 1].int().to(when.device), points[:, 0].bincount(minlength=len(CURVES)).tolist()

    def make(start: int, stop: int) -> torch.Tensor:
        inputs = ends.new_empty((stop - start, height, line))
        for owner, number, first, last in _runs(start, stop, runs):
            at = steps[first % len(points) :][: last - first, None, None]
            pair = ends[number, 1, owner], ends[number, 0, owner]
            torch.where(when[owner] < at, *pair, out=inputs[first - start : last - start])
        return inputs.view(stop - start, height, line // 3, 3).permute(0, 3, 1, 2)

    if len(owners):
        probability = probability_of(images.scores(make, owners), images.classes[owners], images.probe.score)
        drawn[tuple(place.to(drawn.device) for place in (curve, owners, step))] = probability


def _runs(start: int, stop: int, counts: list[int]) -> Iterator[tuple[int, int, int, int]]:
    """Runs of one image's and curve's points among points [start, stop): image, curve, first, last + 1."""
    while start < stop:
        owner, point = divmod(start, sum(counts))
        number = 0 if point < counts[0] else 1
        last = min(stop, owner * sum(counts) + sum(counts[: number + 1]))
        yield owner, number, start, last
        start = last


def _steps_of_pixels(mask: np.ndarray, settings: CurveSettings, images: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """The step at which each pixel's channels change, the most salient first, and the share of pixels that are tied.

    **Arguments:** `mask` float32 (n, H, W). **Returns:** int32 (n, H, 3 W), float32 (n,).
    """
    flat = torch.from_numpy(mask).to(images.device).flatten(1)
    first = _first_of_equals(flat, settings.ties, images)
    ordered, place = flat.gather(1, first).sort(dim=1, descending=True, stable=True)
    order = first.gather(1, place)
    rank = torch.empty_like(order).scatter_(1, order, torch.arange(flat.shape[1], device=flat.device).expand_as(order))
    steps = (rank // settings.pixels_per_step).int().reshape(mask.shape).repeat_interleave(3, dim=2)
    return steps, _tied(ordered)


def _first_of_equals(flat: torch.Tensor, ties: str, images: Batch) -> torch.Tensor:
    """All pixels, int64 (n, pixels), in the order in which equal ones are taken."""
    if ties == "random":
        return images.random(_TIES).uniform(flat.shape[1:]).argsort(dim=1)
    reading = torch.arange(flat.shape[1], device=flat.device).expand(flat.shape)
    return reading.flip(1) if ties == "reversed" else reading


def _tied(ordered: torch.Tensor) -> torch.Tensor:
    """Share of values that have an equal one, float32 (n,), of sorted values (n, pixels)."""
    equal = ordered[:, 1:] == ordered[:, :-1]
    none = equal.new_zeros(len(equal), 1)
    return (torch.cat([none, equal], 1) | torch.cat([equal, none], 1)).float().mean(1)


def _ends(probe: Probe, images: torch.Tensor, settings: CurveSettings) -> torch.Tensor:
    """Inputs at the start and the end of each curve, float32 (curves, 2, n, H, 3 W), channels last."""
    pairs = [[background(probe, images, settings.end(curve, side)) for side in (0, 1)] for curve in range(len(CURVES))]
    return torch.stack([torch.stack(pair) for pair in pairs]).permute(0, 1, 2, 4, 5, 3).flatten(4).contiguous()


def background(probe: Probe, images: torch.Tensor, kind: str) -> torch.Tensor:
    """What a curve starts from or ends at, float32 (n, 3, H, W), normalised.

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


def _constant(probe: Probe, kind: str) -> torch.Tensor:
    """Probability (classes,) of an input that is the same for every image."""
    image = probe.prepare(np.zeros((1, *probe.input_shape, 3), np.uint8))
    return probabilities(probe.cut(background(probe, image, kind))[0], probe.score)[0]
