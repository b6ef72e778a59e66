"""A matrix of distances between racks as spreadsheets save it: names in row and column one."""

from __future__ import annotations

import csv
import io
import math
from pathlib import Path

from rackplan.errors import FileAccessError, InputError, Problem

MAX_BYTES = 64 * 1024 * 1024
MAX_METRES = 1000.0


def read_distances(file: Path) -> dict[str, dict[str, float]]:
    """Metres by rack and rack; empty cells are left out, and so is the diagonal.

    Raises:
        FileAccessError: it cannot be read (RP009).
        InputError: cells that are no lengths, rows of another length, names told twice (RP042).
    """
    name = str(file)
    try:
        data = file.read_bytes()
    except OSError as error:
        reason = (error.strerror or str(error)).lower()
        problem = Problem("RP009", f"cannot read: {reason}", "check the path", file=name)
        raise FileAccessError([problem]) from error
    if len(data) > MAX_BYTES:
        raise _wrong(name, 1, 1, "the file is larger than 64 MiB", "split the hall")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        hint = "save it as UTF-8"
        raise _wrong(name, 1, error.start + 1, "the file is no UTF-8 text", hint) from error
    try:
        rows = [row for row in csv.reader(io.StringIO(text, newline="")) if any(row)]
    except csv.Error as error:
        raise _wrong(name, 1, 1, f"the file is no CSV: {error}", "save it as CSV") from error
    if not rows:
        raise _wrong(name, 1, 1, "the file is empty", "write rack names into row and column one")
    return _matrix(name, rows)


def _matrix(name: str, rows: list[list[str]]) -> dict[str, dict[str, float]]:
    heads = [cell.strip() for cell in rows[0][1:]]
    problems = [
        _problem(name, 1, column, f"'{head}' has two columns", "keep one of them")
        for column, head in enumerate(heads, start=2)
        if head in heads[: column - 2]
    ]
    found: dict[str, dict[str, float]] = {}
    for line, row in enumerate(rows[1:], start=2):
        rack = row[0].strip()
        if rack in found:
            told = f"'{rack}' has two rows"
            problems.append(_problem(name, line, 1, told, "keep one of them"))
        if len(row) != len(heads) + 1:
            told = f"{len(row)} cells, the first row has {len(heads) + 1}"
            problems.append(_problem(name, line, 1, told, "fill the row up with empty cells"))
            continue
        found[rack] = {}
        for column, (other, cell) in enumerate(zip(heads, row[1:], strict=True), start=2):
            if not cell.strip() or other == rack:
                continue
            metres = _metres(cell)
            if metres is None:
                told = f"'{cell.strip()}' is no length from 0 to {MAX_METRES:g} m"
                hint = "write metres, such as 12.5"
                problems.append(_problem(name, line, column, told, hint))
            else:
                found[rack][other] = metres
    if problems:
        raise InputError(problems)
    return found


def _metres(cell: str) -> float | None:
    try:
        metres = float(cell)
    except ValueError:
        return None
    return metres if math.isfinite(metres) and 0 <= metres <= MAX_METRES else None


def _problem(name: str, line: int, column: int, message: str, hint: str) -> Problem:
    return Problem("RP042", message, hint, file=name, line=line, column=column)


def _wrong(name: str, line: int, column: int, message: str, hint: str) -> InputError:
    return InputError([_problem(name, line, column, message, hint)])
