"""cambench: measure how good class activation maps are, as a cached, reproducible workflow.

In Python: `evaluate` measures networks and methods on images in memory, `adcc` measures maps that you have, and
`open_run` reads a finished run. They are imported when they are asked for, so that `import cambench` imports no torch.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .in_memory.evaluate import evaluate
    from .in_memory.given import adcc
    from .in_memory.means import summarise
    from .runs.run import Run, open_run

__all__ = ["Run", "adcc", "evaluate", "open_run", "summarise"]
__version__ = "0.1.0"
_WHERE = {
    "Run": "runs.run",
    "adcc": "in_memory.given",
    "evaluate": "in_memory.evaluate",
    "open_run": "runs.run",
    "summarise": "in_memory.means",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f".{_WHERE[name]}", __name__), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
