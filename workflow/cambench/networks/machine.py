"""Stage `machine`: measure how fast the machine is that runs the networks."""

from typing import TypedDict

from . import device, flops


class Machine(TypedDict):
    """What is written to `machine.json`: `peak` is the operations per second that `device` does in `precision`."""

    device: str
    precision: str
    peak: float


def measure(compute: dict, threads: int = 1) -> Machine:
    """The machine of a run's jobs. **Raises:** `InputError` if its device is not there, or lacks the precision."""
    where = device.start(compute["device"], compute["precision"], threads)
    peak = flops.peak(where, compute["precision"])
    return {"device": device.device_name(where), "precision": compute["precision"], "peak": peak}
