"""Links, cables and modules: the wiring of each fabric turned into rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rackplan.build.hardware import FabricRows, Layout
from rackplan.catalog import Cable
from rackplan.design import Design, SizedFabric, TierMedia
from rackplan.errors import InfeasibleError, Problem
from rackplan.tables import CABLES, LINKS, MODULES, Array, Table
from rackplan.topology import LinkBatch

UNSPECIFIED = "unspecified"
"""Type of a cable or module that neither the deployment nor the catalog names."""


@dataclass
class _Rows:
    """Columns that grow tier by tier, and the words of their category columns."""

    links: dict[str, list[Array]] = field(default_factory=lambda: {n: [] for n in LINKS.columns})
    cables: dict[str, list[Array]] = field(default_factory=lambda: {n: [] for n in CABLES.columns})
    modules: dict[str, list[Array]] = field(
        default_factory=lambda: {n: [] for n in MODULES.columns}
    )
    words: dict[str, list[str]] = field(
        default_factory=lambda: {"type": [], "fabric": [], "tier": [], "side": ["host", "switch"]}
    )
    cable_count: int = 0

    def code(self, column: str, word: str) -> int:
        words = self.words[column]
        if word not in words:
            words.append(word)
        return words.index(word)


@dataclass(frozen=True)
class _Tier:
    """One tier of one fabric, all planes: its links and what they are plugged into."""

    media: TierMedia
    name: str
    a_port: Array
    b_port: Array
    a_cage: Array
    b_cage: Array
    cable: Array


def wire_fabrics(design: Design, layout: Layout) -> tuple[Table, Table, Table, Array]:
    """The links, cables and modules of all fabrics, and which ports carry a link."""
    rows = _Rows()
    for fabric_rows in layout.fabrics:
        tiers = [
            _wire_tier(design, fabric_rows, batch, layout, rows)
            for batch in fabric_rows.wiring.links
        ]
        _add_modules(design, fabric_rows.fabric, tiers, rows)
    words = {name: tuple(values) for name, values in rows.words.items()}
    links = Table(LINKS, _joined(rows.links), words)
    used = np.zeros(len(layout.port_device), dtype=bool)
    used[links["a_port"]] = True
    used[links["b_port"]] = True
    cables = Table(CABLES, _joined(rows.cables), words)
    return links, cables, Table(MODULES, _joined(rows.modules), words), used


def _joined(columns: dict[str, list[Array]]) -> dict[str, Array]:
    empty = np.zeros(0, dtype=np.int64)
    return {name: np.concatenate(arrays) if arrays else empty for name, arrays in columns.items()}


def _wire_tier(
    design: Design, source: FabricRows, batch: LinkBatch, layout: Layout, rows: _Rows
) -> _Tier:
    fabric = source.fabric
    planes = np.arange(source.wiring.planes)[:, None]
    count = len(batch.lower)
    shift = planes * source.switches_per_plane
    upper = source.first_device[batch.upper_role] + batch.upper[None, :] + shift
    b_port = (layout.first_port[upper] + batch.upper_port[None, :]).ravel().astype(np.int32)
    if batch.lower_role == "host":
        port = _node_ports(design, fabric.name, batch, planes)
        a_port = (layout.first_port[batch.lower][None, :] + port).ravel().astype(np.int32)
    else:
        lower = source.first_device[batch.lower_role] + batch.lower[None, :] + shift
        a_port = (layout.first_port[lower] + batch.lower_port[None, :]).ravel().astype(np.int32)
    media = fabric.media[batch.tier]
    a_cage, b_cage = layout.port_cage[a_port], layout.port_cage[b_port]
    cable = _cables(fabric, batch.tier, media, a_cage, b_cage, rows)
    total = count * source.wiring.planes
    values: dict[str, Array] = {
        "a_port": a_port,
        "b_port": b_port,
        "fabric": np.full(total, rows.code("fabric", fabric.name), dtype=np.int16),
        "tier": np.full(total, rows.code("tier", batch.tier), dtype=np.int16),
        "plane": np.repeat(planes.ravel().astype(np.int16), count),
        "rail": np.tile(batch.rail.astype(np.int16), source.wiring.planes),
        "speed_gbps": np.full(total, fabric.port_gbps, dtype=np.float32),
        "cable": cable.astype(np.int32),
    }
    for name, array in values.items():
        rows.links[name].append(array)
    return _Tier(media, batch.tier, a_port, b_port, a_cage, b_cage, cable)


def _node_ports(design: Design, name: str, batch: LinkBatch, planes: Array) -> Array:
    """The port of each node that a host link uses, by plane; shape (planes, links).

    A node's ports on a fabric are numbered through its NIC groups; the groups of other fabrics
    may lie between them, so the number is translated population by population.
    """
    wanted = batch.lower_port[None, :] + planes
    translated = np.empty_like(wanted)
    for population in design.populations:
        own = [
            np.arange(ports.first_port, ports.first_port + ports.ports)
            for ports in population.host_ports
            if ports.fabric == name
        ]
        if not own:
            continue
        inside = (batch.lower >= population.first_node) & (
            batch.lower < population.first_node + population.nodes
        )
        translated[:, inside] = np.concatenate(own)[wanted[:, inside]]
    return translated


def _cables(
    fabric: SizedFabric, tier: str, media: TierMedia, a_cage: Array, b_cage: Array, rows: _Rows
) -> Array:
    """The cable row of every link of a tier; the rows are added."""
    cable = media.cable
    number: Array = np.arange(len(a_cage))
    if cable is not None and not cable.is_fiber:
        if cable.links.value > 1:
            _, number = np.unique(b_cage, return_inverse=True)
        _check_plugs(fabric, tier, cable, number, a_cage, b_cage)
    count = int(number.max()) + 1 if len(number) else 0
    carried = np.bincount(number, minlength=count)
    fibers, strands = _fibers(fabric, media)
    values: dict[str, Array] = {
        "type": np.full(count, rows.code("type", cable.id if cable else UNSPECIFIED)),
        "fabric": np.full(count, rows.code("fabric", fabric.name)),
        "tier": np.full(count, rows.code("tier", tier)),
        "links": carried,
        "fibers": np.full(count, fibers),
        "strands": np.full(count, strands),
    }
    for name, array in values.items():
        rows.cables[name].append(array)
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
    for cages, plugs in ((a_cage, lower_plugs), (b_cage, 1)):
        pairs = np.unique(np.stack([cages, number]), axis=1)
        one_plug = len(pairs[0]) == len(np.unique(cages))
        most = int(np.bincount(pairs[1]).max()) if len(pairs[1]) else 0
        if not one_plug or most > plugs or int(np.bincount(number).max()) > cable.links.value:
            message = f"{cable.title} does not suit the cages of {tier}: their links part"
            hint = "use fiber, or a cable whose plugs hold the ports of one cage each"
            path = ("fabrics", fabric.name, "optics")
            raise InfeasibleError([Problem("RP315", message, hint, path)])


def _fibers(fabric: SizedFabric, media: TierMedia) -> tuple[int, int]:
    """Lit fibers and strands of one cable; -1 where no optics are named, 0 for copper."""
    if media.cable is not None and not media.cable.is_fiber:
        return 0, 0
    strands = media.cable.strands.value if media.cable is not None else None
    if fabric.switch.co_packaged is not None:
        lit: int | None = fabric.switch.co_packaged.fibers_per_port.value
    elif media.upper_module is not None:
        lit = media.upper_module.fibers.value // media.upper_module.ports.value
    else:
        lit = None
    return (-1 if lit is None else lit), (-1 if strands is None else strands)


def _add_modules(design: Design, fabric: SizedFabric, tiers: list[_Tier], rows: _Rows) -> None:
    """One row for every populated cage: a transceiver, or the plug of a cable with fixed ends."""
    cages, types, sides, cables = [], [], [], []
    for tier in tiers:
        at_hosts = tier.name == "host_leaf"
        fixed = tier.media.cable is not None and not tier.media.cable.is_fiber
        for upper, end in ((False, tier.a_cage), (True, tier.b_cage)):
            if not len(end) or end[0] < 0:
                continue  # no links, or optics inside the switch
            cage, first = np.unique(end, return_index=True)
            if at_hosts and not upper and not fixed:
                kind = _host_module_types(design, fabric, tier, first, rows)
            else:
                kind = np.full(len(cage), rows.code("type", _end_type(tier.media, upper=upper)))
            cages.append(cage)
            types.append(kind)
            sides.append(np.full(len(cage), 0 if at_hosts and not upper else 1))
            cables.append(tier.cable[first] if fixed else np.full(len(cage), -1))
    if not cages:
        return
    cage, first = np.unique(np.concatenate(cages), return_index=True)
    kind = np.concatenate(types)
    _refuse_shared_cages(fabric, np.concatenate(cages), kind)
    values: dict[str, Array] = {
        "cage": cage,
        "type": kind[first],
        "side": np.concatenate(sides)[first],
        "fabric": np.full(len(cage), rows.code("fabric", fabric.name)),
        "cable": np.concatenate(cables)[first],
    }
    for name, array in values.items():
        rows.modules[name].append(array)


def _end_type(media: TierMedia, *, upper: bool) -> str:
    """What is plugged in at the lower or upper end of a tier."""
    if media.cable is not None and not media.cable.is_fiber:
        return media.cable.id
    module = media.upper_module if upper else media.lower_module
    return module.id if module is not None else UNSPECIFIED


def _host_module_types(
    design: Design, fabric: SizedFabric, tier: _Tier, first: Array, rows: _Rows
) -> Array:
    """The module of each host cage, which its NIC group names."""
    port = tier.a_port[first]
    kinds = np.zeros(len(first), dtype=np.int64)
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


def _refuse_shared_cages(fabric: SizedFabric, cages: Array, kinds: Array) -> None:
    """RP315 when one cage would hold two different things (a plug and a transceiver)."""
    order = np.lexsort((kinds, cages))
    same_cage = cages[order][1:] == cages[order][:-1]
    if np.any(same_cage & (kinds[order][1:] != kinds[order][:-1])):
        message = f"a cage of {fabric.switch.title} would hold the ends of two kinds of cable"
        hint = "choose an oversubscription that splits the leaf at a whole cage"
        raise InfeasibleError([Problem("RP315", message, hint, ("fabrics", fabric.name))])
