"""Rows that a part finds, kept in a file as they come, and shown as a table."""

import csv
import os
from pathlib import Path

Row = dict[str, object]


class Sheet:
    """A table in a folder: each row is written at once, so that what was done survives whatever comes next."""

    def __init__(self, folder: Path, name: str) -> None:
        self._path, rows = folder / f"{name}.csv", read(folder, name)
        self._columns = list(rows[0]) if rows else []

    def add(self, **row: object) -> None:
        """Write and print a row; the first one names the columns."""
        shown = {key: _shown(value) for key, value in row.items()}
        with self._path.open("a", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, self._columns or list(shown))
            if not self._columns:
                self._columns = list(shown)
                writer.writeheader()
            writer.writerow(shown)
            file.flush()
            os.fsync(file.fileno())
        print(f"{self._path.stem}: " + ", ".join(f"{key} {value}" for key, value in shown.items()), flush=True)


def read(folder: Path, name: str) -> list[dict[str, str]]:
    """Rows of a table, empty if there is none."""
    path = folder / f"{name}.csv"
    if not path.exists():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def markdown(rows: list[dict[str, str]]) -> str:
    """Rows as a table of Markdown."""
    if not rows:
        return ""
    columns = list(rows[0])
    lines = ["| " + " | ".join(columns) + " |", "|" + "---|" * len(columns)]
    lines += ["| " + " | ".join(row[column] or "" for column in columns) + " |" for row in rows]
    return "\n".join(lines) + "\n"


def _shown(value: object) -> object:
    if not isinstance(value, float):
        return value
    return f"{value:.4g}" if abs(value) < 1e4 else f"{value:.0f}"
