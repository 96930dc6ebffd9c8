"""An estimate in words: what it rests on, and what the run takes."""

from collections.abc import Mapping
from dataclasses import dataclass

import polars as pl

from ..store.stages import STAGES
from .records import Timing
from .totals import Work, total

_ON_DEVICE = ["networks", "machine", *(name for name, stage in STAGES.items() if stage.runs_network)]


@dataclass(frozen=True)
class Where:
    """What a run is estimated for: `jobs` at a time; if the networks run on a `gpu`, one of these jobs at a time.

    `pilot` is the number of images of a pilot, if what follows depends on it.
    """

    jobs: int
    gpu: str | None = None
    pilot: int = 0

    def hours(self, table: pl.DataFrame) -> float:
        """Hours from the beginning of a run to its end."""
        return max(float(table["hours"].sum()) / self.jobs, self.on_gpu(table))

    def on_gpu(self, table: pl.DataFrame) -> float:
        """Hours that the GPU is taken; 0 without one."""
        return float(table.filter(pl.col("stage").is_in(_ON_DEVICE))["hours"].sum()) if self.gpu else 0.0


def assumptions(networks: Mapping[str, Timing], work: Work) -> str:
    """What the estimate rests on, one line per network."""
    lines = [
        f"{work.images:,} images; {work.light:.1f} s to start a job, {work.heavy:.1f} s with torch, on this machine."
    ]
    for name, timing in networks.items():
        speed, given = 1 / timing.predictions.seconds, work.given.get(name)
        if timing.counted:
            source = f"{speed:,.0f} ({timing.device})"
        else:
            source = f"{given:g} (given; {speed:.0f} measured" if given else f"{speed:.0f} (measured"
            source += f" on {timing.device})"
        lines.append(f"{name}: {source} forward passes a second.")
    if any(timing.counted for timing in networks.values()):
        lines.append("Jobs take as long as their passes, and start as here; of a Score-CAM no channel is constant.")
    return "\n".join(lines)


def text(table: pl.DataFrame, whole: pl.DataFrame, images: tuple[int, int], where: Where, basis: str) -> str:
    """The estimate as a terminal shows it, with totals.

    **Arguments:** `table` of the run, `whole` of the same with all images; `images` the numbers of both; `basis` what
    it rests on.
    """
    shown = pl.concat([table, total(table)])
    readable = shown.with_columns((pl.col("bytes") / 1e6).alias("MB")).drop("bytes")
    with pl.Config(float_precision=3, tbl_rows=-1, tbl_cols=-1, tbl_width_chars=200, thousands_separator=",") as style:
        style.set_tbl_formatting("MARKDOWN")
        style.set_tbl_hide_dataframe_shape(True)
        style.set_tbl_hide_column_data_types(True)
        lines = str(readable)
    some, every = (_taken(found, where) for found in (table, whole))
    pilot = ", the pilot" if images[0] == where.pilot else ""
    sample = f"{images[0]:,} of {images[1]:,} images{pilot}: {some}; all: {every}."
    said = sample if images[0] < images[1] else f"{images[0]:,} images: {some}."
    there = f"on one {where.gpu}" if where.gpu else f"with {where.jobs} jobs at a time"
    return f"{lines}\n\n{basis}\n{said}\nAbout {_duration(where.hours(table))} {there}."


def _taken(table: pl.DataFrame, where: Where) -> str:
    """Hours of the GPU, or of all jobs one after the other, and bytes before compression."""
    hours = where.on_gpu(table) or float(table["hours"].sum())
    return f"{hours:,.1f} {'GPU-hours' if where.gpu else 'hours of jobs'}, {int(table['bytes'].sum()) / 1e9:,.1f} GB"


def _duration(hours: float) -> str:
    return f"{hours:.1f} hours" if hours >= 1 else f"{60 * hours:.1f} minutes"
