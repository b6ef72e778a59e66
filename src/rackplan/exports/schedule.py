"""`schedule.csv`, `.parquet` and `.xlsx`: the point-to-point cable schedule.

A row is a pair of plugs of one cable; `rackplan.schedule.COLUMNS` says what its columns hold. The
workbook is left out beyond 100,000 rows, and every cell of it is a text or a number, never a
formula. The same plan gives the same bytes.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pyarrow as pa
from pyarrow import parquet

from rackplan.build import Plan
from rackplan.schedule import WORKBOOK_ROWS, schedule
from rackplan.schedule.arrow import BATCH_ROWS, write_csv

if TYPE_CHECKING:
    from collections.abc import Iterator

_EPOCH = dt.datetime(1980, 1, 1, tzinfo=dt.UTC).replace(tzinfo=None)
"""The date that a workbook says it was made: the earliest of a ZIP file, always the same."""
_WIDE = {"cable_id": 34, "a_device": 26, "z_device": 26, "label_a": 52, "label_z": 52, "note": 30}
"""Widths of columns in the workbook, in characters."""


def write(plan: Plan, folder: Path) -> None:
    """Write `schedule.csv`, `schedule.parquet` and, where it is small enough, `schedule.xlsx`."""
    table = schedule(plan).table
    with (folder / "schedule.csv").open("wb") as sink:
        write_csv(table, sink)
    parquet.write_table(table, folder / "schedule.parquet", compression="zstd")
    if len(table) <= WORKBOOK_ROWS:
        _write_workbook(table, folder / "schedule.xlsx")


def _write_workbook(table: pa.Table, file: Path) -> None:
    """One sheet with a fixed header row and a filter on every column."""
    import xlsxwriter

    options = {
        "constant_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    with xlsxwriter.Workbook(str(file), options) as book:
        book.set_properties({"title": "Cable schedule", "created": _EPOCH})
        sheet = book.add_worksheet("schedule")
        head = book.add_format({"bold": True})
        for place, name in enumerate(table.column_names):
            sheet.set_column(place, place, _WIDE.get(name, max(8, len(name) + 2)))
        for place, name in enumerate(table.column_names):
            sheet.write_string(0, place, name, head)
        for number, row in enumerate(_rows(table), 1):
            for place, value in enumerate(row):
                if value is None:
                    continue
                if isinstance(value, str):
                    sheet.write_string(number, place, value)
                else:
                    sheet.write_number(number, place, value)
        sheet.freeze_panes(1, 1)
        sheet.autofilter(0, 0, len(table), len(table.column_names) - 1)


def _rows(table: pa.Table) -> Iterator[tuple[Any, ...]]:
    """The rows as Python values: at most `WORKBOOK_ROWS` of them."""
    for first in range(0, len(table), BATCH_ROWS):
        part = table.slice(first, BATCH_ROWS)
        yield from zip(*(column.to_pylist() for column in part.columns), strict=True)
