"""Links, cables and modules: the wiring of each fabric turned into rows."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from rackplan.build.choosing import choose, long_channel, too_long
from rackplan.build.hardware import FabricRows, Layout
from rackplan.build.structured import Offsets, structured
from rackplan.build.ways import Ways
from rackplan.catalog import Cable
from rackplan.design import UNSPECIFIED, Design, Panel, Population, SizedFabric, TierMedia
from rackplan.errors import InfeasibleError, Problem
from rackplan.sizes import HOST, LinkTier
from rackplan.tables import (
    CABLES,
    LINKS,
    MODULES,
    PANELS,
    SEGMENTS,
    TRUNKS,
    Array,
    Table,
)
from rackplan.topology import LinkBatch

_NAMES = {spec.name: spec for spec in (LINKS, CABLES, MODULES, SEGMENTS, PANELS, TRUNKS)}


@dataclass
class _Rows:
    """Columns that grow tier by tier, and the words of their category columns."""

    tables: dict[str, dict[str, list[Array]]] = field(
        default_factory=lambda: {
            name: {column: [] for column in spec.columns} for name, spec in _NAMES.items()
        }
    )
    words: dict[str, list[str]] = field(
        default_factory=lambda: {"type": [], "fabric": [], "tier": [], "side": ["host", "switch"]}
    )
    cable_count: int = 0
    link_count: int = 0
    panel_count: int = 0

    def code(self, column: str, word: str) -> int:
        words = self.words[column]
        if word not in words:
            words.append(word)
        return words.index(word)

    def add(self, table: str, values: Mapping[str, Array]) -> None:
        for name, array in values.items():
            self.tables[table][name].append(array)

    def take(self, table: str) -> Table:
        """The finished table; its parts are given up."""
        words = {name: tuple(values) for name, values in self.words.items()}
        return Table(_NAMES[table], _joined(self.tables.pop(table)), words)


@dataclass(frozen=True)
class Wires:
    """The links of one tier of one fabric in all planes, before they are cabled.

    Attributes:
        a_port: port at the lower end of each link; shape (links,).
        b_port: port at its upper end.
        plane: plane of each link.
        rail: rail of each link, -1 where it serves all.
    """

    source: FabricRows
    tier: LinkTier
    media: TierMedia
    a_port: Array
    b_port: Array
    plane: Array
    rail: Array


@dataclass(frozen=True)
class _Tier:
    """One tier of one fabric, all planes: its links and what they are plugged into.

    Attributes:
        options: the media that its links take.
        option: which of them each link takes; shape (links,).
        chosen: whether links chose by length; else the hosts' modules are those of their NICs.
    """

    options: tuple[TierMedia, ...]
    option: Array
    chosen: bool
    lower: str
    upper: str
    a_port: Array
    b_port: Array
    a_cage: Array
    b_cage: Array
    cable: Array


def wire_fabrics(design: Design, layout: Layout) -> list[Wires]:
    """The links of all fabrics, tier by tier."""
    wires = []
    for source in layout.fabrics:
        hosts = host_ports(design, source.fabric, layout)
        wires += [
            _wire_tier(source, hosts, batch, layout)
            for batch in source.wiring.links
            if len(batch.lower)
        ]
    return wires


def device_ends(layout: Layout, wires: list[Wires]) -> tuple[Array, Array]:
    """Device at the lower and at the upper end of every link, in order; shapes (links,)."""
    empty = np.zeros(0, dtype=np.int32)
    ends = (
        np.concatenate([empty, *(layout.port_device[ports] for ports in side)])
        for side in ([one.a_port for one in wires], [one.b_port for one in wires])
    )
    lower, upper = ends
    return lower, upper


def cable_fabrics(
    design: Design, layout: Layout, wires: list[Wires], ways: Ways
) -> tuple[dict[str, Table], Array]:
    """Links, cables, modules and segments of all fabrics, and which ports carry a link."""
    rows = _Rows()
    problems: list[Problem] = []
    for source in layout.fabrics:
        tiers = [
            _cable_tier(one, layout, ways, rows, problems) for one in wires if one.source is source
        ]
        _add_modules(design, source.fabric, tiers, len(layout.cages), rows)
    if problems:
        raise InfeasibleError(problems)
    tables = {name: rows.take(name) for name in _NAMES}
    links = tables["links"]
    used = np.zeros(len(layout.port_device), dtype=bool)
    used[links["a_port"]] = True
    used[links["b_port"]] = True
    return tables, used


def _joined(columns: dict[str, list[Array]]) -> dict[str, Array]:
    empty = np.zeros(0, dtype=np.int64)
    return {name: np.concatenate(arrays) if arrays else empty for name, arrays in columns.items()}


@dataclass(frozen=True)
class HostPortRows:
    """Where the ports of a fabric's hosts stand in the ports table.

    Port k of host h is row `base[h] + steps[start[h] + k]`: the NIC groups of other fabrics may
    lie between a node's ports. `plain`: the ports of every host are one run, so steps[k] is k.
    """

    base: Array
    start: Array
    steps: Array
    plain: bool

    def rows(self, host: Array, port: Array) -> Array:
        """Rows of the ports table; the arrays may have any equal or broadcast shape."""
        step = port if self.plain else self.steps[self.start[host] + port]
        return np.asarray(self.base[host] + step)


def host_ports(design: Design, fabric: SizedFabric, layout: Layout) -> HostPortRows:
    """The rows of the host ports of a fabric."""
    ports_of = {population.first_node: population for population in design.populations}
    firsts = sorted(ports_of)
    switches = {rows.fabric.name: rows.first_switch for rows in layout.fabrics}
    steps: list[Array] = []
    known: dict[tuple[int, ...], int] = {}
    base, start, total = [], [], 0
    for block in fabric.blocks:  # one for each scalable unit
        first = block.first_node + (switches[block.source] if block.source else 0)
        device = first + np.arange(block.nodes)
        own = np.arange(block.ports)
        row = layout.first_port[device]
        if block.source:
            row = row + layout.devices["port_count"][device] - block.ports
        elif first < design.hosts:
            population = ports_of[firsts[bisect_right(firsts, first) - 1]]
            own = _own_ports(population, fabric.name)
        key = tuple(own.tolist())
        if key not in known:
            known[key] = total
            steps.append(own)
            total += len(own)
        base.append(row)
        start.append(np.full(block.nodes, known[key]))
    plain = len(steps) == 1 and int(steps[0][-1]) == len(steps[0]) - 1
    return HostPortRows(np.concatenate(base), np.concatenate(start), np.concatenate(steps), plain)


def _own_ports(population: Population, fabric: str) -> Array:
    """Numbers of a node's ports on a fabric."""
    return np.concatenate([
        np.arange(ports.first_port, ports.first_port + ports.ports)
        for ports in population.host_ports
        if ports.fabric == fabric
    ])  # fmt: skip


def _wire_tier(source: FabricRows, hosts: HostPortRows, batch: LinkBatch, layout: Layout) -> Wires:
    """The links of a tier: the rows of their ports, plane by plane."""
    fabric = source.fabric
    plane = (
        np.arange(source.wiring.planes)[:, None] if batch.plane is None else batch.plane[None, :]
    )
    host_plane: Array | int = plane if batch.plane is None else 0
    ends = []
    for role, number, port in (
        (batch.lower_role, batch.lower, batch.lower_port),
        (batch.upper_role, batch.upper, batch.upper_port),
    ):
        if role == HOST:
            end = hosts.rows(number[None, :], port[None, :] + host_plane)
        else:
            device = source.first_device[role] + number[None, :] + plane * source.switches_per_plane
            end = layout.first_port[device] + port[None, :]
        ends.append(end.ravel().astype(np.int32))
    copies = len(ends[0]) // len(batch.lower)
    return Wires(
        source=source,
        tier=next(tier for tier in fabric.size.links if tier.name == batch.tier),
        media=fabric.media[batch.tier],
        a_port=ends[0],
        b_port=ends[1],
        plane=np.broadcast_to(plane, (copies, len(batch.lower))).ravel().astype(np.int16),
        rail=np.tile(batch.rail.astype(np.int16), copies),
    )


def _cable_tier(  # the links, their ways, and what grows
    one: Wires, layout: Layout, ways: Ways, rows: _Rows, problems: list[Problem]
) -> _Tier:
    """Add the links and cables of a tier; links that are too long are noted."""
    fabric, tier = one.source.fabric, one.tier
    a_cage, b_cage = layout.port_cage[one.a_port], layout.port_cage[one.b_port]
    total = len(one.a_port)
    ends = layout.port_device[one.a_port], layout.port_device[one.b_port]
    options = fabric.options.get(tier.name, (one.media,))
    option: Array = np.zeros(total, dtype=np.int64)
    cable = np.full(total, -1)
    trunking = one.media.trunk
    if trunking is not None and ways.placed is not None:
        offsets = Offsets(rows.link_count, rows.cable_count, rows.panel_count)
        told = (fabric.name, tier.name)
        made = structured(ends, trunking, one.media.fibers, ways, told, rows.code, offsets)
        for name in ("cables", "segments", "panels", "trunks"):
            rows.add(name, getattr(made, name))
        rows.cable_count += len(made.cables["type"])
        rows.panel_count += len(made.panels["rack"])
        problems += long_channel(fabric, tier.name, one.media, made.lengths_m)
        cable = made.cable
    elif not tier.printed:
        route = ways.metres(*ends)
        if len(options) > 1:
            option = choose(options, route, a_cage, b_cage)
        for number, media in enumerate(options):
            own = np.flatnonzero(option == number)
            if not len(own):
                continue
            problems += too_long(fabric, tier.name, media, route[own])
            cable[own] = _cables(fabric, tier, media, a_cage[own], b_cage[own], rows)
            _measure(cable[own], route[own], ways.phase(ends[0][own], ends[1][own]), media, ways,
                     rows)  # fmt: skip
    if one.media.panel is not None:
        _cross(one.media.panel, one.source.panels[tier.name], cable, ends, one.media, ways, rows)
    rows.add("links", {
        "a_port": one.a_port,
        "b_port": one.b_port,
        "fabric": np.full(total, rows.code("fabric", fabric.name), dtype=np.int16),
        "tier": np.full(total, rows.code("tier", tier.name), dtype=np.int16),
        "plane": one.plane,
        "rail": one.rail,
        "speed_gbps": np.full(total, tier.gbps, dtype=np.float32),
        "cable": cable.astype(np.int32),
    })  # fmt: skip
    rows.link_count += total
    if tier.printed:
        a_cage, b_cage = np.full(total, -1), np.full(total, -1)
    return _Tier(options, option, tier.name in fabric.options, tier.lower, tier.upper,
                 one.a_port, one.b_port, a_cage, b_cage, cable)  # fmt: skip


def _measure(  # which cables, and what is known of their links
    cable: Array, route: Array, phase: Array, media: TierMedia, ways: Ways, rows: _Rows
) -> None:
    """Add the lengths and steps of some cables: the longest and latest of their links."""
    first = int(cable.min())
    count = int(cable.max()) + 1 - first
    longest, latest = route, phase
    if count != len(cable):  # several links a cable
        longest, latest = np.full(count, np.nan), np.zeros(count, dtype=np.int16)
        np.fmax.at(longest, cable - first, route)
        np.maximum.at(latest, cable - first, phase)
    rows.add("cables", {
        "route_m": longest.astype(np.float32),
        "length_m": ways.to_order(longest, media).astype(np.float32),
        "phase": latest,
    })  # fmt: skip


def _cross(  # the links, the panel between, and what grows
    panel: Panel,
    first_panel: int,
    cable: Array,
    ends: tuple[Array, Array],
    media: TierMedia,
    ways: Ways,
    rows: _Rows,
) -> None:
    """Segments of links that cross a panel, in order; the far side has a cable of its own.

    The far cables are copies of the near ones: a cable of several links stays one on both sides.
    """
    link = np.arange(len(cable))
    near = int(cable.max()) + 1 - int(cable.min())
    between = first_panel + link // panel.links
    for name, arrays in rows.tables["cables"].items():
        if name in ("route_m", "length_m", "phase"):
            arrays.pop()
        else:
            arrays.append(arrays[-1].copy())
    for near_end, far_end in ((ends[0], between), (between, ends[1])):
        route, phase = ways.metres(near_end, far_end), ways.phase(*ends)
        _measure(cable, route, phase, media, ways, rows)
    far = cable - int(cable.min()) + rows.cable_count
    rows.cable_count += near
    for order, part in enumerate((cable, far)):
        rows.add("segments", {
            "link": rows.link_count + link,
            "order": np.full(len(link), order),
            "cable": part,
            "panel": between,
            "patch": np.full(len(link), -1),
            "place": link % panel.links,
        })  # fmt: skip


def _cables(  # both ends of a tier and what grows
    fabric: SizedFabric,
    tier: LinkTier,
    media: TierMedia,
    a_cage: Array,
    b_cage: Array,
    rows: _Rows,
) -> Array:
    """The cable row of every link of a tier; the rows are added."""
    cable = media.cable
    number: Array = np.arange(len(a_cage))
    if cable is not None and not cable.is_fiber:
        if cable.links.value > 1:
            _, number = np.unique(b_cage, return_inverse=True)
        _check_plugs(fabric, tier.name, cable, number, a_cage, b_cage)
    count = int(number.max()) + 1 if len(number) else 0
    carried = np.bincount(number, minlength=count)
    strands = cable.strands.value if cable is not None else None
    if media.copper is not None:
        strands = 0
    words = {
        "type": rows.code("type", cable.id if cable else UNSPECIFIED),
        "fabric": rows.code("fabric", fabric.name),
        "tier": rows.code("tier", tier.name),
        "fibers": -1 if media.fibers is None else media.fibers,
        "strands": -1 if strands is None else strands,
    }
    values: dict[str, Array] = {
        name: np.full(count, code, dtype=np.int16) for name, code in words.items()
    }
    rows.add("cables", {**values, "links": carried})
    first, rows.cable_count = rows.cable_count, rows.cable_count + count
    return first + number


def _check_plugs(
    fabric: SizedFabric, tier: str, cable: Cable, number: Array, a_cage: Array, b_cage: Array
) -> None:
    """RP315 unless every cage takes one plug and every cable has a plug for each of its cages.

    `number` is the cable of each link: the links of one upper cage share a cable. A splitter has
    one plug at the upper end and the others at the lower end.
    """
    lower_plugs = cable.ends.value - 1
    carried = int(np.bincount(number).max(initial=0))
    for cages, plugs in ((a_cage, lower_plugs), (b_cage, 1)):
        plugged = cages >= 0  # management ports of switches and PDUs have no cage to check
        pairs = np.unique(np.stack([cages[plugged], number[plugged]]), axis=1)
        one_plug = len(pairs[0]) == len(np.unique(cages[plugged]))
        most = int(np.bincount(pairs[1]).max(initial=0))
        split = plugs == 1 or len(pairs[0]) == plugged.sum()  # each tail holds one link
        if not one_plug or not split or most > plugs or carried > cable.links.value:
            message = f"{cable.title} does not suit the cages of {tier}: their links part"
            hint = "use fiber, or a cable whose plugs hold the ports of one cage each"
            path = ("fabrics", fabric.name, "optics")
            raise InfeasibleError([Problem("RP315", message, hint, path)])


def _add_modules(
    design: Design, fabric: SizedFabric, tiers: list[_Tier], cages: int, rows: _Rows
) -> None:
    """One row for every populated cage: a transceiver, or the plug of a cable with fixed ends.

    Columns over all cages are filled link by link; sorting the cages would cost ten times more.
    """
    kind = np.full(cages, -1, dtype=np.int16)
    at_host = np.zeros(cages, dtype=np.bool_)
    cable = np.full(cages, -1, dtype=np.int32)
    for tier, media, number in _mediums(tiers):
        fixed = media.copper is not None
        own = np.flatnonzero(tier.option == number)
        for upper, end, hosts in (
            (False, tier.a_cage[own], tier.lower == HOST),
            (True, tier.b_cage[own], tier.upper == HOST),
        ):
            in_cage = end >= 0
            cage = end[in_cage]
            if not len(cage):
                continue
            word: Array | int
            if hosts and not fixed and not tier.chosen:
                port = (tier.b_port if upper else tier.a_port)[own][in_cage]
                word = _host_module_types(design, fabric, port, rows)
            else:
                word = rows.code("type", _end_type(media, upper=upper))
            empty = kind[cage] < 0
            new = cage[empty]
            kind[new] = word if isinstance(word, int) else word[empty]
            at_host[new] = hosts
            if fixed:  # the first link of a cage names its cable: the last one written stays
                cable[new[::-1]] = tier.cable[own][in_cage][empty][::-1]
            if np.any(kind[cage] != word):
                raise _shared_cage(fabric)
    populated = np.flatnonzero(kind >= 0)
    values: dict[str, Array] = {
        "cage": populated.astype(np.int32),
        "type": kind[populated],
        "side": np.where(at_host[populated], 0, 1).astype(np.int16),
        "fabric": np.full(len(populated), rows.code("fabric", fabric.name), dtype=np.int16),
        "cable": cable[populated],
    }
    rows.add("modules", values)


def _mediums(tiers: list[_Tier]) -> Iterator[tuple[_Tier, TierMedia, int]]:
    """Every medium of every tier, with its number."""
    for tier in tiers:
        for number, media in enumerate(tier.options):
            yield tier, media, number


def _end_type(media: TierMedia, *, upper: bool) -> str:
    """What is plugged in at the lower or upper end of a tier."""
    held = media.held(upper=upper)
    return held.id if held is not None else UNSPECIFIED


def _host_module_types(design: Design, fabric: SizedFabric, port: Array, rows: _Rows) -> Array:
    """The module in the cage of each host port, which its NIC group names."""
    kinds = np.zeros(len(port), dtype=np.int16)
    start = 0
    for population in design.populations:
        end = start + population.nodes * population.ports_per_node
        inside = (port >= start) & (port < end)
        index = (port - start) % max(1, population.ports_per_node)
        for ports in population.host_ports:
            if ports.fabric == fabric.name:
                own = inside & (index >= ports.first_port)
                own &= index < ports.first_port + ports.ports
                word = ports.module.id if ports.module is not None else UNSPECIFIED
                kinds[own] = rows.code("type", word)
        start = end
    return kinds


def _shared_cage(fabric: SizedFabric) -> InfeasibleError:
    """RP315: one cage would hold two different things (a plug and a transceiver)."""
    titles = ", ".join(switch.title for switch, _ in fabric.types().values())
    message = f"a cage of {titles} would hold the ends of two kinds of cable"
    hint = "choose an oversubscription that splits the leaf at a whole cage"
    return InfeasibleError([Problem("RP315", message, hint, ("fabrics", fabric.name))])
