"""Makes the tables of a table of images (a Parquet file); prints seconds and peak memory (MB)."""

import sys
import time
from pathlib import Path

import peak_memory
import polars as pl

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "workflow"))

from cambench.results.bootstrap import Bootstrap, resample
from cambench.results.comparison import compare
from cambench.results.summary import summarise


def main() -> None:
    frame, start = pl.read_parquet(sys.argv[1]), time.perf_counter()
    networks, methods = (frame[name].unique(maintain_order=True).to_list() for name in ("network", "method"))
    resampled = resample(frame, networks, methods, Bootstrap(resamples=2000, confidence=0.95, seed=0))
    summarise(frame, resampled)
    compare(resampled)
    print(time.perf_counter() - start, peak_memory.own())


if __name__ == "__main__":
    main()
