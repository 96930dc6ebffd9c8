"""Prints forward passes per second of resnet18 in one thread; waits for a line of input before it starts."""

import sys
import time

import torch
from subject import BATCH, block_of

from cambench.networks.open import open_probe

PASSES = 20


def main() -> None:
    compute = {"device": "cpu", "precision": "float32", "batch": BATCH}
    network = open_probe("resnet18", block_of("resnet18", 224), compute).network
    images = torch.randn(BATCH, 3, 224, 224).to(memory_format=torch.channels_last)
    print("ready", flush=True)
    sys.stdin.readline()
    with torch.no_grad():
        start = time.perf_counter()
        for _ in range(PASSES):
            network(images)
    print(PASSES * BATCH / (time.perf_counter() - start))


if __name__ == "__main__":
    main()
