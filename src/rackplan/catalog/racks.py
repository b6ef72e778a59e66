"""Racks: frames with dimensions, units and limits."""

from __future__ import annotations

from typing import ClassVar, Literal

from rackplan.catalog.base import Entry, Number, Text, Whole


class Rack(Entry):
    """A frame; what stands in it is a system or nodes."""

    folder: ClassVar[str] = "racks"
    singular: ClassVar[str] = "rack"

    purpose: Literal["compute", "network", "cooling", "power"] = "compute"
    """What stands in it: compute, switches, a CDU, or power for racks beside it (sidecar)."""
    standard: Text = Text()
    """The mechanical standard, for example `MGX`, `ORv3` or `EIA-310`."""
    units: Whole = Whole()
    """Usable rack units."""
    unit_mm: Number = Number()
    """Height of one unit: 44.45 for EIA, 48 for Open Rack. [mm]"""
    standard_widths: Number = Number()
    """Widths of a standard rack that it takes on the floor; two for Cray EX4000."""
    width_mm: Number = Number()
    """Outer width. [mm]"""
    depth_mm: Number = Number()
    """Outer depth. [mm]"""
    height_mm: Number = Number()
    """Outer height. [mm]"""
    weight_kg: Number = Number()
    """Weight of the empty frame. [kg]"""
    max_load_kg: Number = Number()
    """The most that may stand in it. [kg]"""
    feet: Whole = Whole()
    """Casters or feet that it stands on."""
    max_power_w: Number = Number()
    """The most that the frame can supply. [W]"""
    max_liquid_w: Number = Number()
    """The most heat that its liquid loop can remove. [W]"""
    max_air_w: Number = Number()
    """The most heat that air can remove. [W]"""
    bus_v: Number = Number()
    """Bus bar voltage. [V]"""
    bus_a: Number = Number()
    """Bus bar rating. [A]"""
    input_v: Number = Number()
    """Voltage that comes in: line to line where it is three-phase. [V]"""
    capacity_w: Number = Number()
    """Power that it supplies to racks beside it (sidecar), or heat that it takes (CDU). [W]"""
