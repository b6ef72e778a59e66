"""Equal racks, loops or halls as one row of a result."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rackplan.heat.formulas import Bools
from rackplan.tables import Array


def folded(columns: Sequence[Array], words: Sequence[str] | None = None) -> list[tuple[int, int]]:
    """The first row of each group of equal ones, and how many there are, in order of the first.

    Numbers that differ by less than a thousandth are equal: sums in another order do so in their
    last digits.

    Args:
        columns: arrays of shape (rows,); nan equals nan.
        words: one word a row that must be equal too.
    """
    codes = dict.fromkeys(words or ())
    numbers = {word: code for code, word in enumerate(codes)}
    keys = [np.round(np.asarray(column, dtype=np.float64), 3) for column in columns]
    keys = [np.where(np.isnan(key), -1e300, key + 0.0) for key in keys]
    if words is not None:
        keys.append(np.array([numbers[word] for word in words], dtype=np.float64))
    if not keys or not len(keys[0]):
        return []
    _, first, count = np.unique(
        np.stack(keys, axis=1), axis=0, return_index=True, return_counts=True
    )
    return [(int(first[i]), int(count[i])) for i in np.argsort(first)]


def told(value: Any) -> Any:
    """A Python number of an array's element, None where it is nan."""
    number = value.item() if isinstance(value, np.generic) else value
    return None if isinstance(number, float) and np.isnan(number) else number


def told_count(value: Any) -> int | None:
    """A count of an array's element, None where it is -1."""
    return None if value < 0 else int(value)


def names_of(rows: Bools, kinds: Sequence[str], names: Sequence[str]) -> str:
    """The kinds of some racks, or their names where they have no kind; the first five."""
    found = list(dict.fromkeys(kinds[row] or names[row] for row in np.flatnonzero(rows).tolist()))
    more = f" and {len(found) - 5:,} more" if len(found) > 5 else ""
    return ", ".join(found[:5]) + more
