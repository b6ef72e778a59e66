"""Links, cables and modules: the wiring of each fabric turned into rows."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from rackplan.build.hardware import FabricRows, Layout
from rackplan.catalog import Cable
from rackplan.design import UNSPECIFIED, Design, SizedFabric, TierMedia, fibers_per_port
from rackplan.errors import InfeasibleError, Problem
from rackplan.tables import CABLES, LINKS, MODULES, Array, Table
from rackplan.topology import LinkBatch


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
        _add_modules(design, fabric_rows.fabric, tiers, len(layout.cages), rows)
    words = {name: tuple(values) for name, values in rows.words.items()}
    links = Table(LINKS, _joined(rows.links), words)
    rows.links.clear()
    used = np.zeros(len(layout.port_device), dtype=bool)
    used[links["a_port"]] = True
    used[links["b_port"]] = True
    cables = Table(CABLES, _joined(rows.cables), words)
    rows.cables.clear()
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
    words = {
        "type": rows.code("type", cable.id if cable else UNSPECIFIED),
        "fabric": rows.code("fabric", fabric.name),
        "tier": rows.code("tier", tier),
        "fibers": fibers,
        "strands": strands,
    }
    values: dict[str, Array] = {
        name: np.full(count, code, dtype=np.int16) for name, code in words.items()
    }
    values["links"] = carried
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
        carried = int(np.bincount(number).max()) if len(number) else 0
        split = plugs == 1 or len(pairs[0]) == len(number)  # each tail holds one link
        if not one_plug or not split or most > plugs or carried > cable.links.value:
            message = f"{cable.title} does not suit the cages of {tier}: their links part"
            hint = "use fiber, or a cable whose plugs hold the ports of one cage each"
            path = ("fabrics", fabric.name, "optics")
            raise InfeasibleError([Problem("RP315", message, hint, path)])


def _fibers(fabric: SizedFabric, media: TierMedia) -> tuple[int, int]:
    """Lit fibers and strands of one cable; -1 where no optics are named, 0 for copper."""
    if media.cable is not None and not media.cable.is_fiber:
        return 0, 0
    strands = media.cable.strands.value if media.cable is not None else None
    lit = fibers_per_port(fabric.switch, fabric.mode, media.upper_module)
    return (-1 if lit is None else lit), (-1 if strands is None else strands)


def _add_modules(
    design: Design, fabric: SizedFabric, tiers: list[_Tier], cages: int, rows: _Rows
) -> None:
    """One row for every populated cage: a transceiver, or the plug of a cable with fixed ends.

    Columns over all cages are filled link by link; sorting the cages would cost ten times more.
    """
    kind = np.full(cages, -1, dtype=np.int16)
    at_host = np.zeros(cages, dtype=np.bool_)
    cable = np.full(cages, -1, dtype=np.int32)
    for tier in tiers:
        at_hosts = tier.name == "host_leaf"
        fixed = tier.media.cable is not None and not tier.media.cable.is_fiber
        for upper, end in ((False, tier.a_cage), (True, tier.b_cage)):
            in_cage = end >= 0
            cage = end[in_cage]
            if not len(cage):
                continue
            word: Array | int
            if at_hosts and not upper and not fixed:
                word = _host_module_types(design, fabric, tier.a_port[in_cage], rows)
            else:
                word = rows.code("type", _end_type(tier.media, upper=upper))
            empty = kind[cage] < 0
            new = cage[empty]
            kind[new] = word if isinstance(word, int) else word[empty]
            at_host[new] = at_hosts and not upper
            if fixed:  # the first link of a cage names its cable: the last one written stays
                cable[new[::-1]] = tier.cable[in_cage][empty][::-1]
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
    for name, array in values.items():
        rows.modules[name].append(array)


def _end_type(media: TierMedia, *, upper: bool) -> str:
    """What is plugged in at the lower or upper end of a tier."""
    if media.cable is not None and not media.cable.is_fiber:
        return media.cable.id
    module = media.upper_module if upper else media.lower_module
    return module.id if module is not None else UNSPECIFIED


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
    message = f"a cage of {fabric.switch.title} would hold the ends of two kinds of cable"
    hint = "choose an oversubscription that splits the leaf at a whole cage"
    return InfeasibleError([Problem("RP315", message, hint, ("fabrics", fabric.name))])
