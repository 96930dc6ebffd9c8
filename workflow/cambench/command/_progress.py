"""Show how far a run is: a line for each stage, with images per second and the time that is left."""

import sys
import time
from collections.abc import Callable
from typing import Any, Protocol

from rich.console import Console
from rich.progress import BarColumn, Progress, ProgressColumn, Task, TextColumn
from rich.text import Text

_ROOMY = 80  # columns
_EVERY = 10.0  # seconds between two lines on a stage, where there is no terminal


class Stage:
    """How far a stage is: `done` of `total`, and the seconds in which at least one of its jobs ran.

    `clock` gives seconds.
    """

    def __init__(self, name: str, clock: Callable[[], float] = time.monotonic) -> None:
        self.name, self._clock = name, clock
        self.total, self.done, self._running, self._busy, self._since = 0, 0, 0, 0.0, clock()
        self._unit = "jobs" if name.endswith("jobs") else "images"

    def update(self, total: int, done: int, running: int) -> None:
        """What is known now."""
        self._busy = self._seconds()
        self.total, self.done, self._running, self._since = total, done, running, self._clock()

    @property
    def is_finished(self) -> bool:
        return self.done >= self.total

    def text(self) -> str:
        """Such as `120 of 200 images, 3.2 images/s, 0:25 left`; jobs that are no stage's are too unlike for a speed."""
        said, seconds = f"{self.done:,} of {self.total:,} {self._unit}", self._seconds()
        if not self.done or not seconds or self._unit == "jobs":
            return said
        speed = self.done / seconds
        left = f", {duration((self.total - self.done) / speed)} left" * (not self.is_finished)
        return f"{said}, {speed:.3g} images/s{left}"

    def _seconds(self) -> float:
        return self._busy + (self._clock() - self._since) * (self._running > 0)


def duration(seconds: float) -> str:
    """Such as 0:25, 12:05 or 3:20:00.

    >>> duration(12_000)
    '3:20:00'
    """
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Display(Protocol):
    """Where progress and text are shown."""

    def update(self, stage: Stage) -> None: ...

    def say(self, line: str) -> None:
        """Show a line that Snakemake, a job or a network printed."""

    def mute(self) -> None:
        """Say no more."""

    def close(self) -> None: ...


def display() -> Display:
    """Bars in a terminal, lines elsewhere; on standard error."""
    console = Console(stderr=True, highlight=False)
    return Bars(console) if console.is_terminal else Lines()


class Lines:
    """A line on a stage every ten seconds at most, and one at its end."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._told, self._mute = clock, dict[str, tuple[float, str]](), False

    def update(self, stage: Stage) -> None:
        at, told = self._told.get(stage.name, (self._clock(), ""))
        text = f"{stage.name}: {stage.text()}"
        if stage.done and text != told and (stage.is_finished or not told or self._clock() - at >= _EVERY):
            self.say(text)
            at, told = self._clock(), text
        self._told[stage.name] = at, told

    def say(self, line: str) -> None:
        if not self._mute:
            print(line, file=sys.stderr, flush=True)

    def mute(self) -> None:
        self._mute = True

    def close(self) -> None:
        pass


class _Said(ProgressColumn):
    """What a stage says of itself, as often as the terminal is drawn."""

    def render(self, task: Task) -> Text:
        return Text(task.fields["stage"].text())


class Bars:
    """A bar for each stage, below what is printed; in a narrow terminal words alone."""

    def __init__(self, console: Console) -> None:
        bar = [BarColumn(bar_width=20)] if console.width >= _ROOMY else []
        columns = [TextColumn("{task.description}", markup=False), *bar, _Said()]
        self._progress = Progress(*columns, console=console, redirect_stdout=False, redirect_stderr=False)
        self._tasks, self._mute = dict[str, Any](), False
        self._progress.start()

    def update(self, stage: Stage) -> None:
        if stage.name not in self._tasks:
            self._tasks[stage.name] = self._progress.add_task(stage.name, stage=stage)
        self._progress.update(self._tasks[stage.name], total=stage.total, completed=stage.done)

    def say(self, line: str) -> None:
        if not self._mute:
            self._progress.console.print(Text.from_ansi(line.expandtabs()), soft_wrap=True)

    def mute(self) -> None:
        self._mute = True

    def close(self) -> None:
        self._progress.stop()
