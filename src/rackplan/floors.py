"""The keys `floor` and `cabling` of a deployment: where racks stand and how cables run."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from rackplan.catalog.base import Many, Model, Watts

Metres = Annotated[float, Field(ge=0, le=1000)]
Length = Annotated[float, Field(gt=0, le=1000)]
Aisle = Annotated[float, Field(gt=0, le=100)]
RowNumber = Annotated[int, Field(ge=1, le=10_000)]


class KeepOut(Model):
    """Positions where no rack may stand: a column, a door, an air handler."""

    hall: str | None = None
    """The hall: a key of `halls`; every hall with this floor when absent."""
    row: RowNumber
    """The row, from 1."""
    first: RowNumber
    """First position, from 1."""
    last: RowNumber
    """Last position."""
    why: str = ""
    """What is there."""


class Place(Model):
    """Where one rack stands: a row and a position of the grid, or coordinates of your own."""

    row: RowNumber | None = None
    """The row, from 1."""
    position: RowNumber | None = None
    """The position in the row, from 1."""
    x_m: float | None = Field(default=None, ge=-10_000, le=10_000)
    """Center of the rack along the rows, from the first wall. [m]"""
    y_m: float | None = Field(default=None, ge=-10_000, le=10_000)
    """Center of the rack across the rows. [m]"""


class DevicePlace(Model):
    """Where one device sits."""

    rack: str
    """Name of a rack, for example `r0001` or `net-0001`."""
    u: Annotated[float, Field(ge=-100, le=1000)]
    """Its lowest unit, from 1 at the bottom. [U]"""
    face: Literal["front", "rear"] = "front"
    """The side that it is mounted from."""


class FloorSpec(Model):
    """The floor of a hall and what may stand on it."""

    rows: RowNumber | None = None
    """Rows that there is room for; as many as needed when absent."""
    positions: RowNumber | None = None
    """Positions of a row, one standard rack wide; when absent, as many as make the hall about as
    long as wide, from 10 to 40."""
    position_m: Annotated[float, Field(gt=0, le=5)] = 0.6
    """Width of a position. [m]"""
    depth_m: Annotated[float, Field(gt=0, le=10)] = 1.2
    """Depth of a row. [m]"""
    cold_aisle_m: Aisle = 1.2
    """Width of the aisle that two rows face. [m]"""
    hot_aisle_m: Aisle = 1.2
    """Width of the aisle that two rows turn their backs to. [m]"""
    containment: Literal["none", "hot", "cold"] = "none"
    """The aisle that is closed off."""
    tile_m: Annotated[float, Field(gt=0, le=5)] = 0.6
    """Side of a floor tile. [m]"""
    max_kg_per_m2: Annotated[float, Field(ge=100, le=1e6)] | None = None
    """What the floor carries. [kg/m2]"""
    network: Literal["middle", "end", "rows"] = "middle"
    """Where racks of switches stand: in the middle of each row, at its end, or in rows of their
    own in the middle of the hall."""
    network_rack: str = "network-rack"
    """The rack that switches stand in: an id in `racks/`."""
    network_rack_w: Watts | None = None
    """What a rack of switches may draw, where that is less than other racks may. [W]"""
    panel_units: Annotated[int, Field(ge=0, le=100)] = 0
    """Units of every rack of switches that are kept free, for patch panels of structured cabling.
    [U]"""
    order: Literal["near", "naive"] = "near"
    """`near` puts racks of switches where their cables are short; `naive` puts them behind the
    computing racks, in the order of their numbers."""
    cdus_per_row: Annotated[int, Field(ge=0, le=100)] = 0
    """Positions for CDUs at the far end of every row."""
    cdu_rack: str = "cdu-rack"
    """What stands in those positions: an id in `racks/`."""
    keep_out: Annotated[Many[KeepOut], Field(max_length=1000)] = ()
    """Positions where no rack may stand."""
    racks: dict[str, Place] = {}
    """Places of your own by name of rack."""
    devices: dict[str, DevicePlace] = {}
    """Units of your own by name of device."""
    distances: str | None = None
    """A CSV file with your own distances: the first row and column name racks. [m]"""
    distances_m: dict[str, dict[str, Metres]] = {}
    """The same, written here. [m]"""

    @property
    def across(self) -> int:
        """Positions of a row; 20 where it is left open and no racks are known."""
        return self.positions or 20


MediumWord = Literal["dac", "lacc", "acc", "aec", "aoc", "multimode", "single-mode"]


class CablingSpec(Model):
    """How cables run from device to device, and what may be ordered."""

    tray: Literal["overhead", "underfloor"] = "overhead"
    """Where the trays are."""
    tray_m: Metres = 2.3
    """Height of overhead trays above the floor, or depth of trays below it. [m]"""
    base_m: Metres = 0.09
    """Height of the lowest unit's lower edge above the floor. [m]"""
    drop_m: Metres = 0.3
    """Way between tray and rack at each end, beside the height. [m]"""
    lateral_m: Metres = 0.3
    """Way inside the rack to the side and to the port at each end. [m]"""
    slack_m: Metres = 1.0
    """Spare length at each end of a cable between racks. [m]"""
    cross_every: RowNumber | None = None
    """Positions between two trays that lead from row to row; above every position when absent."""
    tray_mm: Annotated[Many[float], Field(min_length=2, max_length=2)] = (300.0, 100.0)
    """Width and depth of a tray. [mm]"""
    max_fill: Annotated[float, Field(gt=0, le=1)] = 0.5
    """Share of a tray's section that cables may take."""
    lengths_m: Annotated[Many[Length], Field(max_length=1000)] = ()
    """Lengths that you can order where the catalog has no list. [m]"""
    media: Annotated[Many[MediumWord], Field(max_length=7)] = ()
    """Kinds of cable that may be used, best first; each link takes the first one that reaches.
    When absent, what the catalog or `optics` names."""
