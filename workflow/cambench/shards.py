"""How rows are cut into jobs: by the work in an image, so that jobs last alike whatever they run."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from . import further
from .methods import facts_with
from .passes import RESNET50, curve_passes, work_of
from .store.network import Network
from .store.stages import STAGES

_LEAST = 0.02  # of a ResNet-50's pass, the unit of `shards.passes`: a pass costs something, however small the network

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


def by_stage(config: Mapping[str, Any], cut: Cut, network: Network, method: str | None = None) -> dict[str, int]:
    """Rows per job of the stages of a network, and of a method on it, by stage.

    **Arguments:** `config` complete; `cut` as the run cuts its work; `method` a label of the configuration.
    """

    def rows(passes: float) -> int:
        return cut.rows(passes * max(_LEAST, network["operations"] / RESNET50))

    found = {"images": cut.rows(), "predictions": rows(1), "channel_scores": rows(1 + network["channels"])}
    found |= {stage: rows(passes) for stage, passes in further.passes(config, 0).items() if stage == "perturbations"}
    if method is not None:
        block = config["methods"][method]
        facts, settings = facts_with(block["cam"], block["settings"]), block["settings"]
        work = work_of(facts, settings, network)
        others = {stage: rows(passes) for stage, passes in further.passes(config, work).items() if stage not in found}
        size = block.get("shard") or rows(work)
        # Of stage `sensitivity`, too: few images are measured, and none in most jobs of a large run.
        others |= {stage: size for stage in others if STAGES[stage].repeats}
        found |= {"saliency": size, "masked": size, "curves": rows(curve_passes(network, config["curves"])), **others}
    return found
