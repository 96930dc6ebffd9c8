"""What the documents show is so: configurations are good ones, and methods and metrics are described as they are."""

import re

import numpy as np
import pytest
import yaml
from conftest import ROOT

from cambench import methods, metrics
from cambench.config.read import resolve
from cambench.methods.contract import check

# What metrics need of a run, as docs/metrics.md says it; the last that fits counts.
NEEDS = {
    "curves.": "curves",
    "curves.mirrored": "mirrored curves",
    "curves.whole": "whole curves",
    "objects.": "objects",
}


def text(name):
    return (ROOT / name).read_text(encoding="utf-8")


def blocks(name):
    found = re.findall(r"^```yaml\n(.*?)^```$", text(name), re.MULTILINE | re.DOTALL)
    return [pytest.param(yaml.safe_load(block), id=f"{name}-{number}") for number, block in enumerate(found)]


def rows(page, code):
    """Cells of the row of a table whose second cell names this."""
    cells = [re.split(r" *(?<!\\)\| *", line)[1:-1] for line in text(page).splitlines() if line.startswith("| ")]
    return [row for row in cells if row[1:2] == [f"`{code}`"] and len(row) > 5]


@pytest.mark.parametrize("shown", [*blocks("README.md"), *blocks("config/README.md")])
def test_a_configuration_that_is_shown_fits_the_schema(good, shown):
    full, errors = resolve({**good, **shown}, [], look=False)
    assert errors == []
    assert len(full["networks"]) >= len(shown["networks"])


def code(name, word):
    """The block of Python in which a word stands."""
    (found,) = (block for block in re.findall(r"^```python\n(.*?)^```$", text(name), re.M | re.S) if word in block)
    return found


def test_the_method_that_is_shown_keeps_the_contract(tmp_path):
    file = tmp_path / "mycam.py"
    file.write_text(code("README.md", "def cam("), encoding="utf-8")
    check(str(file))


def test_the_metric_that_is_shown_can_be_chosen(good, tmp_path):
    file = tmp_path / "mine.py"
    file.write_text(code("config/README.md", "def measure("), encoding="utf-8")
    assert resolve({**good, "metrics": [str(file)]}, [])[1] == []
    (surprise,) = metrics.load([str(file)])
    assert surprise.measure(metrics.Explained(np.array([0.25]), np.array([0.5]))).tolist() == [0.75]


@pytest.mark.parametrize("name", [name for name in methods.names() if name != "file"])
def test_a_method_is_described_with_its_settings(name):
    (row,), facts = rows("docs/methods.md", name), methods.facts(name)
    for setting in facts.settings.values():
        assert all(f"`{choice}`" in row[-1] for choice in setting.choices)
        default = f"{setting.default:g}" if type(setting.default) in (int, float) else str(setting.default).lower()
        assert re.search(rf"`{setting.name}` \(`?{re.escape(default)}\b", row[-1], re.IGNORECASE), setting
    assert set(re.findall(r"`(\w+)` \(", row[-1])) == set(facts.settings)


@pytest.mark.parametrize("name", metrics.names())
def test_a_metric_is_described_as_its_file_says(name):
    (row,), facts = rows("docs/metrics.md", name), metrics.facts(name)
    column = facts.column
    needs = [said for start, said in NEEDS.items() if any(need.startswith(start) for need in facts.needs)]
    better = "higher" if column.higher_is_better else "lower"
    least, most = column.range
    described = [better, column.definition, f"{least:g} to {most:g}", needs[-1] if needs else ""]
    assert row == [column.title, f"`{name}`", column.criterion, *described, str(column.version), column.source]


@pytest.mark.parametrize(
    "page", [path.name for path in ROOT.glob("*.md")] + [f"docs/{path.name}" for path in ROOT.glob("docs/*.md")]
)
def test_links_lead_somewhere(page):
    """Files that are named are there, and so are the headings in them."""
    for link in re.findall(r"\]\(([^)\s]+)\)", text(page)):
        if not link.startswith("http"):
            name, _, heading = link.partition("#")
            target = ((ROOT / page).parent / name).resolve() if name else ROOT / page
            assert target.exists(), link
            assert not heading or heading in headings(target.read_text(encoding="utf-8")), link


def headings(page):
    """Anchors of a page's headings, as GitHub makes them."""
    found = re.findall(r"^#+ (.*)$", page, re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading).lower().replace(" ", "-") for heading in found}
