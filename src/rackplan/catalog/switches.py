"""Network switches: port modes, cages, power, and the parts of co-packaged optics."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from rackplan.catalog.base import (
    Count,
    Entry,
    Known,
    Many,
    Model,
    Number,
    Power,
    Share,
    Speed,
    Supplies,
    Text,
    Whole,
)
from rackplan.catalog.nics import Protocol

Ports = Known[Annotated[int, Field(ge=1, le=16_384)]]
"""A port count; the cap is far above any switch and keeps port numbers small."""


class PortMode(Model):
    """One way to use the cages of a switch: a port count at a speed."""

    ports: Ports
    """Logical ports of the whole switch in this mode."""
    port_gbps: Speed
    """Rate of one port, one direction. [Gb/s]"""
    module: str | None = None
    """The transceiver used unless the deployment says otherwise: an id in `optics/`."""


class Uplinks(Model):
    """Ports of a second kind: the 100G cages of a management switch with copper ports."""

    ports: Ports
    """Ports of this kind."""
    port_gbps: Speed
    """Rate of one port, one direction. [Gb/s]"""
    cage: str | None = None
    """Form factor of their cages."""
    module: str | None = None
    """The transceiver used unless the deployment says otherwise: an id in `optics/`."""


class CoPackaged(Model):
    """The optics inside a CPO switch; the counts must close on its ports (rule RP308)."""

    asics: Count
    """Switch ASICs."""
    subassemblies_per_asic: Count
    """Detachable optical sub-assemblies of one ASIC."""
    engines_per_subassembly: Count
    """Optical engines in one sub-assembly."""
    data_fibers_per_engine: Count
    """Data fibers of one engine, both directions."""
    laser_fibers_per_engine: Whole = Whole()
    """Fibers that bring laser light to one engine."""
    laser_sources: Whole = Whole()
    """External laser sources (ELS)."""
    lasers_per_source: Whole = Whole()
    """Lasers in one external laser source."""
    fibers_per_port: Count
    """Data fibers of one port, both directions."""
    panel_rows: Whole = Whole()
    """Rows of optical connectors on the front."""
    panel_columns: Whole = Whole()
    """Columns of optical connectors on the front."""
    connector: Text = Text()
    """Connector of one port, for example `mpo-12-apc`."""
    reach_m: Number = Number()
    """Reach of the engines. [m]"""
    cable: str | None = None
    """The fiber cord used unless the deployment says otherwise: an id in `cables/`."""

    @property
    def engines(self) -> int:
        """Optical engines in the switch."""
        per_asic = self.subassemblies_per_asic.value * self.engines_per_subassembly.value
        return self.asics.value * per_asic

    @property
    def data_fibers(self) -> int:
        """Data fibers of all engines."""
        return self.engines * self.data_fibers_per_engine.value

    @property
    def lasers(self) -> int | None:
        """Lasers in all external laser sources; None when unpublished."""
        sources, each = self.laser_sources.value, self.lasers_per_source.value
        return None if sources is None or each is None else sources * each


class Switch(Entry):
    """A network switch; a port count and a speed are enough."""

    folder: ClassVar[str] = "switches"
    singular: ClassVar[str] = "switch"

    ports: Ports
    """Logical ports at the native speed."""
    port_gbps: Speed
    """Native rate of one port, one direction. [Gb/s]"""
    protocol: Protocol | None = None
    """Absent: the switch takes whatever the NICs speak."""
    module: str | None = None
    """The transceiver used at native speed unless the deployment says otherwise."""
    cage: str | None = None
    """Form factor of the cages, for example `osfp-ihs`; absent on a CPO switch."""
    cages: Whole = Whole()
    """Cages of the whole switch (a CPO switch: optical connectors)."""
    modes: Many[PortMode] = ()
    """Other port counts and speeds (breakouts)."""
    most_ports: Whole = Whole()
    """Logical ports that it can have over all cages, whatever the breakouts; when absent, those
    of the mode with the most."""
    uplinks: Uplinks | None = None
    """Ports of a second kind, which only links to other switches use."""
    management_ports: Whole = Whole()
    """Ports for out-of-band management."""
    latency_ns: Number = Number()
    """Time from port to port without load. [ns]"""
    power: Power = Power()
    """Power of the switch."""
    supplies: Supplies = Supplies()
    """Its power supplies."""
    height_u: Number = Number()
    """Height in rack units. [U]"""
    weight_kg: Number = Number()
    """Weight. [kg]"""
    liquid_share: Share = Share()
    """Share of the heat that leaves by liquid, 0 to 1."""
    co_packaged: CoPackaged | None = None
    """The optics inside; absent on a switch with cages."""
    cpo_twin: str | None = None
    """The switch of the same ports with co-packaged optics: an id in `switches/`."""
    pluggable_twin: str | None = None
    """The switch of the same ports with cages: an id in `switches/`."""

    def ports_per_cage(self, mode: PortMode) -> int:
        """Ports that share a cage in a mode; one where the cages are not known."""
        ports = mode.ports.value
        return max(1, ports // (self.cages.value or ports))

    def port_kind(self, gbps: float) -> tuple[str | None, str | None, int]:
        """Cage, module and ports of a cage for ports of a rate; no cage on a CPO switch."""
        for mode in self.all_modes():
            if mode.port_gbps.value == gbps:
                return self.cage, mode.module, self.ports_per_cage(mode)
        if self.uplinks is not None and self.uplinks.port_gbps.value == gbps:
            return self.uplinks.cage, self.uplinks.module, 1
        return self.cage, None, 1

    def all_modes(self) -> tuple[PortMode, ...]:
        """The native mode first, then the breakouts."""
        native = PortMode(ports=self.ports, port_gbps=self.port_gbps, module=self.module)
        return (native, *self.modes)
