"""A network's file is read whole or refused."""

import json

import pytest

from cambench.errors import InputError
from cambench.store import network
from cambench.store.network import Network


def test_a_file_that_lacks_a_fact_is_damaged(tmp_path):
    file, facts = tmp_path / "tiny.json", dict.fromkeys(Network.__annotations__, 1)
    file.write_text(json.dumps(facts))
    assert network.read(file) == facts
    del facts["map"]
    for text in (json.dumps(facts), json.dumps(facts)[:-9], "3"):
        file.write_text(text)
        with pytest.raises(InputError, match=r"tiny\.json: damaged; mend: rm "):
            network.read(file)
