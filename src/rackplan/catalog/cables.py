"""Cables: fiber cords, and copper or active cables whose ends are fixed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rackplan.catalog.base import Count, Entry, Many, Number, Whole


class Cable(Entry):
    """One orderable cable assembly."""

    folder: ClassVar[str] = "cables"
    singular: ClassVar[str] = "cable"

    kind: Literal["fiber", "dac", "lacc", "acc", "aec", "aoc"]
    """A fiber cord with loose ends, or a cable whose ends are plugs."""
    links: Count = Count(value=1)
    """Network links that one cable carries."""
    strands: Whole = Whole()
    """Fiber strands in the cord, lit or dark; zero for copper."""
    connector: str = ""
    """Connector at both ends of a fiber cord, for example `mpo-12-apc`."""
    forms: Annotated[Many[str], Field(max_length=2)] = ()
    """Form factors of the fixed ends: the end with fewer ends first (switch side of a splitter)."""
    ends: Count = Count(value=2)
    """Plugs of the assembly: two, or three for a one-to-two splitter."""
    port_gbps: Number = Number()
    """Rate of one link; unset for fiber. [Gb/s]"""
    fiber_mode: Literal["single", "multi"] | None = None
    """Single-mode or multimode; absent for copper."""
    reach_m: Number = Number()
    """Longest length that works. [m]"""
    lengths_m: Many[float] = ()
    """Lengths that can be ordered. [m]"""
    end_w: Number = Number()
    """Power of one plug. [W]"""
    diameter_mm: Number = Number()
    """Outer diameter. [mm]"""
    kg_per_m: Number = Number()
    """Weight of a length. [kg/m]"""
    bend_mm: Number = Number()
    """Smallest bend radius once installed. [mm]"""
    polarity: Literal["A", "B", "C"] | None = None
    """Type of a cord for parallel optics: A leaves fibers in order, B turns them, C swaps pairs."""
    gender: Literal["female", "male"] | None = None
    """Whether the connectors of a cord have pins (male) or holes (female)."""
    loss_db: Number = Number()
    """Insertion loss of one mated connector, at most. [dB]"""
    db_per_km: Number = Number()
    """Attenuation of the fiber. [dB/km]"""

    @property
    def is_fiber(self) -> bool:
        """Whether the cable is a fiber cord that needs modules at its ends."""
        return self.kind == "fiber"
