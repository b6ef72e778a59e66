"""The two tables of a power tree."""

from __future__ import annotations

from rackplan.tables import Column, TableSpec

KINDS = ("utility", "UPS", "PDU", "feed", "shelf", "sidecar", "rack")
"""Kinds of elements from top to bottom; a PDU may be a busway."""
MEDIA = ("AC", "DC")

ELEMENTS = TableSpec("elements", "a part of the power tree, or equal parts of one rack", {
    "kind": Column("int16", "", "utility, UPS, PDU, feed, shelf, sidecar or rack", category=True),
    "hall": Column("int16", "", "number of the hall, -1 where it serves several"),
    "side": Column("int16", "", "A, B ...; empty below the feeds", category=True),
    "number": Column("int32", "", "number within hall, kind and side, from 0; -1 within a rack"),
    "rack": Column("int32", "", "row of racks, -1 above the feeds"),
    "units": Column("int32", "", "equal parts in the row: feeds of a rack and side, its shelves"),
    "racks": Column("int32", "", "racks that it feeds"),
    "capacity_w": Column("float64", "W", "rating of one part; nan where nobody tells one"),
    "limit_w": Column("float64", "W", "what one part may carry for long; nan without rating"),
    "normal_w": Column("float64", "W", "load of one part while nothing has failed"),
    "worst_w": Column("float64", "W", "its largest load while one other part has failed"),
    "worst_failed": Column("int32", "", "row of elements whose loss gives that, -1: no loss adds"),
    "needed_w": Column("float64", "W", "the smallest rating of one part that would do"),
    "volts": Column("float64", "V", "voltage, line to line where three-phase; nan if unknown"),
    "normal_a": Column("float64", "A", "current of one part, per phase, while nothing has failed"),
    "worst_a": Column("float64", "A", "its largest current while one other part has failed"),
    "medium": Column("int16", "", "AC or DC, at its output", category=True),
    "at_least": Column("bool", "", "whether some load or loss of it is unknown"),
})  # fmt: skip

SUPPLIES = TableSpec("supplies", "what feeds what", {
    "source": Column("int32", "", "row of elements that gives"),
    "consumer": Column("int32", "", "row of elements that takes"),
    "side": Column("int16", "", "A, B ...; empty below the feeds", category=True),
    "medium": Column("int16", "", "AC or DC", category=True),
    "limit_w": Column("float64", "W", "what may pass for long; nan where no end tells a limit"),
})  # fmt: skip
