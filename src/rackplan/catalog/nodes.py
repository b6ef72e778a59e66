"""Compute nodes: one operating-system image with its GPUs and NICs."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import BeforeValidator, Field

from rackplan.catalog.base import (
    Count,
    Entry,
    Known,
    Many,
    Model,
    Number,
    Power,
    Share,
    Supplies,
    Whole,
    count_or_list,
)
from rackplan.catalog.nvlink import ScaleUp

Packages = Known[Annotated[int, Field(ge=0, le=1_000)]]
"""A count that may be zero but must be known."""


class NicGroup(Model):
    """Equal NICs of a node that serve one network."""

    count: Count
    """NICs in the node."""
    nic: str | None = None
    """An id in `nics/`; without one, each NIC is one port at the switch's speed."""
    port_gbps: Number = Number()
    """Rate of each NIC where no `nic` says it; without it, the fabric's. [Gb/s]"""
    role: str = "compute"
    """The network they serve: compute, storage, frontend, inband or oob (out-of-band)."""
    cage: str | None = None
    """Form factor of the node's cages, where it differs from the NIC's own."""
    nics_per_cage: Count = Count(value=1)
    """NICs that share one cage (two on the twin-port cages of DGX H100)."""
    module: str | None = None
    """The transceiver in that cage, where it differs from the NIC's own."""


NicGroups = Annotated[
    Many[NicGroup], BeforeValidator(count_or_list, json_schema_input_type=int | list[NicGroup])
]


class Node(Entry):
    """A server, tray or blade that runs one operating system."""

    folder: ClassVar[str] = "nodes"
    singular: ClassVar[str] = "node"

    gpus: Packages
    """GPU packages; 0 on servers that store, manage or serve."""
    gpu: str | None = None
    """An id in `gpus/`."""
    cpus: Whole = Whole()
    """CPU packages."""
    cpu: str | None = None
    """An id in `cpus/`."""
    nics: NicGroups
    """Groups of NICs, or a bare count of compute NICs."""
    power: Power = Power()
    """Power of the node."""
    supplies: Supplies = Supplies()
    """Its power supplies."""
    height_u: Number = Number()
    """Height in rack units. [U]"""
    weight_kg: Number = Number()
    """Weight. [kg]"""
    liquid_share: Share = Share()
    """Share of the heat that leaves by liquid, 0 to 1."""
    scale_up: ScaleUp | None = None
    """The NVLink domain, where it ends at the node."""
