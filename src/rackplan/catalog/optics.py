"""Pluggable transceivers."""

from __future__ import annotations

from typing import ClassVar, Literal

from rackplan.catalog.base import Count, Entry, Known, Number, Speed, Text, Whole


class Transceiver(Entry):
    """A pluggable module: what goes into one cage."""

    folder: ClassVar[str] = "optics"
    singular: ClassVar[str] = "transceiver"

    form: str
    """Form factor, for example `osfp-ihs` (finned) or `osfp-rhs` (flat top)."""
    ports: Count
    """Network ports that one module carries (two for a twin-port module)."""
    port_gbps: Speed
    """Rate of one port, one direction. [Gb/s]"""
    fibers: Count
    """Lit fibers of the module, both directions of all its ports."""
    connectors: Count
    """Optical connectors of the module."""
    connector: Known[str]
    """Type of each connector, for example `mpo-12-apc`."""
    fiber_mode: Literal["single", "multi"]
    """Single-mode or multimode."""
    reach_m: Number = Number()
    """Longest channel. [m]"""
    max_w: Number = Number()
    """Highest power of one module. [W]"""
    typical_w: Number = Number()
    """Typical power of one module. [W]"""
    lasers: Whole = Whole()
    """Lasers in one module."""
    modulation: Text = Text()
    """Optics type, for example `2xDR4`."""
    cable: str | None = None
    """The fiber cord used unless the deployment says otherwise: an id in `cables/`."""
    budget_db: Number = Number()
    """Loss that the channel may have between two of them. [dB]"""
    gender: Literal["female", "male"] | None = None
    """Whether its receptacle has pins (male) or holes (female); MPO receptacles have pins."""
