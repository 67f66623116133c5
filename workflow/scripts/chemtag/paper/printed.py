"""A printed table in the forms of the journals: LaTeX of A&A and of the AAS, machine-readable."""

from pathlib import Path

import pandas as pd

from chemtag.paper.latex import Page, aanda, aastex
from chemtag.paper.mrt import machine_readable


def write_printed(
    table: pd.DataFrame, page: Page, title: str, latex: Path, deluxe: Path, mrt: Path
) -> None:
    """Write `page` as LaTeX for A&A (`latex`) and AASTeX (`deluxe`), all of `table` as `mrt`.

    `table` is as read, the name of its contract in its meta.
    """
    latex.write_text(aanda(page), encoding="utf-8")
    deluxe.write_text(aastex(page), encoding="utf-8")
    mrt.write_text(machine_readable(table, table.attrs["contract"], title), encoding="utf-8")
