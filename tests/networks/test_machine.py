"""What is said of the machine."""

import pytest
from conftest import COMPUTE

from cambench.errors import InputError
from cambench.networks import machine


def test_a_machine_is_measured():
    found = machine.measure(COMPUTE)
    assert found.keys() == machine.Machine.__annotations__.keys()
    assert (found["device"][:5], found["precision"]) == ("cpu: ", "float32")
    assert found["peak"] > 1e6


def test_one_line_for_a_device_that_is_not_there():
    with pytest.raises(InputError, match=r"^compute: device 'cuda:9' is not there: "):
        machine.measure({**COMPUTE, "device": "cuda:9"})
