"""What the paper costs in GPU-hours, by the passes per second that were measured."""

import sheet
from scene import PAPER, Sizes

_CHANNELS = {"vgg16": 512, "resnet18": 512}  # of the target layer; 2,048 of the others
_ONE_PASS = 3  # Fake-CAM, Grad-CAM, Grad-CAM++
_SMOOTH = 5  # Smooth Grad-CAM++: four noisy inputs and the clean one
_METHODS = 5  # those and Score-CAM
_POINTS = 17  # of both curves, eight drawn from each, and the blurred end


def run(folder, sizes: Sizes) -> None:
    """Hours for 5,000 images and for 50,000, eight drawn points, by precision: of jobs that compile."""
    found = sheet.Sheet(folder, "paper")
    rows = {
        (row["network"], row["precision"]): row for row in sheet.read(folder, "rates") if "as it" in row["arranged"]
    }
    for precision in ("bfloat16", "tf32", "float32"):
        if all((name, precision) in rows for name in PAPER):
            hours = sum(_seconds(name, rows[name, precision]) for name in PAPER) / 3600
            found.add(precision=precision, hours_5000=5000 * hours, hours_50000=50000 * hours)


def _seconds(network: str, row: dict[str, str]) -> float:
    """Of an image: each pass at the rate of its stage; one-pass methods are given twice the forward pass."""
    channels = _CHANNELS.get(network, 2048)
    scorecam = 2 * (channels + 1) / float(row["scorecam_compiled"])
    others = 2 * (2 * _ONE_PASS + 2 * _SMOOTH + 1) / float(row["forward"])
    return scorecam + others + _METHODS * _POINTS / float(row["curves_compiled"])
