"""How rows are cut into jobs: by the work in an image, so that jobs last alike whatever they run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .methods import Facts, facts
from .points import Points
from .store.network import Network

_PASS = 2 * 4.1e9  # operations of a forward pass of a ResNet-50, the unit of `shards.passes`
_LEAST = 0.02  # of that unit: a pass costs something, however small the network
_HEAD = 0.05  # of a network's pass, where its head runs alone

WHOLE, SAMPLE = 5000, 500  # sizes are divisors of these: of a whole data set, and of samples, which grow


@dataclass(frozen=True)
class Cut:
    """How work is cut: `passes` of a ResNet-50 per job, `most` rows per job, and sizes that divide `steps` rows.

    Samples of 500, 1,000, 2,000 and 5,000 images end at the edge of a shard where sizes divide 500.
    """

    passes: float
    most: int
    steps: int = WHOLE

    def rows(self, work: float = 0) -> int:
        """Rows per job where one takes `work` passes of a ResNet-50.

        >>> Cut(passes=2000, most=5000, steps=500).rows(work=20)
        100
        """
        limit = min(self.most, self.passes / work if work else self.most)
        return max(size for size in range(1, self.steps + 1) if self.steps % size == 0 and size <= max(1, limit))


def passes_of(method: Facts, settings: Mapping[str, object], network: Network) -> float:
    """Forward passes that one map takes; runs of the head alone count as parts of one.

    **Arguments:** `method` facts of its file; `settings` that it is given.
    """
    height, width = network["map"]
    counts: dict[str, float] = {"": 0, "channels": network["channels"], "positions": height * width}

    def counted(name: str) -> float:
        given = settings.get(name, method.settings[name].default if name in method.settings else 0)
        return counts[name] if name in counts else float(str(given))

    return 1 + counted(method.passes) + counted(method.heads) * (_HEAD if network["head_alone"] else 1)


def by_stage(config: Mapping[str, Any], cut: Cut, network: Network, method: str | None = None) -> dict[str, int]:
    """Rows per job of the stages of a network, and of a method on it, by stage.

    **Arguments:** `config` complete; `cut` as the run cuts its work; `method` a label of the configuration.
    """

    def rows(passes: float) -> int:
        return cut.rows(passes * max(_LEAST, network["operations"] / _PASS))

    found = {"images": cut.rows(), "predictions": rows(1), "channel_scores": rows(1 + network["channels"])}
    if method is not None:
        block = config["methods"][method]
        size = block.get("shard") or rows(passes_of(facts(block["cam"]), block["settings"], network))
        found |= {"saliency": size, "masked": size, "curves": rows(_of_curves(config["curves"], network))}
    return found


def _of_curves(curves: Mapping[str, Any], network: Network) -> int:
    """Forward passes of an image's curves: the inner points of both, and an end that has to be forwarded."""
    height, width = network["input"]
    return 2 * (Points.of(height * width, curves).count - 2) + 1
