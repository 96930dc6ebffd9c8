"""Links from the page to every file of the run."""

from collections.abc import Iterable, Mapping
from pathlib import PurePath

# Folders and files of a run, in the order in which the page lists them, and what they hold.
_ABOUT = {
    "tables": "Tables",
    "figures": "Figures",
    "metrics.parquet": "One row per network, method and image",
    "manifest.parquet": "The images: path, label, size, SHA-256",
    "rejected.parquet": "Files that could not be used, and why",
    "classes.json": "Names of the classes",
    "networks": "Facts of each network",
    "metrics": "The same rows by network and method",
    "localisation": "Boxes and pixels of each image, for the numbers of the whole set",
    "images": "Pixels, as the networks see them",
    "objects": "Where the objects of the images lie, as the networks see them",
    "predictions": "Explained class and its probability",
    "channel_scores": "Probability through each channel alone",
    "saliency": "Maps as the methods returned them",
    "masked": "Probability and maps of the masked images",
    "curves": "Deletion and insertion curves of each image",
    "complement": "Probability of the images without what the maps show",
    "road": "Probability of images whose most or least salient pixels are imputed",
    "perturbations": "What removing parts of the images takes from the explained class, whatever the map",
    "other_class": "Maps of another class",
    "random_weights": "Maps of the same networks with random weights",
    "sensitivity": "How far maps move where images have a little noise",
    "sample.json": "How many images the sample takes, and why",
    "pilot": "The sample's pilot",
    "machine.json": "The machine that ran the networks",
    "provenance.json": "Versions, machine, command, configuration, digests",
    "ro-crate-metadata.json": "The same as an RO-Crate",
}
_LATER = ("provenance.json", "ro-crate-metadata.json")  # written after the page
_ROOT = "/zarr.json"


def links(recorded: Iterable[str], figures: Mapping[str, str]) -> list[dict[str, str]]:
    """Path below the run's folder, and what is there, in a fixed order; of a store only its root.

    **Arguments:** `recorded` paths below the run's folder; the page itself is left out. `figures` captions by name.
    """
    paths = [path for path in (*recorded, *_LATER) if not path.startswith("report/")]
    kept = dict.fromkeys(path for path in paths if not _is_inside_a_store(path))
    places = {name: place for place, name in enumerate(_ABOUT)}
    order = sorted(kept, key=lambda path: places.get(path.partition("/")[0], len(places)))
    return [{"path": path, "about": _about(path, figures)} for path in order]


def _about(path: str, figures: Mapping[str, str]) -> str:
    """The caption of a figure, and of anything else what its folder holds."""
    folder = path.partition("/")[0]
    caption = figures.get(PurePath(path).stem) if folder == "figures" else None
    return caption or _ABOUT.get(folder, "")


def _is_inside_a_store(path: str) -> bool:
    """Whether a path is below a store's root file, which alone is linked."""
    store, _, rest = path.partition(".zarr/")
    return bool(rest) and path != f"{store}.zarr{_ROOT}"
