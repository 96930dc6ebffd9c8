"""Run docs/notebook.ipynb, and write what it shows into it: `python tests/notebook.py`, where results/demo lies.

Cells run in this process, as IPython runs them: the value of a cell's last expression is shown. So neither a kernel nor
a server is needed.
"""

import ast
import base64
import contextlib
import io
from pathlib import Path

import nbformat
from nbformat import v4

NOTEBOOK = Path(__file__).resolve().parents[1] / "docs" / "notebook.ipynb"


def executed(notebook):
    """The notebook with new outputs."""
    space = {"__name__": "__main__"}
    numbers = iter(range(1, len(notebook.cells) + 1))
    for cell in notebook.cells:
        if cell.cell_type == "code":
            cell.execution_count = next(numbers)
            cell.outputs = outputs(cell.source, space, cell.execution_count)
    return notebook


def outputs(source, space, number):
    """What a cell prints, and the value of its last expression."""
    *body, last = ast.parse(source).body
    ends = isinstance(last, ast.Expr) and not source.rstrip().endswith(";")
    body = body if ends else [*body, last]
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), "<cell>", "exec"), space)
        if ends:
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), space)
    text = printed.getvalue()
    found = [v4.new_output("stream", name="stdout", text=text)] if text else []
    if value is not None:
        found.append(v4.new_output("execute_result", data=shown(value), execution_count=number))
    return found


def shown(value):
    """An object as text, and as a picture if it is one."""
    picture = getattr(value, "_repr_png_", None)
    return {"text/plain": repr(value), **({"image/png": base64.b64encode(picture()).decode()} if picture else {})}


if __name__ == "__main__":
    nbformat.write(executed(nbformat.read(NOTEBOOK, as_version=4)), NOTEBOOK)
