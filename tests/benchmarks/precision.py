"""How much faster bfloat16 is on this machine's processor; what it does to metrics, tests/gpu/effect.py measures.

python tests/benchmarks/precision.py
"""

import statistics

from subject import photographs
from worker import Worker


def speed(network: str) -> float:
    """How many times as fast as float32, forward passes alone, both cores."""
    pixels = photographs(8, 224)
    workers = [Worker("bare", True, "maps", network, pixels, precision) for precision in ("float32", "bfloat16")]
    for worker in workers:
        worker.ask("bare")
    times = [[worker.ask("run") for worker in workers] for _ in range(6)][1:]  # the first warms up
    for worker in workers:
        worker.close()
    full, low = (statistics.median(column) for column in zip(*times, strict=True))
    return full / low


def main() -> None:
    for network in ("resnet50", "vgg16"):
        print(f"bfloat16: {network}: {speed(network):.2f} x float32", flush=True)


if __name__ == "__main__":
    main()
