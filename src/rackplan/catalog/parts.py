"""Parts that a bill of materials needs beside switches, modules and cables."""

from __future__ import annotations

from typing import ClassVar, Literal

from rackplan.catalog.base import Entry, Many, Number, Share, Text, Whole


class Part(Entry):
    """An orderable part: a laser source, a panel, a trunk, a CDU, an optical circuit switch."""

    folder: ClassVar[str] = "parts"
    singular: ClassVar[str] = "part"

    category: Literal[
        "laser-source",
        "optical-engine",
        "patch-panel",
        "shuffle",
        "trunk",
        "optical-circuit-switch",
        "cdu",
        "sidecar",
        "power-shelf",
        "pdu",
        "accessory",
    ]
    """What kind of part it is."""
    ports: Whole = Whole()
    """Ports or connectors on it."""
    fibers: Whole = Whole()
    """Fibers in it or on it."""
    lasers: Whole = Whole()
    """Lasers in it."""
    gbps: Number = Number()
    """Bandwidth, one direction. [Gb/s]"""
    connector: Text = Text()
    """Type of its connectors."""
    loss_db: Number = Number()
    """Insertion loss. [dB]"""
    management_ports: Whole = Whole()
    """Ports for out-of-band management."""
    power_w: Number = Number()
    """Power that it draws. [W]"""
    capacity_w: Number = Number()
    """Power that it supplies, or heat that it carries. [W]"""
    flow_lpm: Number = Number()
    """Coolant flow at that capacity. [L/min]"""
    liquid_share: Share = Share()
    """Share of its own heat that leaves by liquid, 0 to 1."""
    supply_c: Number = Number()
    """Temperature of the coolant that it delivers. [C]"""
    input_v: Number = Number()
    """Voltage at its input: line to line where it is three-phase. [V]"""
    input_a: Number = Number()
    """Current of its input, each phase, before any derating. [A]"""
    polarity: Literal["A", "B", "C"] | None = None
    """Type of a trunk or panel for parallel optics, as with cables."""
    gender: Literal["female", "male"] | None = None
    """Whether its connectors have pins (male) or holes (female)."""
    fiber_mode: Literal["single", "multi"] | None = None
    """Single-mode or multimode, where it is a trunk."""
    db_per_km: Number = Number()
    """Attenuation of the fiber of a trunk. [dB/km]"""
    lengths_m: Many[float] = ()
    """Lengths of a trunk that can be ordered. [m]"""
    diameter_mm: Number = Number()
    """Outer diameter. [mm]"""
    kg_per_m: Number = Number()
    """Weight of a length. [kg/m]"""
    height_u: Number = Number()
    """Height in rack units. [U]"""
    weight_kg: Number = Number()
    """Weight. [kg]"""
