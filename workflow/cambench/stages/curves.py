"""Stage `curves`: the probability of the class while pixels are deleted or inserted, the most salient first."""

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import torch
from scipy.ndimage import gaussian_filter1d
from torch.nn.functional import conv2d

from ..masks import Masking, masks
from ..networks.batch import Batch, sent
from ..networks.batches import Batches
from ..networks.probe import Probe, Shard
from ..networks.scores import home, probabilities, probability_of
from ..points import Points
from ..store.reader import Rows
from ._order import ranks

CURVES = ("deletion", "insertion")
_CONSTANT = ("zero", "black")  # ends that are the same input for every image
_KERNEL, _SIGMA = 11, 5  # of RISE's blur


@dataclass(frozen=True)
class CurveSettings:
    """What decides a curve.

    `pixels_per_step`; the `start` and `end` of each curve (image, zero, blur, mean, black); `ties`, the order of pixels
    of equal saliency (random, drawn for each image and the same for all methods; reading; reversed); `points`, at which
    steps (all, or how many inner ones are drawn for each image).
    """

    pixels_per_step: int
    deletion: Mapping[str, str]
    insertion: Mapping[str, str]
    ties: str
    points: int | str = "all"

    def end(self, curve: int, side: int) -> str:
        """What a curve (0 deletion, 1 insertion) starts from (side 0) or ends at (side 1)."""
        return (self.deletion, self.insertion)[curve][("start", "end")[side]]

    def ends(self) -> set[str]:
        """What any curve starts from or ends at."""
        return {self.end(curve, side) for curve in range(len(CURVES)) for side in (0, 1)}


@dataclass(frozen=True)
class _Drawing:
    """The points to be forwarded for some images, each image's curve by curve, and all that makes their inputs."""

    columns: tuple[slice, ...]  # which of the points, for each curve
    steps: torch.Tensor  # step of each point, int32 (n, points)
    ends: torch.Tensor  # inputs at both ends of each curve, (curves, 2, n, H, 3 W)
    when: torch.Tensor  # step at which each pixel's channels change, int32 (n, H, 3 W)

    @property
    def per_image(self) -> int:
        """Number of points to be forwarded for an image."""
        return sum(column.stop - column.start for column in self.columns)

    def fill(self, inputs: torch.Tensor, images: slice, points: slice) -> None:
        """Make the inputs (images, points, H, 3 W) of some of the points of some images."""
        before = 0
        for curve, column in enumerate(self.columns):
            first, last = max(points.start, before), min(points.stop, before + column.stop - column.start)
            if first < last:
                at = self.steps[images, column][:, first - before : last - before, None, None]
                start, end = self.ends[curve, :, images, None]
                inside = inputs[:, first - points.start : last - points.start]
                torch.where(self.when[images, None] < at, end, start, out=inside)
            before += column.stop - column.start


def draw(
    probe: Probe, shard: Shard, raw: Rows, probability: Rows, masking: Masking, settings: CurveSettings, batch: int
) -> Iterator[dict[str, np.ndarray]]:
    """Deletion and insertion curves of images, some at a time (RISE, Petsiuk et al., BMVC 2018).

    **Arguments:** `raw` float32 (n, h, w); `probability` float64 (n,), of the classes on the clean images; `batch`
    inputs forwarded at once; seeds of the shard are needed for random ties.
    **Yields:** `deletion`, `insertion` float64 (n, points), the probability after some of the steps; `steps` int32
    (n, points), which; `tied` float32 (n,), the share of pixels that have an equal one; `passes` int32 (n,): the clean
    image is not forwarded again, and an end that is the same for all images only once.
    """
    points = Points.of(math.prod(probe.input_shape), vars(settings))
    columns = _forwarded(settings, points.count)
    constant = {kind: _constant(probe, kind) for kind in settings.ends().intersection(_CONSTANT)}

    def one(start: int, stop: int) -> tuple[torch.Tensor, ...]:
        images = Batch.of(probe, shard, start, stop)
        when, tied = _steps_of_pixels(masks(raw[start:stop], probe.input_shape, masking), settings, images)
        drawn = torch.empty((len(CURVES), stop - start, points.count), dtype=torch.float64, device=home(probe.device))
        steps, ends = torch.from_numpy(points.steps(images.seeds)), _ends(probe, images.images, settings)
        _forward(images, drawn, _Drawing(columns, sent(steps, when.device), ends, when))
        known = {kind: values[images.classes.to(values.device)] for kind, values in constant.items()}
        known["image"] = sent(torch.from_numpy(probability[start:stop]), drawn.device)
        _fill_ends(drawn, known, settings)
        return drawn, steps, tied, images.passes

    per_image = sum(column.stop - column.start for column in columns)
    at_once = max(1, 8 * batch // max(1, per_image))  # images whose points fill eight batches, or nearly
    for _, _, (drawn, steps, tied, passes) in Batches(at_once).each(one, len(shard.pixels)):
        yield {**dict(zip(CURVES, drawn, strict=True)), "steps": steps, "tied": tied, "passes": passes}


def _fill_ends(drawn: torch.Tensor, known: dict[str, torch.Tensor], settings: CurveSettings) -> None:
    for curve in range(len(CURVES)):
        for side, place in enumerate((0, -1)):
            if settings.end(curve, side) in known:
                drawn[curve, :, place] = known[settings.end(curve, side)]


def _forwarded(settings: CurveSettings, points: int) -> tuple[slice, ...]:
    """Which of the points have to be forwarded, for each curve: all but ends that are known."""
    known = ("image", *_CONSTANT)
    sides = ([settings.end(curve, side) in known for side in (0, 1)] for curve in range(len(CURVES)))
    return tuple(slice(int(first), points - int(last)) for first, last in sides)


def _forward(images: Batch, drawn: torch.Tensor, drawing: _Drawing) -> None:
    """Fill in the probability at each point, in full batches whatever image a point belongs to."""
    count, height, line = drawing.when.shape
    owners = torch.arange(count, device=drawing.when.device)[:, None].expand(-1, drawing.per_image).flatten()

    def make(start: int, stop: int) -> torch.Tensor:
        inputs = drawing.ends.new_empty((stop - start, height, line))
        for first, rows, points in _blocks(start, stop, drawing.per_image):
            block = inputs[first - start :][: (rows.stop - rows.start) * (points.stop - points.start)]
            drawing.fill(block.view(rows.stop - rows.start, -1, height, line), rows, points)
        return inputs.view(stop - start, height, line // 3, 3).permute(0, 3, 1, 2)

    if not len(owners):
        return
    found = probability_of(images.scores(make, owners), images.classes[owners], images.probe.score).view(count, -1)
    sizes = [column.stop - column.start for column in drawing.columns]
    for curve, column, values in zip(drawn, drawing.columns, found.split(sizes, dim=1), strict=True):
        curve[:, column] = values


def _blocks(start: int, stop: int, per_image: int) -> Iterator[tuple[int, slice, slice]]:
    """Points [start, stop) of all images as three blocks at most: the first one's number, images, points of each.

    So a batch is made by a few calls, however many images it is of.
    """
    while start < stop:
        image, point = divmod(start, per_image)
        whole = 0 if point else (stop - start) // per_image
        last = per_image if whole else min(per_image, point + stop - start)
        yield start, slice(image, image + max(1, whole)), slice(point, last)
        start += max(1, whole) * (last - point)


def _steps_of_pixels(mask: np.ndarray, settings: CurveSettings, images: Batch) -> tuple[torch.Tensor, torch.Tensor]:
    """The step at which each pixel's channels change, the most salient first, and the share of pixels that are tied.

    **Arguments:** `mask` float32 (n, H, W). **Returns:** int32 (n, H, 3 W), float32 (n,).
    """
    rank, ordered = ranks(mask, settings.ties, images)
    steps = (rank // settings.pixels_per_step).int().reshape(mask.shape).repeat_interleave(3, dim=2)
    return steps, _tied(ordered)


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
    if images.is_cuda:  # where channels-last depthwise convolutions take as long as the network's passes
        images = images.contiguous()
    delta = np.zeros(_KERNEL)
    delta[_KERNEL // 2] = 1
    line = sent(torch.from_numpy(gaussian_filter1d(delta, _SIGMA)).float(), images.device)
    columns, rows = line.expand(3, 1, 1, -1), line[:, None].expand(3, 1, -1, 1)
    return conv2d(conv2d(images, columns, padding="same", groups=3), rows, padding="same", groups=3)


def _constant(probe: Probe, kind: str) -> torch.Tensor:
    """Probability (classes,) of an input that is the same for every image."""
    image = probe.prepare(np.zeros((1, *probe.input_shape, 3), np.uint8))
    return probabilities(probe.cut(background(probe, image, kind))[0], probe.score)[0]
