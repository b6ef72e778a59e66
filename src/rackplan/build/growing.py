"""Tables that grow tier by tier while fabrics are cabled."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from rackplan.tables import (
    CABLES,
    LINKS,
    MODULES,
    PANELS,
    SEGMENTS,
    TRUNKS,
    Array,
    Table,
)

NAMES = {spec.name: spec for spec in (LINKS, CABLES, MODULES, SEGMENTS, PANELS, TRUNKS)}


@dataclass
class Rows:
    """Columns that grow tier by tier, and the words of their category columns."""

    tables: dict[str, dict[str, list[Array]]] = field(
        default_factory=lambda: {
            name: {column: [] for column in spec.columns} for name, spec in NAMES.items()
        }
    )
    words: dict[str, list[str]] = field(
        default_factory=lambda: {"type": [], "fabric": [], "tier": [], "side": ["host", "switch"]}
    )
    cable_count: int = 0
    link_count: int = 0
    panel_count: int = 0

    def code(self, column: str, word: str) -> int:
        """The code of a word in a category column; new words are taken up."""
        words = self.words[column]
        if word not in words:
            words.append(word)
        return words.index(word)

    def add(self, table: str, values: Mapping[str, Array]) -> None:
        """Append rows to a table, a part of each of its columns."""
        for name, array in values.items():
            self.tables[table][name].append(array)

    def take(self, table: str) -> Table:
        """The finished table; its parts are given up."""
        words = {name: tuple(values) for name, values in self.words.items()}
        return Table(NAMES[table], joined(self.tables.pop(table)), words)


def joined(columns: dict[str, list[Array]]) -> dict[str, Array]:
    """Each column in one piece."""
    empty = np.zeros(0, dtype=np.int64)
    return {name: np.concatenate(arrays) if arrays else empty for name, arrays in columns.items()}
