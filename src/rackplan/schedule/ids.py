"""Ids of cables, and the bundles that they are pulled in."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rackplan.schedule.arrow import taken, words
from rackplan.schedule.places import Places
from rackplan.schedule.rows import Ends, Rows
from rackplan.tables import Array, Table

_PLACES = 1 << 24
"""More ports or ways than any device has."""


def cable_ids(tables: Mapping[str, Table], rows: Rows, places: Places) -> pa.Array:
    """The id of the cable of every row.

    An id is `device:port`: the first of all ports that the cable is plugged into, counted from 1
    (`r0001-n01:3`). First are nodes, then what is only managed, then switches, each by name, and
    then by number of port. A port takes one cable, so no two cables have one id; which end is
    called A does not matter, and neither does where anything stands. A trunk between two panels
    is named after a panel and a way through it.
    """
    order = np.lexsort([np.array(places.names), places.kind])
    rank = np.empty(len(order), dtype=np.int64)
    rank[order] = np.arange(len(order))
    index = tables["ports"]["index"]

    def key(ends: Ends) -> Array:
        number = np.where(ends.port >= 0, index[ends.port], ends.place)
        return rank[ends.device] * _PLACES + number

    least = np.full(len(tables["cables"]), np.iinfo(np.int64).max)
    of_item = rows.cable[rows.item]
    np.minimum.at(least, of_item, np.minimum(key(rows.item_a), key(rows.item_z)))
    found = least[rows.cable]
    device, number = order[found // _PLACES], found % _PLACES + 1
    distinct, code = np.unique(number, return_inverse=True)
    texts = taken([str(one) for one in distinct.tolist()], code)
    return pc.binary_join_element_wise(taken(places.names, device), texts, ":")


def bundles(
    tables: Mapping[str, Table], rows: Rows, places: Places
) -> tuple[pa.DictionaryArray, pa.DictionaryArray, Array]:
    """Bundle and way of every row, and a number for its pair of racks (-1 where unknown).

    Cables between the same two racks are one bundle, `r0001>net-0003`, whichever end is A; those
    within a rack are called after it. The way names the rows that the trays lead along.
    """
    racks = places.racks
    a, z = places.rack[rows.a.device], places.rack[rows.z.device]
    low, high = np.minimum(a, z), np.maximum(a, z)
    base = len(racks) + 1
    key, pair = np.unique(np.where(low < 0, -1, low * base + high), return_inverse=True)
    texts: list[str | None] = []
    ways: list[str | None] = []
    table = tables["racks"]
    hall, row = table["hall"].tolist(), table["row"].tolist()
    for one in key.tolist():  # pairs of racks, of which there are far fewer than of cables
        if one < 0:
            texts.append(None)
            ways.append(None)
            continue
        near, far = one // base, one % base
        texts.append(racks[near] if near == far else f"{racks[near]}>{racks[far]}")
        ways.append(_way(near, far, hall, row, places.halls))
    known = np.where(low < 0, -1, pair)
    return words(texts, known), words(ways, known), known


def _way(
    near: int, far: int, hall: Sequence[int], row: Sequence[int], halls: Sequence[str]
) -> str | None:
    """The way of a pair of racks in words; None where one of them is not on the grid."""
    if near == far:
        return "in the rack"
    if row[near] < 0 or row[far] < 0:
        return None
    if hall[near] == hall[far]:
        same = row[near] == row[far]
        return f"row {row[near] + 1}" if same else f"row {row[near] + 1} > row {row[far] + 1}"
    return " > ".join(f"{halls[hall[one]]} row {row[one] + 1}" for one in (near, far))
