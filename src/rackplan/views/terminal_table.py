"""A table for the terminal, and the small tables that analyses give."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from rackplan.tables import Result
from rackplan.units import printable, show_cell

_NUMERIC = re.compile(r"(?:≥ )?[-$]?[0-9][0-9.,:%]*(?: (?:W|kW|MW|pairs|pins))?|—|")


def table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A table of plain texts; columns of numbers stand right, the others left."""
    made = Table(
        title=Text(title),
        title_justify="left",
        title_style="bold",
        box=None,
        pad_edge=False,
        padding=(0, 2, 0, 0),
    )
    for index, column in enumerate(columns):
        numeric = index and all(_NUMERIC.fullmatch(row[index]) for row in rows)
        made.add_column(Text(column), justify="right" if numeric else "left", overflow="fold")
    for row in rows:
        made.add_row(*(Text(printable(cell)) for cell in row))
    return made


WIDE = 150
"""Characters beyond which a table of few rows is shown on its side."""
FEW_ROWS = 12


def result_view(result: Result) -> RenderableType:
    """Any small table: columns with their units, one row a row; few wide rows become columns."""
    heads = [
        f"{name} [{column.unit}]" if column.unit else name
        for name, column in result.columns.items()
    ]
    rows = [[show_cell(row.get(name)) for name in result.columns] for row in result.rows]
    widths = [max(map(len, cells)) + 2 for cells in zip(heads, *rows, strict=True)]
    if sum(widths) > WIDE and len(rows) <= FEW_ROWS:
        sideways = [list(cells) for cells in zip(heads, *rows, strict=True)]
        return table(result.title, sideways[0], sideways[1:])
    return table(result.title, heads, rows)


def printable_lines(text: str) -> str:
    """Printable text that keeps its line ends."""
    return "\n".join(printable(line) for line in text.split("\n"))
