"""What ports are called, and where they are on their devices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from rackplan.design import Design
from rackplan.errors import InputError, Problem
from rackplan.names import first_pair, folded
from rackplan.naming import NamingSpec, shown
from rackplan.schedule.rows import Ends
from rackplan.tables import Array, Table

Tables = Mapping[str, Table]


@dataclass(frozen=True)
class Ports:
    """Where some ports are, as columns; shape (ports,). All count from 1; 0 where there is none.

    Attributes:
        device: row of the device.
        kind: number of the template in `KINDS`.
        index: number of the port on its device.
        cage: number of its cage; 0 where its end is fixed.
        sub: number of the port in its cage; 1 without a cage.
        shares: ports in that cage.
        nic: number of the NIC in its node.
        nic_port: number of the port on its NIC.
        place: way through a panel.
        gbps: rate. [Gb/s]
        cage_row: row of the cages table, -1 where there is none.
    """

    device: Array
    kind: Array
    index: Array
    cage: Array
    sub: Array
    shares: Array
    nic: Array
    nic_port: Array
    place: Array
    gbps: Array
    cage_row: Array


KINDS = ("port", "twin_port", "nic", "twin_nic", "management_port", "panel_port")


@dataclass(frozen=True)
class PortFinder:
    """What the ports of a plan have in common; made once for all ends."""

    tables: Tables
    design: Design
    first_of_cage: Array
    in_cage: Array
    nic: Array
    nic_port: Array
    nic_start: Array
    first_node: Array
    managed: Array
    """Management ports behind the others of each device; shape (devices,)."""

    def find(self, ends: Ends) -> Ports:
        """Where the ports of some ends are; panels have neither port nor cage."""
        ports, devices = self.tables["ports"], self.tables["devices"]
        real = ends.port >= 0
        device = np.where(real, ends.device, 0)
        row = np.where(real, ends.port, 0)
        if not len(ports):
            row = row[:0]
        index = np.where(real, ports["index"][row].astype(np.int64) + 1, 0)
        cage_row = np.where(real, ports["cage"][row].astype(np.int64), -1)
        cage = np.append(self.tables["cages"]["index"].astype(np.int64) + 1, 0)[cage_row]
        sub = np.where(cage_row >= 0, row - self.first_of_cage[cage_row] + 1, 1)
        shares = np.where(cage_row >= 0, self.in_cage[cage_row], 1)
        node = real & devices.where("kind", "node")[device]
        nic, nic_port = self._nic(device, index - 1, node)
        count = devices["port_count"][device]
        managed = self.managed[device]
        kind = np.select(
            [~real, node & (self._nic_width(nic, device) > 1), node,
             (managed > 0) & (index > count - managed), shares > 1],
            [5, 3, 2, 4, 1], 0,
        )  # fmt: skip
        return Ports(
            device=ends.device, kind=kind, index=index, cage=cage, sub=sub, shares=shares,
            nic=nic, nic_port=nic_port, place=ends.place + 1,
            gbps=np.where(real, ports["speed_gbps"][row], 0), cage_row=cage_row,
        )  # fmt: skip

    def _nic(self, device: Array, index: Array, node: Array) -> tuple[Array, Array]:
        """NIC of a node's ports, and port on it; zero on what is no node."""
        if not len(self.nic):
            return np.zeros_like(index), np.zeros_like(index)
        population = np.searchsorted(self.first_node, device, side="right") - 1
        place = np.where(node, self.nic_start[population] + index, 0)
        return np.where(node, self.nic[place], 0), np.where(node, self.nic_port[place], 0)

    def _nic_width(self, nic: Array, device: Array) -> Array:
        """Ports of the NIC of each port."""
        if not len(self.nic):
            return np.zeros_like(nic)
        population = np.searchsorted(self.first_node, device, side="right") - 1
        stride = int(self.nic.max()) + 1
        owner = np.repeat(np.arange(len(self.nic_start)),
                          np.diff(np.append(self.nic_start, len(self.nic))))  # fmt: skip
        width = np.bincount(owner * stride + self.nic, minlength=len(self.nic_start) * stride)
        known = np.clip(population, 0, len(self.nic_start) - 1)
        return np.where(nic > 0, width[known * stride + nic], 0)


def port_finder(tables: Tables, design: Design) -> PortFinder:
    """The look-up of a plan's ports."""
    ports, cages = tables["ports"], tables["cages"]
    first = np.zeros(len(cages) + 1, dtype=np.int64)
    first[ports["cage"][::-1]] = np.arange(len(ports))[::-1]
    held = ports["cage"][ports["cage"] >= 0]
    nic, nic_port, start = _nics(design)
    return PortFinder(
        tables, design, first, np.append(np.bincount(held, minlength=len(cages)), 1),
        nic, nic_port, start,
        np.array([one.first_node for one in design.populations], dtype=np.int64),
        _managed(tables["devices"], design),
    )  # fmt: skip


def _nics(design: Design) -> tuple[Array, Array, Array]:
    """NIC and port on it of every port of a node of each population, one after another."""
    nic: list[int] = []
    nic_port: list[int] = []
    start = []
    for population in design.populations:
        start.append(len(nic))
        first = 1
        for group in population.host_ports:
            each = max(1, group.ports // group.group.count.value)
            own = np.arange(group.ports)
            nic += (first + own // each).tolist()
            nic_port += (own % each + 1).tolist()
            first += -(-group.ports // each)
    return np.array(nic, dtype=np.int64), np.array(nic_port, dtype=np.int64), np.array(start)


def _managed(devices: Table, design: Design) -> Array:
    """Management ports of every device: those of switches whose fabric another one manages."""
    found = np.zeros(len(devices), dtype=np.int64)
    if not any(fabric.spec.management for fabric in design.fabrics):
        return found
    for fabric in design.fabrics:
        mine = devices.where("fabric", fabric.name) & devices.where("kind", "switch")
        for key, (switch, _) in fabric.types().items():
            if not fabric.spec.management:
                extra = switch.management_ports.value or 0
                found[mine & devices.where("type", key)] = extra
    return found


def port_names(ports: Ports, finder: PortFinder, naming: NamingSpec) -> tuple[Array, list[str]]:
    """Names of ports: a code for each, and the distinct names that the codes stand for.

    Raises:
        InputError: two ports of one device have one name (RP347).
    """
    first_managed = finder.tables["devices"]["port_count"] - finder.managed
    managing = np.where(ports.kind == 4, ports.device, 0)
    number = np.where(ports.kind == 4, ports.index - first_managed[managing], 0)
    what = np.stack([ports.kind, ports.index, ports.cage, ports.sub, ports.nic, ports.nic_port,
                     ports.place, number])  # fmt: skip
    key = np.zeros(len(ports.index), dtype=np.int64)
    for column in what:
        key = key * (int(column.max(initial=0)) + 1) + column
    _, first, code = np.unique(key, return_index=True, return_inverse=True)
    templates = [naming.parts(kind) for kind in KINDS]
    fields = ("index", "cage", "sub", "nic", "nic_port", "place", "number")
    texts = []
    for kind, *values in what[:, first].T.tolist():
        known: dict[str, Any] = dict(zip(fields, values, strict=True))
        known["cage"] = known["cage"] or None
        texts.append("".join(
            part.literal + (shown(known[part.field], part.digits) if part.field else "")
            for part in templates[kind]
        ))  # fmt: skip
    _check(code, texts, ports, naming)
    return code, texts


def _check(code: Array, texts: list[str], ports: Ports, naming: NamingSpec) -> None:
    """RP347 where two ports of one device have one name."""
    if first_pair(folded(texts)) is None or naming == NamingSpec():
        return
    number = {name: place for place, name in enumerate(dict.fromkeys(folded(texts)))}
    name = np.array([number[one] for one in folded(texts)])[code]
    both = np.unique(np.stack([ports.device, name, code]), axis=1)
    same = np.flatnonzero((both[0, 1:] == both[0, :-1]) & (both[1, 1:] == both[1, :-1]))
    if not len(same):
        return
    one, two = int(both[2, same[0]]), int(both[2, same[0] + 1])
    at = [int(np.flatnonzero(code == each)[0]) for each in (one, two)]
    kind = KINDS[int(ports.kind[at[1]])]
    numbers = " and ".join(str(int(ports.index[each])) for each in at)
    message = f"ports {numbers} of one device would both be called '{texts[two]}'"
    unused = [field for field in ("index", "cage", "sub", "nic", "nic_port", "place")
              if field in naming.missing(kind)]  # fmt: skip
    raise InputError([Problem("RP347", message, f"use {{{'} or {'.join(unused)}}}",
                              ("names", kind))])  # fmt: skip
