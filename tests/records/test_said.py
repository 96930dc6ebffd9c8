"""A comparison as a terminal shows it."""

import io

import polars as pl
from recorded import SHA, brought, changed
from rich.console import Console

from cambench.records import comparing, said


def shown(sources, width=100):
    page = io.StringIO()
    pairs = comparing.pairs(sources)
    said.show(sources, pairs, comparing.table(pairs), Console(file=page, width=width, color_system=None))
    return page.getvalue()


def test_what_is_the_same_what_differs_and_by_how_much(record):
    second = changed(network__layer="layer3", data__digest=SHA["e"], machine__device="cuda: H100")
    text = shown([brought("mine", record), brought("yours", second)])
    lines = [" ".join(line.split()) for line in text.splitlines()]
    assert "mine beside yours: 1 compared" in lines
    assert any(line.startswith("The same: weights, preprocessing, precision, method, class, masking") for line in lines)
    assert "network.layer layer4 layer3 yes all" in lines
    assert "machine.device cpu: x86_64 cuda: H100 rounding alone all" in lines
    assert "ADCC (%) of net" in lines
    assert "gradcam 75.00 75.00 +0.00 -2.83 to +2.83 unpaired, 60" in lines
    assert lines.index("network.layer layer4 layer3 yes all") < lines.index(
        "machine.device cpu: x86_64 cuda: H100 rounding alone all"
    )


def test_equal_records(record):
    text = shown([brought("mine", record), brought("yours", changed())])
    assert "Nothing else differs." in text
    assert "equal: every image has the same value in both, to six decimals." in text


def test_what_differs_in_some_records_alone(record):
    first, second = brought("mine", record), brought("yours", changed())
    for number in range(4):
        first.records["net", f"m{number}"] = changed(method__label=f"m{number}")
        settings = {"seed": 1} if number else {}
        second.records["net", f"m{number}"] = changed(method__label=f"m{number}", method__settings=settings)
    assert "method.settings.seed – 1 yes m1 on net, m2 on net, m3 on net" in " ".join(
        shown([first, second], 200).split()
    )
    second.records["net", "gradcam"]["method"]["settings"] = {"seed": 1}
    assert "method.settings.seed – 1 yes 4 of 5" in " ".join(shown([first, second], 200).split())


def test_text_of_others_is_no_markup_and_no_command_to_the_terminal(record):
    nasty = changed(network__layer="[bold red]x[/] \x1b[2J", network__name="net")
    text = shown([brought("[link=http://x]mine", record), brought("yours", nasty)])
    assert "[bold red]x[/] \\x1b[2J" in text
    assert "[link=http://x]mine" in text
    assert "\x1b" not in text


def test_what_is_in_one_source_alone(record):
    first = brought("mine", record)
    for name in ("x", "y"):
        first.records["net", name] = changed(method__label=name)
    assert "Only in mine: x, y on net." in shown([first, brought("yours", changed()), brought("third", changed())])
    assert isinstance(comparing.table(comparing.pairs([first, brought("b", changed())])), pl.DataFrame)
