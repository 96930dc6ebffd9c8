"""A paragraph for the methods section of a paper, and BibTeX of what it cites, made from the run's facts."""

import re
from collections.abc import Iterator

from ... import __version__
from ...images.sizes import in_words
from ...metrics._contract import Column
from ...results.columns import METRICS
from . import numbers, references
from .sources import Sources

_CAMBENCH = """@software{cambench,
  title = {cambench: measuring how good class activation maps are},
  author = {{The cambench developers}},
  version = {%s},
  license = {MIT}
}"""
_TARGETS = {"predicted": "the predicted one", "label": "the label"}


def paragraph(sources: Sources) -> str:
    """What was done, in sentences that hold for this run."""
    return " ".join(_sentences(sources))


def bibtex(sources: Sources) -> str:
    """Every paper that the paragraph cites, and cambench."""
    papers = [key for method in sources.methods.values() for key in references.of_method(method.cam)]
    measured = [*(column.name for column in _columns(sources)), *(one["name"] for one in numbers.of_the_set(sources))]
    papers += [key for name in measured for key in references.of_metric(name)]
    return "\n\n".join([_CAMBENCH % __version__, references.bibtex([*papers, "holm1979", "hesterberg2015"])])


def _sentences(sources: Sources) -> Iterator[str]:
    caption, images = sources.caption, sources.frame["image"].n_unique()
    explained = [
        f"{method.title}{references.cite(references.of_method(method.cam))}"
        for method in sources.methods.values()
        if not method.control
    ]
    if explained:
        yield f"We compared {_all(explained)}."
    if sources.controls:
        controls = _all([sources.titles[name] for name in sources.controls])
        yield f"As controls, which explain nothing, we took {controls}."
    networks = [_network(name, sources) for name in sources.networks]
    drawn = f", drawn at random from {caption.sample['of']:,}" if caption.sample else ""
    yield f"They explained {_all(networks)}, on {images:,} image{'s' * (images > 1)}{drawn}."
    yield from _inputs(sources)
    yield (
        f"The explained class is {_TARGETS.get(caption.target, caption.target)}. Maps are scaled to [0, 1] and enlarged"
        f" bilinearly ({caption.masking['order'].replace('_', ' ')}), and inputs are multiplied by them in"
        f" {caption.masking['space']} space."
    )
    yield from _curves(sources)
    yield f"We report {_all(list(_metrics(sources)))}."
    yield from _of_the_set(sources)
    if images > 1:
        yield _intervals(sources)
    yield f"All numbers were made by cambench {__version__} in {caption.precision}."


def _network(name: str, sources: Sources) -> str:
    """A network with its weights and its target layer."""
    facts = sources.facts[name]
    weights = "random weights" if facts["random"] else f"weights {_shortened(facts['weights'])}"
    height, width = facts["map"]
    return f"{sources.networks[name]} ({weights}; target layer {facts['layer']}, {height} x {width})"


def _shortened(weights: str) -> str:
    """A digest by its first digits; names as they are."""
    return f"SHA-256 {weights[:12]}" if re.fullmatch("[0-9a-f]{64}", weights) else weights


def _inputs(sources: Sources) -> Iterator[str]:
    """How images become inputs."""
    said = dict.fromkeys(in_words(facts["preprocessing"]) for facts in sources.facts.values())
    yield f"Images were preprocessed as follows: {'; '.join(said)}."


def _curves(sources: Sources) -> Iterator[str]:
    curves = sources.caption.curves
    if curves:
        points = "a point at every step" if curves["points"] == "all" else f"{curves['points']} drawn points per image"
        step = curves["pixels_per_step"]
        yield f"Deletion and insertion curves change {step} pixels per step, and have {points}."


def _metrics(sources: Sources) -> Iterator[str]:
    for column in _columns(sources):
        yield f"{column.title}{references.cite(references.of_metric(column.name))}"


def _of_the_set(sources: Sources) -> Iterator[str]:
    """The numbers about where objects are, if the run has them."""
    found = {one["name"]: one["title"] for one in numbers.of_the_set(sources)}
    if found:
        cited = [f"{title}{references.cite(references.of_metric(name))}" for name, title in found.items()]
        yield f"Of all images together we report {_all(cited)}."
    if "max_box_accuracy" in found:
        yield "Boxes are of the thresholds that are the best on these images."


def _intervals(sources: Sources) -> str:
    bootstrap = sources.caption.bootstrap
    return (
        f"Intervals are {100 * bootstrap.confidence:g} % bootstrap intervals over images from {bootstrap.resamples:,}"
        f" paired resamples, expanded for few images{references.cite(['hesterberg2015'])}; differences between methods"
        f" are tested by Student's t with the bootstrap's standard error, corrected for all pairs"
        f"{references.cite(['holm1979'])}."
    )


def _columns(sources: Sources) -> list[Column]:
    """The metrics of the run."""
    return [column for name, column in METRICS.items() if name in sources.summary.columns]


def _all(names: list[str]) -> str:
    """Every name, however many there are."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
