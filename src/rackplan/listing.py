"""Text in sections, built column by column: no Python object a line."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rackplan.tables import Array


def words(table: Sequence[str], index: Array) -> Any:
    """An Arrow column of texts; `table[index]`, shape (lines,)."""
    return pa.array(table, pa.large_string()).take(pa.array(index))


def numbers(values: Array) -> Any:
    """An Arrow column of whole numbers in decimal, shape (lines,)."""
    return pa.array(values).cast(pa.large_string())


def listing(heads: Sequence[str], owner: Array, parts: Sequence[Any]) -> bytes:
    """Sections one after the other: each its head, then its lines.

    Args:
        heads: the head of every section, line ends included.
        owner: the section of every line, ascending, none left out; shape (lines,).
        parts: what a line is made of, in order: texts that all lines share, and Arrow columns
            of shape (lines,). A line end follows.
    """
    first = np.ones(len(owner), dtype=np.bool_)
    first[1:] = owner[1:] != owner[:-1]
    head = words(["", *heads], np.where(first, owner + 1, 0))
    shared = [pa.scalar(part, pa.large_string()) if isinstance(part, str) else part
              for part in (*parts, "\n", "")]  # fmt: skip  # the last one joins the others
    lines = pc.binary_join_element_wise(head, *shared)
    _, offsets, text = lines.buffers()  # texts of an Arrow column lie one after the other
    end = np.frombuffer(offsets, dtype=np.int64)[len(lines)]
    return bytes(memoryview(text)[:end])
