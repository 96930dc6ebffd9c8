"""Equal values give equal bytes."""

import doctest
import json

from cambench.records import canonical


def test_doctests():
    found = doctest.testmod(canonical)
    assert (found.attempted, found.failed) == (2, 0)


def test_the_order_of_keys_and_the_noise_of_rounding_do_not_count():
    first, second = {"a": 0.1 + 0.2, "b": (1, 2)}, {"b": [1, 2], "a": 0.3}
    assert canonical.text(first) == canonical.text(second)
    assert canonical.digest(first) == canonical.digest(second)
    assert canonical.digest(first) != canonical.digest({**first, "a": 0.300001})


def test_what_is_written_has_the_digest_of_what_was_given():
    value = {"a": [1 / 3, 1e300, -1e-12, float("inf")], "b": "é", "c": {"d": True}}
    assert canonical.digest(json.loads(canonical.text(value))) == canonical.digest(value)
