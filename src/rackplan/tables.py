"""The plan's tables: their columns as data, and a holder of numpy columns."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from rackplan.errors import InvariantError, Problem

if TYPE_CHECKING:
    import pandas as pd

Array = npt.NDArray[Any]


@dataclass(frozen=True)
class Column:
    """One column: its type, its unit (empty for counts and codes) and what it means."""

    dtype: str
    unit: str
    doc: str
    category: bool = False
    """Whether the numbers are codes of a list of words."""


@dataclass(frozen=True)
class TableSpec:
    """A table: what a row is, and its columns in order. The row number is the key."""

    name: str
    row: str
    columns: Mapping[str, Column]


def _ref(table: str) -> Column:
    return Column("int32", "", f"row of {table}, -1 where there is none")


def _words(doc: str) -> Column:
    return Column("int16", "", doc, category=True)


RACKS = TableSpec("racks", "a rack; without a floor, only those with nodes in them", {
    "purpose": _words("compute, service, network, power (sidecar) or cooling (CDU)"),
    "system": _words("the system, or the rack type where single devices stand in it"),
    "population": Column("int16", "", "number of the entry among compute and services, -1: none"),
    "su": Column("int32", "", "scalable unit within its population, -1 where none"),
    "nodes": Column("int32", "", "nodes of that entry in the rack"),
    "serves": Column("int32", "", "rack that a sidecar stands beside, -1 for others"),
    "hall": Column("int16", "", "number of the hall where it stands, from 0"),
    "row": Column("int32", "", "row of the hall, from 0; -1 where it is not placed on the grid"),
    "position": Column("int32", "", "first position in the row, from 0; -1 where none"),
    "x_m": Column("float32", "m", "center along the rows; nan where not placed"),
    "y_m": Column("float32", "m", "center across the rows; nan where not placed"),
    "phase": Column("int16", "", "number of the step in which it is built, from 0"),
})  # fmt: skip

DEVICES = TableSpec("devices", "a compute node or a switch", {
    "kind": _words("node or switch"),
    "type": _words("catalog id"),
    "role": _words("compute, leaf, spine or core"),
    "fabric": _words("fabric of a switch, empty for a node"),
    "plane": Column("int16", "", "plane of a switch, -1 for a node"),
    "rail": Column("int16", "", "rail of a switch that serves only one, else -1"),
    "group": Column("int32", "", "pod, core set, zone or dragonfly group, -1 where none"),
    "hall": Column("int16", "", "number of the hall where it stands, from 0"),
    "rack": _ref("racks"),
    "slot": Column("int32", "", "place in the rack from 0, -1 where not placed"),
    "u": Column("float32", "U", "lowest unit, from 1 at the bottom; nan where it has none"),
    "height_u": Column("float32", "U", "height; nan where unpublished"),
    "face": _words("side of the rack that it is mounted from"),
    "phase": Column("int16", "", "number of the step in which it is built, from 0"),
    "ordinal": Column("int32", "", "number within kind (nodes), or within role and plane"),
    "block": Column("int16", "", "number of the template of what is inside, -1 where none"),
    "copy": Column("int32", "", "which copy of the template the device belongs to, -1 if none"),
    "first_port": _ref("ports"),
    "port_count": Column("int32", "", "ports of the device"),
})  # fmt: skip

CAGES = TableSpec("cages", "a receptacle for a module or plug", {
    "device": _ref("devices"),
    "index": Column("int16", "", "number of the cage on its device, from 0"),
    "connector": _words("form factor"),
})  # fmt: skip

PORTS = TableSpec("ports", "a logical network end", {
    "device": _ref("devices"),
    "index": Column("int16", "", "number of the port on its device, from 0"),
    "cage": _ref("cages"),
    "speed_gbps": Column("float32", "Gb/s", "rate, one direction"),
    "used": Column("bool", "", "whether a link ends here"),
})  # fmt: skip

LINKS = TableSpec("links", "a port-to-port connection", {
    "a_port": _ref("ports"),
    "b_port": _ref("ports"),
    "fabric": _words("fabric"),
    "tier": _words("the two roles that it joins, as the fabric's topology calls them"),
    "plane": Column("int16", "", "plane"),
    "rail": Column("int16", "", "rail, -1 where the link serves all"),
    "speed_gbps": Column("float32", "Gb/s", "rate, one direction"),
    "cable": _ref("cables"),
})  # fmt: skip

CABLES = TableSpec("cables", "an orderable assembly", {
    "type": _words("catalog id, or 'unspecified'"),
    "fabric": _words("fabric"),
    "tier": _words("tier of its links"),
    "links": Column("int16", "", "links that it carries"),
    "fibers": Column("int16", "", "lit fibers, both directions"),
    "strands": Column("int16", "", "fibers in the cord, lit or dark"),
    "route_m": Column("float32", "m", "length of its way with slack; nan without a floor"),
    "length_m": Column("float32", "m", "length to order; nan where unknown"),
    "phase": Column("int16", "", "number of the step in which it is pulled, from 0"),
})  # fmt: skip

MODULES = TableSpec("modules", "what is plugged into a cage", {
    "cage": _ref("cages"),
    "type": _words("catalog id of the transceiver, or of the cable it is the end of"),
    "side": _words("host or switch"),
    "fabric": _words("fabric"),
    "cable": _ref("cables"),
})  # fmt: skip

SEGMENTS = TableSpec("segments", "one cable of a link that crosses a panel", {
    "link": _ref("links"),
    "order": Column("int8", "", "0 from the lower end; 1 the trunk, or behind a panel; 2 the rest"),
    "cable": _ref("cables"),
    "panel": _ref("devices"),
    "patch": _ref("panels"),
    "place": Column("int32", "", "which of the panel's ways the link takes, from 0"),
})  # fmt: skip

PANELS = TableSpec("panels", "a patch panel of structured cabling", {
    "type": _words("catalog id"),
    "fabric": _words("fabric"),
    "tier": _words("tier of its links"),
    "rack": _ref("racks"),
    "number": Column("int32", "", "number among those of its tier in the rack, from 0"),
    "u": Column("float32", "U", "lowest unit; nan where the rack has none free"),
    "used": Column("int32", "", "positions with a link"),
    "dark": Column("int32", "", "positions with a leg of a trunk that carries no link"),
    "free": Column("int32", "", "positions with nothing behind them"),
    "phase": Column("int16", "", "number of the step in which it is built, from 0"),
})  # fmt: skip

TRUNKS = TableSpec("trunks", "fibers pulled as one between the panels of two racks", {
    "cable": _ref("cables"),
    "a_rack": _ref("racks"),
    "z_rack": _ref("racks"),
    "number": Column("int32", "", "number among those of its tier between the two racks, from 0"),
    "a_panel": _ref("panels"),
    "a_first": Column("int32", "", "its first position on that panel, from 0"),
    "a_last_panel": _ref("panels"),
    "a_last": Column("int32", "", "its last position on that panel, from 0"),
    "z_panel": _ref("panels"),
    "z_first": Column("int32", "", "its first position on that panel, from 0"),
    "z_last_panel": _ref("panels"),
    "z_last": Column("int32", "", "its last position on that panel, from 0"),
    "links": Column("int32", "", "links that it carries"),
    "legs": Column("int32", "", "links that it can carry"),
    "strands_used": Column("int32", "", "strands that carry light; -1 where no optics are named"),
    "strands_dark": Column("int32", "", "strands that do not; -1 where unknown"),
})  # fmt: skip

BLOCKS = TableSpec("blocks", "a template of what repeats inside a domain", {
    "name": _words("system or node whose domain it is"),
    "copies": Column("int32", "", "how often it is built"),
    "gpus": Column("int32", "", "GPU packages in one copy"),
    "chips": Column("int32", "", "NVLink switch chips in one copy"),
    "links": Column("int32", "", "NVLink links in one copy"),
    "pairs": Column("int32", "", "differential pairs at the GPUs of one copy"),
})  # fmt: skip

TABLES: dict[str, TableSpec] = {
    spec.name: spec
    for spec in (
        RACKS,
        DEVICES,
        CAGES,
        PORTS,
        LINKS,
        CABLES,
        MODULES,
        SEGMENTS,
        PANELS,
        TRUNKS,
        BLOCKS,
    )
}


class Table:
    """Columns of equal length, written once; `frame()` gives a pandas DataFrame."""

    def __init__(
        self,
        spec: TableSpec,
        columns: Mapping[str, Array],
        words: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        """Take the columns in the order and type of the spec.

        Args:
            spec: the table's spec; every column must be given.
            columns: arrays of shape (rows,).
            words: for category columns, the words that their codes stand for.
        """
        self.spec = spec
        self.words = dict(words or {})
        self.columns: dict[str, Array] = {}
        for name, column in spec.columns.items():
            array = _cast(np.asarray(columns[name]), column, f"{spec.name}.{name}")
            array.setflags(write=False)
            self.columns[name] = array
        lengths = {len(array) for array in self.columns.values()}
        if len(lengths) > 1:
            message = f"columns of {spec.name} differ in length: {sorted(lengths)}"
            raise InvariantError([Problem("RP999", message, "please report it")])

    def __len__(self) -> int:
        """Rows of the table."""
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> Array:
        """One column; codes where the column is a category."""
        return self.columns[name]

    def code(self, name: str, word: str) -> int:
        """The code of a word in a category column, -2 when no row can have it."""
        words = self.words[name]
        return words.index(word) if word in words else -2

    def where(self, name: str, word: str) -> npt.NDArray[np.bool_]:
        """Which rows have a word in a category column."""
        return np.asarray(self.columns[name] == self.code(name, word), dtype=np.bool_)

    def counts(self, name: str) -> dict[str, int]:
        """Rows by word of a category column, words without rows left out, in order of words."""
        codes = self.columns[name]
        tally = np.bincount(codes[codes >= 0], minlength=len(self.words[name]))
        return {word: int(n) for word, n in zip(self.words[name], tally, strict=True) if n}

    def frame(self) -> pd.DataFrame:
        """The table as a DataFrame; category columns as pandas categories, no rows copied."""
        import pandas as pd

        data: dict[str, Any] = {
            name: pd.Categorical.from_codes(array, categories=pd.Index(self.words[name]))
            if self.spec.columns[name].category
            else array
            for name, array in self.columns.items()
        }
        return pd.DataFrame(data, copy=False)


def _cast(array: Array, column: Column, name: str) -> Array:
    """The array in the column's type; a number that the type cannot hold is our bug."""
    wanted = np.dtype(column.dtype)
    if array.dtype != wanted and wanted.kind == "i" and len(array):
        bounds = np.iinfo(wanted)
        if array.min() < bounds.min or array.max() > bounds.max:
            message = f"{name} has values that {wanted} cannot hold"
            raise InvariantError([Problem("RP999", message, "please report it")])
    return array.astype(wanted, copy=False)


def number_within(key: Array) -> Array:
    """Number of each element among those of equal key, in order."""
    order = np.argsort(key, kind="stable")
    ordered = key[order]
    starts = np.flatnonzero(np.r_[True, ordered[1:] != ordered[:-1]])
    sizes = np.diff(np.append(starts, len(ordered)))
    number = np.empty(len(key), dtype=np.int64)
    number[order] = np.arange(len(key)) - np.repeat(starts, sizes)
    return number


@dataclass(frozen=True)
class Result:
    """A small table that answers one question.

    Attributes:
        name: short name, also the name of its file.
        title: what it answers.
        columns: the columns of every row, with unit and meaning.
        rows: the rows, in the order they are shown; None is unknown.
        notes: what a reader must know before using the numbers.
    """

    name: str
    title: str
    columns: Mapping[str, Column]
    rows: tuple[Mapping[str, Any], ...]
    notes: tuple[str, ...] = ()

    def frame(self) -> pd.DataFrame:
        """The rows as a DataFrame with the columns in order."""
        import pandas as pd

        return pd.DataFrame(list(self.rows), columns=list(self.columns))
