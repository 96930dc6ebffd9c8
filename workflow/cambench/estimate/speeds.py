"""Forward passes per second of a run's networks on a machine that is not at hand: as given, or as a table has them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from ..config import speeds as known
from ..passes import RESNET50
from ..store.network import Network


class Speed(NamedTuple):
    """Forward passes per second, and where they are known from."""

    passes: float
    source: str


def of(config: Mapping[str, Any], networks: Mapping[str, Network]) -> dict[str, Speed]:
    """Speed of each network on the card that a configuration names; nothing if it names none.

    What `passes_per_second` gives counts first. A network that the table lacks is as much slower than its ResNet-50 as
    it has more operations.

    **Arguments:** `config` complete; `networks` their facts.
    """
    card = config["estimate"].get("card")
    if card is None:
        return {}
    measured, given = known.on(card, config["compute"]), config["estimate"]["passes_per_second"]

    def speed(name: str, facts: Network) -> Speed:
        if name in given:
            return Speed(given[name], "given")
        row = measured.get(config["networks"][name].get("name", ""))
        if row is not None:
            return Speed(float(row["passes_per_second"]), f"measured on {card} on {row['date']}")
        reference = float(measured["resnet50"]["passes_per_second"])
        said = f"by its operations, from those of a ResNet-50 on {card} on {measured['resnet50']['date']}"
        return Speed(reference * RESNET50 / facts["operations"], said)

    return {name: speed(name, facts) for name, facts in networks.items()}
