"""Configurations that the documents show are good ones."""

import re

import pytest
import yaml
from conftest import ROOT

from cambench.config.read import resolve


def blocks(name):
    found = re.findall(r"^```yaml\n(.*?)^```$", (ROOT / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [pytest.param(yaml.safe_load(text), id=f"{name}-{number}") for number, text in enumerate(found)]


@pytest.mark.parametrize("shown", [*blocks("README.md"), *blocks("config/README.md")])
def test_a_configuration_that_is_shown_fits_the_schema(good, shown):
    full, errors = resolve({**good, **shown}, [], look=False)
    assert errors == []
    assert len(full["networks"]) >= len(shown["networks"])
