"""The methods paragraph is true of the run, and all that it cites is in the BibTeX."""

import re
import unicodedata
from dataclasses import replace

import frames
import pages
import pytest

from cambench import methods, metrics
from cambench.report.contents import paper, references
from cambench.report.contents.sources import Method

METHODS = {
    "good": Method("Grad-CAM", "gradcam"),
    "fair": Method("Ours", "mine"),
    "fair2": Method("Score-CAM", "scorecam"),
    "bad": Method("Random", "random", control=True),
}


def sources(images=60, **caption):
    return pages.sources(frames.levels(images), frames.ONE, METHODS, caption=replace(pages.CAPTION, **caption))


def test_the_paragraph():
    said = paper.paragraph(sources(curves=pages.CURVES))
    assert "We compared Grad-CAM (Selvaraju et al., 2017), Ours and Score-CAM (Wang et al., 2020)." in said
    assert "As controls, which explain nothing, we took Random." in said
    assert "They explained Net 1 (weights IMAGENET1K_V2; target layer layer4, 7 x 7), on 60 images." in said
    assert "curves change 224 pixels per step, and have a point at every step." in said
    assert "have 3 drawn points" in paper.paragraph(sources(curves={**pages.CURVES, "points": 3}))
    assert "Average Drop (Chattopadhay et al., 2018)" in said
    assert "95 % bootstrap intervals over images from 400 paired resamples" in said


def test_it_claims_nothing_that_the_run_does_not_have():
    said = paper.paragraph(sources(1))
    assert "on 1 image." in said
    assert "interval" not in said
    assert "curves" not in said.replace("Deletion", "")
    sampled = {"images": 60, "of": 50_000, "seed": 0, "stratify": None, "fewest": None}
    assert "on 60 images, drawn at random from 50,000." in paper.paragraph(sources(sample=sampled))


def test_weights_are_named_or_told_by_their_digest():
    facts = {"net": {**pages.NETWORK, "weights": "0123456789abcdef" * 4}}
    assert "weights SHA-256 0123456789ab;" in paper.paragraph(replace(sources(), facts=facts))
    random = {"net": {**pages.NETWORK, "random": True}}
    assert "(random weights;" in paper.paragraph(replace(sources(), facts=random))


def test_bibtex_has_what_the_paragraph_cites():
    found = sources()
    keys = set(re.findall(r"^@\w+\{(\w+),", paper.bibtex(found), re.MULTILINE))
    assert {"cambench", "selvaraju2017", "wang2020", "poppi2021", "holm1979", "hesterberg2015"} <= keys
    assert "jiang2021" not in keys
    cited = set(re.findall(r"(\w+)(?: et al\.| and \w+)?, (\d{4})", paper.paragraph(found)))
    years = {re.sub(r"(?<=\d{4})[a-z]+$", "", key) for key in keys}  # of two papers of one year, one has a word more
    assert [name for name, year in cited if not {f"{word}{year}" for word in spelled(name)} & years] == []


def spelled(name):
    """A name as keys may spell it, in ASCII: ö is oe or o."""
    plain = unicodedata.normalize("NFKD", name.lower()).encode("ascii", "ignore").decode()
    return {plain, name.lower().translate(str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue"}))}


def test_entries_are_whole():
    for key, found in references.papers().items():
        assert found.text.count("{") == found.text.count("}"), key
        assert "title = {" in found.text
        assert "methods =" not in found.text
        assert re.fullmatch(r"[\w -]+(?: et al\.| and [\w -]+)?, \d{4}", found.cited), key
        assert any(key.startswith(word[:2]) for word in spelled(found.cited)), key
        assert found.cited[-4:] in key, key


@pytest.mark.parametrize("name", metrics.names())
def test_the_paper_of_every_metric_is_known(name):
    if re.search(r"\d{4}", metrics.facts(name).column.source):
        assert references.of_metric(name), f"report/contents/references.bib has no paper with metrics = {{{name}}}"


@pytest.mark.parametrize("name", methods.names())
def test_the_paper_of_every_method_is_known(name):
    facts = methods.facts(name)
    if re.search(r"[A-Z][^()]*(?:19|20)\d\d", facts.about.partition("\n")[0]) and not facts.control:
        assert references.of_method(name), f"report/contents/references.bib has no paper with methods = {{{name}}}"
