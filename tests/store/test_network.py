"""A network's file is read whole or refused."""

import json

import pytest

from cambench.errors import InputError
from cambench.store import network
from cambench.store.network import Network


def test_names_of_classes_are_read_apart(tmp_path):
    file = tmp_path / "tiny.json"
    file.write_text(json.dumps({"network": "tiny", "class_names": ["a", "b"]}))
    assert network.class_names(file) == ("tiny", ["a", "b"])


def test_a_file_that_lacks_a_fact_is_damaged(tmp_path):
    file, facts = tmp_path / "tiny.json", dict.fromkeys(Network.__annotations__, 1)
    file.write_text(json.dumps(facts))
    assert network.read(file) == {key: value for key, value in facts.items() if key != "class_names"}
    del facts["map"]
    for text in (json.dumps(facts), json.dumps(facts)[:-9], "3"):
        file.write_text(text)
        with pytest.raises(InputError, match=r"tiny\.json: damaged; mend: rm "):
            network.read(file)
