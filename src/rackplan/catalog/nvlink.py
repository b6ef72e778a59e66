"""NVLink switch chips, and how a domain is wired and housed."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rackplan.catalog.base import (
    Count,
    Entry,
    Known,
    Many,
    Model,
    Number,
    Several,
    Speed,
    Text,
    Whole,
)


class NvlinkChip(Entry):
    """An NVSwitch chip."""

    folder: ClassVar[str] = "nvlink"
    singular: ClassVar[str] = "NVLink switch chip"

    generation: int
    """Generation of NVLink."""
    lanes: Count
    """Lanes of the chip, each direction."""
    lane_gbps: Speed
    """Rate of one lane, one direction. [Gb/s]"""
    simultaneous_bidirectional: Known[bool] = Known[bool](value=False)
    """Whether both directions share one differential pair."""
    tdp_w: Number = Number()
    """Power of one chip. [W]"""


class Face(Model):
    """One mating face of the NVLink connectors of a whole system."""

    name: str
    """Which side it is, for example `compute` or `switch`."""
    housings: Count
    """Connector housings on this face in the whole system."""
    pairs_per_housing: Count
    """Differential pairs that a housing has room for (installed, used or not)."""
    note: str = ""


class SecondLevel(Model):
    """The second level of a two-level NVLink tree: an assumption unless a source says otherwise."""

    chip: str
    """The chip of the second level: an id in `nvlink/`."""
    taper: Known[Annotated[float, Field(ge=1)]] = Known[Annotated[float, Field(ge=1)]](value=1.0)
    """Down bandwidth to up bandwidth of a first-level chip."""


class ScaleUp(Model):
    """One NVLink domain: which chips, how many links to each, in what housings."""

    topology: Literal["switched", "clique", "two-level"]
    """All GPUs to all chips; all GPUs joined pairwise; or chips joined by a second level."""
    chip: str | None = None
    """The first-level chip: an id in `nvlink/`; none in a clique."""
    groups: Count = Count(value=1)
    """Groups of GPUs that have first-level chips of their own (chassis or racks)."""
    chips: Several = Several()
    """First-level chips in one group."""
    chips_per_tray: Whole = Whole()
    """Chips on one switch tray, blade or board."""
    links_per_gpu: Several = Several()
    """Links of one GPU; when absent, the GPU's own number."""
    links_to_chip: Many[Annotated[int, Field(ge=0, le=10_000)]] = ()
    """Links of one GPU to each chip; when absent, the links are shared out evenly."""
    second: SecondLevel | None = None
    medium: Text = Text()
    """What carries the links: copper cable cartridge, midplane or board."""
    faces: Many[Face] = ()
    """Connector faces between GPU and chip; empty where the links stay on one board."""
    midplanes: Whole = Whole()
    """Midplanes in the system, where there are any."""
    published_pairs: Whole = Whole()
    """Differential pairs as a source counted them: the program's count is held against it."""
