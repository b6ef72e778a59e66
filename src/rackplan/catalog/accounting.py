"""Accounting presets: how a source counts the power and price of optics."""

from __future__ import annotations

from typing import ClassVar, Literal

from rackplan.catalog.base import Entry, Number, Speed


class Accounting(Entry):
    """One way to count optics; a saving is never stated without the name of its preset."""

    folder: ClassVar[str] = "accounting"
    singular: ClassVar[str] = "accounting preset"

    basis: Literal["port", "switch"]
    """Watts for each port-end, or the published power of the whole switch with its optics."""
    port_gbps: Speed
    """The port rate that the per-port figures are meant for. [Gb/s]"""
    pluggable_port_w: Number = Number()
    """Pluggable optics for one port-end; null with basis `port` is unknown. [W]"""
    cpo_port_w: Number = Number()
    """Co-packaged optics for one port-end, lasers included. [W]"""
    cage_usd: Number = Number()
    """What a module for one switch cage costs. [USD]"""
    host_ends: Literal["retained", "removed"] = "retained"
    """Whether the source also counts the NIC-side modules as saved."""
