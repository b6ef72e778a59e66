"""Columns of text that are codes until a file is written."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as arrow_csv

from rackplan.tables import Array

BATCH_ROWS = 32_768
"""Rows whose texts exist at one time while a file is written."""


def words(values: Sequence[str | None], codes: Array) -> pa.DictionaryArray:
    """Codes as a dictionary column; a negative code, or one that stands for None, is missing."""
    distinct = list(dict.fromkeys(one for one in values if one is not None))
    place = {word: number for number, word in enumerate(distinct)}
    number = np.array([-1 if one is None else place[one] for one in values] + [-1], dtype=np.int32)
    found = number[np.where(codes < 0, len(values), codes)]
    return pa.DictionaryArray.from_arrays(
        pa.array(found, mask=found < 0), pa.array(distinct, pa.string())
    )


def taken(values: Sequence[str], codes: Array) -> pa.Array:
    """Codes as plain text; a negative code is an empty text."""
    texts = pa.array([*values, ""], pa.string())
    return texts.take(pa.array(np.where(codes < 0, len(values), codes)))


def numbers(values: Array, least: float = 1, kind: Any = None) -> pa.Array:
    """Numbers; those below the least, and nan, are missing."""
    absent = ~(values >= least)
    kept = np.where(absent, 0, values) if values.dtype.kind != "f" else values
    return pa.array(kept, mask=absent, type=kind)


def plain(table: pa.Table) -> pa.Table:
    """The table with every dictionary column as text."""
    return pa.table({
        field.name: table[field.name].cast(pa.string())
        if pa.types.is_dictionary(field.type)
        else table[field.name]
        for field in table.schema
    })  # fmt: skip


def write_csv(table: pa.Table, sink: BinaryIO) -> None:
    """Write a table as CSV, some thousand rows at a time.

    Texts are quoted where the file has one that needs it, and bare otherwise (RFC 4180).
    """
    options = arrow_csv.WriteOptions(
        batch_size=BATCH_ROWS,
        quoting_header="none",
        quoting_style="needed" if _needs_quotes(table) else "none",
    )
    schema = plain(table.slice(0, 0)).schema
    with arrow_csv.CSVWriter(sink, schema, write_options=options) as writer:
        for first in range(0, len(table), BATCH_ROWS):
            writer.write_table(plain(table.slice(first, BATCH_ROWS)))


def _needs_quotes(table: pa.Table) -> bool:
    """Whether some text has a comma, a quote or a line break."""
    for column in table.columns:
        for chunk in column.chunks:
            texts = chunk.dictionary if pa.types.is_dictionary(chunk.type) else chunk
            if pa.types.is_string(texts.type):
                found = pc.any(pc.match_substring_regex(texts, '[",\r\n]')).as_py()
                if found:
                    return True
    return False


def duplicate(texts: Sequence[pa.Array], owner: Array) -> tuple[int, int] | None:
    """Two places with one text and different owners; None where there are none.

    Texts are compared as NFKC and without regard to case.

    Args:
        texts: arrays of equal length, counted through one after another.
        owner: what the places of each array belong to; shape (length of an array,).
    """
    together = pa.concat_arrays(list(texts))
    alike = pc.utf8_lower(pc.utf8_normalize(together, form="NFKC")).dictionary_encode()
    code = alike.indices.to_numpy()
    owners = np.tile(owner, len(texts))
    least = np.full(len(alike.dictionary), len(owner))
    most = np.full(len(alike.dictionary), -1)
    number = np.unique(owners, return_inverse=True)[1]
    np.minimum.at(least, code, number)
    np.maximum.at(most, code, number)
    wrong = np.flatnonzero(least[code] != most[code])
    if not len(wrong):
        return None
    first = int(wrong[0])
    same = wrong[code[wrong] == code[first]]
    return first, int(same[owners[same] != owners[first]][0])
