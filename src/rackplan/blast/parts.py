"""The parts of a fabric that can fail, and which links each of them carries.

Parts at hosts, cables, panels and planes are listed all; switches and what is in them only for one
switch of each kind.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rackplan.blast.alike import Marks, in_group, mixed, sums
from rackplan.blast.loss import Healthy, Loss
from rackplan.blast.network import grouped
from rackplan.blast.setting import Part, Setting, part_of, populated
from rackplan.blast.switch_parts import switch_parts
from rackplan.sizes import LinkTier
from rackplan.tables import Array


def parts(setting: Setting) -> Iterator[Part]:
    """All parts of a fabric that can fail, from the host to the core and then what is shared."""
    yield from _at_hosts(setting)
    yield from _racks(setting)
    for tier in setting.net.fabric.size.links:
        yield from _on_the_way(setting, tier)
    yield from _panels(setting)
    yield from switch_parts(setting)
    planes = setting.net.fabric.size.planes
    if planes > 1:
        links = setting.net.links
        yield part_of("plane", "all", links.plane, np.arange(len(links)), count=planes, whole=True)


def worst(part: Part, setting: Setting, healthy: Healthy) -> Loss:
    """The worst loss among one part of each kind."""
    losses = [healthy.after(link, lost) for link, lost in examples(part, setting)]
    return max(losses or [healthy.after_nothing()], key=lambda loss: loss.severity)


def examples(part: Part, setting: Setting) -> Iterator[tuple[Array, Array]]:
    """The links and losses of one part of each kind: equal sums of marks are one kind."""
    if not len(part.member):
        return
    order = np.argsort(part.member, kind="stable")
    member, link, lost = part.member[order], part.link[order], part.lost[order]
    starts = np.flatnonzero(np.r_[True, member[1:] != member[:-1]])
    stops = np.append(starts[1:], len(member))
    number = np.repeat(np.arange(len(starts)), stops - starts)
    marks = mixed(setting.colours.link[link], np.round(lost * 4096).astype(np.int64))
    if len(starts) < len(member) and not part.whole:
        marks = mixed(marks, _in_common(number, link, setting))
    _, first = np.unique(sums(number, marks, len(starts)), return_index=True)
    for one in np.sort(first):  # a few kinds
        rows = slice(starts[one], stops[one])
        yield link[rows], lost[rows]


def _in_common(number: Array, link: Array, setting: Setting) -> Marks:
    """How many links of the same part have an end, a host or a GPU in common with each."""
    joined = setting.joined
    keys = (joined.low, joined.high, joined.unit)
    return mixed(*(in_group(grouped(number, key[link])) for key in keys))


def _at_hosts(setting: Setting) -> Iterator[Part]:
    """NICs, populated cages and nodes, by type of node."""
    net, tables = setting.net, setting.tables
    devices, ends = tables["devices"], net.ends
    with_module = populated(setting, "host")
    cage = tables["ports"]["cage"][ends.port]
    nodes = devices.where("kind", "node")
    for code, word in enumerate(devices.words["type"]):
        of_type = nodes & (devices["type"] == code)
        mine = np.flatnonzero(of_type[net.host[ends.host]])
        if not len(mine):
            continue
        yield part_of("NIC", word, _nics(setting, mine), ends.link[mine])
        plugged = mine[with_module[cage[mine]]]
        if len(plugged):
            yield part_of("host cage or module", word, cage[plugged], ends.link[plugged])
        yield part_of("node", word, ends.host[mine], ends.link[mine], whole=True)


def _nics(setting: Setting, mine: Array) -> Array:
    """The NIC of each of some ends: the row of its first port."""
    ports = setting.tables["ports"]
    nic = setting.net.ends.port[mine].astype(np.int64)
    device, index = ports["device"][nic], ports["index"][nic].astype(np.int64)
    first = nic - index
    for population in setting.design.populations:
        last = population.first_node + population.nodes
        inside = (device >= population.first_node) & (device < last)
        for held in population.host_ports:
            of_group = inside & (index >= held.first_port)
            of_group &= index < held.first_port + held.ports
            each = max(1, held.ports // held.group.count.value)
            place = (index - held.first_port) // each * each
            nic[of_group] = (first + held.first_port + place)[of_group]
    return nic


def _racks(setting: Setting) -> Iterator[Part]:
    """Racks with the hosts in them, by type of rack."""
    net, racks = setting.net, setting.tables["racks"]
    rack = setting.tables["devices"]["rack"][net.host[net.ends.host]].astype(np.int64)
    standing = np.flatnonzero(rack >= 0)
    for code, word in enumerate(racks.words["system"]):
        mine = standing[racks["system"][rack[standing]] == code]
        if len(mine):  # a link between two hosts of a rack counts once
            both = np.unique(rack[mine] * len(net.links) + net.ends.link[mine])
            member, link = np.divmod(both, len(net.links))
            yield part_of("rack", word, member, link, whole=not net.forwards)


def _on_the_way(setting: Setting, tier: LinkTier) -> Iterator[Part]:
    """The cables of a tier, or its links on boards."""
    net, tables = setting.net, setting.tables
    links, cables = tables["links"], tables["cables"]
    mine = np.flatnonzero(net.links.tier == links.code("tier", tier.name))
    if not len(mine):
        return
    if tier.printed:
        yield part_of("link on a board", tier.name, mine, mine, count=len(mine))
        return
    of_tier = cables.where("fabric", net.fabric.name) & cables.where("tier", tier.name)
    cable = links["cable"][net.links.row[mine]]
    count, note = int(of_tier.sum()), _uneven(setting, tier)
    yield part_of("cable", tier.name, cable, mine, count=count, note=note)


def _uneven(setting: Setting, tier: LinkTier) -> str:
    """What a lost cable does to bundles that were equal, as D-mod-K routing needs them.

    Reference: E. Zahavi, JPDC 72, 2012: constant bundles keep shift permutations apart.
    """
    sized, names = setting.net.fabric, [role.name for role in setting.net.fabric.size.roles]
    equal = getattr(sized.spec, "bundles", "") == "uniform" and tier.bundle > 1
    # A tier to the role next above; the way between zones passes roles over.
    if not equal or names.index(tier.upper) != names.index(tier.lower) + 1:
        return ""
    text = f"one of {tier.bundle} parallel links; bundles are no longer equal, "
    return f"{text}so D-mod-K routes contend"


def _panels(setting: Setting) -> Iterator[Part]:
    """Patch panels, shuffles and optical switches that links cross."""
    net, segments, links = setting.net, setting.tables["segments"], setting.tables["links"]
    number = np.full(len(links), -1)
    number[net.links.row] = np.arange(len(net.links))
    crossing = (segments["order"] == 0) & (number[segments["link"]] >= 0)
    link, panel = number[segments["link"][crossing]], segments["panel"][crossing]
    for tier, (held, count) in net.fabric.panels().items():
        mine = net.links.tier[link] == links.code("tier", tier)
        name = held.part.category.replace("-", " ")
        yield part_of(name, tier, panel[mine], link[mine], count=count)
