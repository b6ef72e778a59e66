"""Network interface cards and their port modes."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from rackplan.catalog.base import Count, Entry, Many, Model, Number, Speed

Protocol = Literal["infiniband", "ethernet", "slingshot"]


class NicMode(Model):
    """One way to use a NIC's cage or cages."""

    protocol: Protocol
    ports: Count
    """Network ports that the card offers in this mode."""
    port_gbps: Speed
    """Rate of one port, one direction. [Gb/s]"""
    module: str | None = None
    """The transceiver used unless the deployment says otherwise: an id in `optics/`."""


class Nic(Entry):
    """A NIC, SuperNIC or DPU."""

    folder: ClassVar[str] = "nics"
    singular: ClassVar[str] = "NIC"

    cage: str | None = None
    """Form factor of its cages, for example `osfp-rhs`."""
    cages: Count = Count(value=1)
    """Cages on one card."""
    modes: Annotated[Many[NicMode], Field(min_length=1)]
    tdp_w: Number = Number()
    """Power of the card without modules. [W]"""
