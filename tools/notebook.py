"""Run the notebook of the documents and keep in it what its cells print and draw.

    uv run python tools/notebook.py

The cells run in this process, in their order, as in a fresh kernel: what a cell prints, the value
of its last expression and the figures that it leaves open are its outputs. So no Jupyter is needed
to make or to test the notebook; users open it with theirs.
"""

import ast
import base64
import contextlib
import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import matplotlib as mpl

ROOT = Path(__file__).resolve().parents[1]
NOTEBOOK = ROOT / "docs" / "notebook.ipynb"
DPI = 100


def read(path: Path = NOTEBOOK) -> dict[str, Any]:
    """Return the notebook as the JSON of nbformat 4."""
    return dict(json.loads(path.read_text(encoding="utf-8")))


def executed(notebook: dict[str, Any]) -> dict[str, Any]:
    """Return the notebook with new outputs; all its cells share one namespace."""
    names: dict[str, Any] = {"__name__": "__main__"}
    cells, count = [], 0
    with mpl.rc_context({"backend": "Agg"}):
        for cell in notebook["cells"]:
            if cell["cell_type"] == "code":
                count += 1
                outputs = list(outputs_of("".join(cell["source"]), names, count))
                cell = cell | {"execution_count": count, "outputs": outputs}
            cells.append(cell)
    return notebook | {"cells": cells}


def outputs_of(source: str, names: dict[str, Any], count: int) -> Iterator[dict[str, Any]]:
    """Yield what a cell gives: printed lines, the value of its last expression, its figures."""
    body = ast.parse(source).body
    last = body.pop() if body and isinstance(body[-1], ast.Expr) else None
    printed, value = io.StringIO(), None
    with contextlib.redirect_stdout(printed):
        exec(compile(ast.Module(body, []), "<cell>", "exec"), names)
        if isinstance(last, ast.Expr):
            value = eval(compile(ast.Expression(last.value), "<cell>", "eval"), names)
    if printed.getvalue():
        yield {"name": "stdout", "output_type": "stream", "text": lines(printed.getvalue())}
    # As in Jupyter, a semicolon at the end keeps the value silent.
    if value is not None and not source.rstrip().endswith(";"):
        data = {"text/plain": lines(repr(value))}
        yield {"data": data, "execution_count": count, "metadata": {},
               "output_type": "execute_result"}  # fmt: skip
    for picture in pictures():
        data = {"image/png": base64.b64encode(picture).decode() + "\n"}
        yield {"data": data, "metadata": {}, "output_type": "display_data"}


def pictures() -> Iterator[bytes]:
    """Yield the open figures as PNG, the same bytes each time, and close them."""
    if "matplotlib.pyplot" not in sys.modules:
        return
    from matplotlib import pyplot

    for number in pyplot.get_fignums():
        content = io.BytesIO()
        pyplot.figure(number).savefig(content, dpi=DPI, metadata={"Software": None})
        pyplot.close(number)
        yield content.getvalue()


def lines(text: str) -> list[str]:
    """Return text as nbformat keeps it, a list of lines with their ends."""
    return text.splitlines(keepends=True)


def text_of(notebook: dict[str, Any]) -> str:
    """Return the file as it is written: one space a level, as Jupyter does."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


if __name__ == "__main__":
    sys.path.insert(0, str(ROOT / "workflow" / "scripts"))
    NOTEBOOK.write_text(text_of(executed(read())), encoding="utf-8")
