"""What is said of a stage, and how it is shown."""

import io

import pytest
from rich.console import Console

from cambench.command._progress import Bars, Lines, Stage, duration


class Clock:
    """A clock that a test moves, in seconds."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


@pytest.fixture
def clock():
    return Clock()


def test_speed_and_time_left_count_the_seconds_in_which_jobs_of_the_stage_ran(clock):
    stage = Stage("saliency", clock)
    stage.update(total=200, done=0, running=2)
    assert stage.text() == "0 of 200 images"
    clock.now = 10
    stage.update(total=200, done=40, running=0)
    assert stage.text() == "40 of 200 images, 4 images/s, 0:40 left"
    clock.now = 100  # in which other stages ran
    stage.update(total=200, done=40, running=1)
    clock.now = 110
    assert stage.text() == "40 of 200 images, 2 images/s, 1:20 left"
    stage.update(total=200, done=200, running=0)
    assert stage.text() == "200 of 200 images, 10 images/s"


def test_other_jobs_have_no_speed(clock):
    stage = Stage("other jobs", clock)
    stage.update(total=1200, done=0, running=1)
    clock.now = 5
    stage.update(total=1200, done=1100, running=0)
    assert stage.text() == "1,100 of 1,200 jobs"


@pytest.mark.parametrize(("seconds", "said"), [(0.4, "0:00"), (59.6, "1:00"), (725, "12:05"), (36_061, "10:01:01")])
def test_durations(seconds, said):
    assert duration(seconds) == said


def test_without_a_terminal_there_is_a_line_every_ten_seconds_and_one_at_the_end(clock, capsys):
    shown, stage = Lines(clock), Stage("curves", clock)
    for second in range(61):
        clock.now = second
        stage.update(total=60, done=second, running=1)
        shown.update(stage)
    shown.update(stage)
    shown.close()
    said = capsys.readouterr().err.splitlines()
    assert [line.split()[1] for line in said] == ["1", "11", "21", "31", "41", "51", "60"]
    assert said[-1] == "curves: 60 of 60 images, 1 images/s"


@pytest.mark.parametrize(
    "make", [lambda out: Bars(Console(file=out, force_terminal=True, width=100)), lambda _: Lines()]
)
def test_what_jobs_print_is_shown_until_the_run_is_stopped(make, clock, capsys):
    out = io.StringIO()
    shown, stage = make(out), Stage("curves", clock)
    stage.update(total=60, done=0, running=1)
    shown.update(stage)
    shown.say("a [bold]warning[/bold] with \ttabs")
    shown.mute()
    shown.say("KeyboardInterrupt")
    shown.close()
    said = out.getvalue() + capsys.readouterr().err
    assert "a [bold]warning[/bold] with " in said
    assert "KeyboardInterrupt" not in said


def test_a_terminal_has_a_bar_for_each_stage(clock):
    out = io.StringIO()
    shown = Bars(Console(file=out, force_terminal=True, width=100, color_system=None))
    for name, total in (("saliency", 20), ("masked", 10)):
        stage = Stage(name, clock)
        stage.update(total=total, done=5, running=0)
        shown.update(stage)
    shown.close()
    last = [line for line in out.getvalue().splitlines() if "━" in line][-2:]
    assert "saliency ━" in last[0]
    assert last[0].rstrip().endswith("5 of 20 images")
    assert last[1].rstrip().endswith("5 of 10 images")


def test_a_narrow_terminal_has_words_alone_in_one_line(clock):
    out = io.StringIO()
    shown = Bars(Console(file=out, force_terminal=True, width=60, color_system=None))
    stage = Stage("predictions", clock)
    stage.update(total=36, done=0, running=1)
    clock.now = 70
    stage.update(total=36, done=30, running=0)
    shown.update(stage)
    shown.close()
    assert "predictions 30 of 36 images, 0.429 images/s, 0:14 left" in out.getvalue()
