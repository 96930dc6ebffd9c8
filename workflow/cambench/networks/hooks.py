"""Hooks that do not outlive the pass that they are for."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from torch.utils.hooks import RemovableHandle


@contextmanager
def removed_after(handles: Iterable[RemovableHandle]) -> Iterator[None]:
    """Take hooks away when this context ends, whatever happened in it; `handles` are those of the hooks."""
    kept = list(handles)
    try:
        yield
    finally:
        for handle in kept:
            handle.remove()
