"""Systems: rack-scale products, a rack with its population."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rackplan.catalog.base import Count, Entry, Many, Model, Number, Power, Share, Whole
from rackplan.catalog.nvlink import ScaleUp

Redundancy = Literal["N", "N+1", "N+N"]


class PowerShelves(Model):
    """The power shelves of one rack and their redundancy."""

    count: Count
    """Shelves in one rack."""
    shelf_w: Number
    """Output of one shelf. [W]"""
    redundancy: Redundancy
    """N: none spare; N+1: one spare; N+N: half of them spare."""
    input_v: Number = Number()
    """Voltage at their input: line to line where it is three-phase. [V]"""
    output_v: Number = Number()
    """Voltage of the bus bar that they feed. [V]"""
    efficiency: Share = Share()
    """Output over input at the planned load, 0 to 1."""

    @property
    def installed_w(self) -> float | None:
        """What all shelves give together. [W]"""
        return None if self.shelf_w.value is None else self.count.value * self.shelf_w.value

    @property
    def redundant_w(self) -> float | None:
        """What is left with the spare shelves gone. [W]"""
        if self.shelf_w.value is None:
            return None
        spare = {"N": 0, "N+1": 1, "N+N": self.count.value / 2}[self.redundancy]
        return (self.count.value - spare) * self.shelf_w.value


class Managed(Model):
    """Equal devices of a system, beside its nodes, that have management ports."""

    name: str
    """What they are, for example `nvlink-switch-tray` or `power-shelf`."""
    count: Count
    """Devices in the whole system."""
    management_ports: Count
    """Ports for out-of-band management of each."""


class Bay(Model):
    """Equal things that stand one above the other in each rack of a system."""

    what: str
    """`node`, `nvlink-switch-tray`, `power-shelf`, `management-switch`, `blank` or the like."""
    u: Annotated[float, Field(gt=0, le=1000)]
    """Lowest unit of the lowest of them, from 1 at the bottom. [U]"""
    count: Annotated[int, Field(ge=1, le=1000)] = 1
    """How many."""
    height_u: Annotated[float, Field(gt=0, le=100)] = 1
    """Height of each. [U]"""
    face: Literal["front", "rear"] = "front"
    """The side of the rack that it is put in from."""


class System(Entry):
    """A rack-scale product: one or several racks that form one NVLink domain or one order."""

    folder: ClassVar[str] = "systems"
    singular: ClassVar[str] = "system"

    rack: str
    """The frame: an id in `racks/`."""
    racks: Count = Count(value=1)
    """Racks of one system."""
    node: str
    """The compute node: an id in `nodes/`."""
    nodes: Count
    """Nodes in the whole system."""
    chassis: Whole = Whole()
    """Chassis in one rack, where the rack has any."""
    switch_trays: Whole = Whole()
    """NVLink switch trays or blades in the whole system."""
    layout: Many[Bay] = ()
    """What stands where in each of its racks, from bottom to top; empty when unpublished."""
    layout_source: str | None = None
    """A key of `sources.yaml`: who shows that layout."""
    sidecar: str | None = None
    """The power sidecar beside each of its racks: an id in `racks/`."""
    racks_per_sidecar: Count = Count(value=1)
    """Racks that share one sidecar."""
    managed: Many[Managed] = ()
    """Devices beside the nodes that join the out-of-band network."""
    power: Power = Power()
    """Power of one rack of the system."""
    shelves: PowerShelves | None = None
    liquid_share: Share = Share()
    """Share of the heat that leaves by liquid, 0 to 1."""
    weight_kg: Number = Number()
    """Weight of one populated rack. [kg]"""
    scale_up: ScaleUp | None = None
    """The NVLink domain, where it spans the system; else the node's own holds."""
