"""Switches and what is in them: cages, and the ASICs, engines and laser sources of CPO switches.

Only one switch of each kind is listed: those of one colour whose ports of one number carry links of
one mark are alike.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rackplan.blast.alike import mixed, sums
from rackplan.blast.lanes import lanes_of, readings
from rackplan.blast.network import Links
from rackplan.blast.setting import Part, Setting, part_of, populated
from rackplan.sizes import Role
from rackplan.tables import Array


@dataclass(frozen=True)
class _Ports:
    """Ports of some switches that carry a link, one array element each.

    Attributes:
        vertex: the switch.
        port: row of the ports table.
        link: number of the link.
    """

    vertex: Array
    port: Array
    link: Array


def switch_parts(setting: Setting) -> Iterator[Part]:
    """The switches of every role, and what is in them."""
    net, tables = setting.net, setting.tables
    with_module = populated(setting, "switch")
    words = tables["devices"].words["role"]
    for role in net.fabric.size.roles:
        switches = np.flatnonzero(net.role == words.index(role.name))
        ports = _typical(setting, switches)
        if not len(ports.link):
            continue
        yield part_of("switch", role.name, ports.vertex, ports.link,
                      count=role.switches, whole=True)  # fmt: skip
        cage = tables["ports"]["cage"][ports.port]
        held = with_module[cage]
        if np.any(held):
            of_role = np.zeros(len(tables["devices"]), dtype=bool)
            of_role[net.switch[switches]] = True
            count = int(of_role[tables["cages"]["device"][np.flatnonzero(with_module)]].sum())
            name = "switch cage or module"
            yield part_of(name, role.name, cage[held], ports.link[held], count=count)
        yield from _co_packaged(setting, role, ports)


def _typical(setting: Setting, switches: Array) -> _Ports:
    """The ports of the first switch of each kind among some."""
    net = setting.net
    chosen = np.zeros(len(net.role), dtype=bool)
    chosen[switches] = True
    ports = _ports_of(net.links, chosen)
    if not len(ports.link):
        return ports
    index = setting.tables["ports"]["index"][ports.port].astype(np.int64)
    marks = mixed(index, setting.colours.link[ports.link])
    kinds = mixed(setting.colours.vertex, sums(ports.vertex, marks, len(net.role)))
    _, first = np.unique(kinds[switches], return_index=True)
    chosen[:] = False
    chosen[switches[first]] = True
    return _ports_of(net.links, chosen)


def _ports_of(links: Links, chosen: Array) -> _Ports:
    """The ports with a link of the chosen vertices."""
    parts = []
    for vertex, port in ((links.a, links.a_port), (links.b, links.b_port)):
        at = np.flatnonzero((vertex >= 0) & chosen[vertex])
        parts.append((vertex[at], port[at], at))
    return _Ports(*(np.concatenate(column) for column in zip(*parts, strict=True)))


def _co_packaged(setting: Setting, role: Role, ports: _Ports) -> Iterator[Part]:
    """Switch ASICs, optical engines and laser sources, in every reading of how lanes are laid."""
    switch = setting.net.fabric.switches[role.name]
    if switch.co_packaged is None:
        return
    devices, speeds = setting.tables["devices"], setting.tables["ports"]["speed_gbps"]
    for reading in readings(switch.co_packaged):
        rows = []
        for number, vertex in enumerate(np.unique(ports.vertex)):  # one of each kind
            device = setting.net.switch[vertex]
            first, count = int(devices["first_port"][device]), int(devices["port_count"][device])
            mine = ports.vertex == vertex
            link = np.full(count, -1)
            link[ports.port[mine] - first] = ports.link[mine]
            lanes = lanes_of(switch, speeds[first : first + count], reading)
            lit = link[lanes.port] >= 0
            member = number * reading.parts + lanes.part[lit]
            rows.append((member, link[lanes.port[lit]], lanes.share[lit]))
        member, lines, lost = (np.concatenate(column) for column in zip(*rows, strict=True))
        yield Part(
            reading.name, role.name, role.switches * reading.parts, member, lines, lost,
            reading.note, reading.text,
        )  # fmt: skip
