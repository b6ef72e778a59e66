"""What the parts of a fabric are looked up in, and the form that they are listed in."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from rackplan.blast.alike import Colours, coloured
from rackplan.blast.network import Joined, Network, network
from rackplan.design import Design, SizedFabric
from rackplan.tables import Array, Table


@dataclass(frozen=True)
class Part:
    """Parts of one kind at one place of a fabric.

    Attributes:
        name: what it is.
        at: where: type of the hosts, role of the switches, tier of the links.
        count: how many the plan has.
        member: number of the part; shape (rows,).
        link: a link that it carries; shape (rows,).
        lost: share of the link that is lost with it; shape (rows,).
        note: what is to be said of it.
        reading: which reading of the sources, where they leave it open.
        whole: whether it takes all links of its hosts or switches: then their marks tell it apart,
            and otherwise which ends its links have in common does too.
    """

    name: str
    at: str
    count: int
    member: Array
    link: Array
    lost: Array
    note: str = ""
    reading: str = ""
    whole: bool = False


@dataclass(frozen=True)
class Setting:
    """A fabric as arrays, what is alike in it, and the plan's design and tables."""

    design: Design
    tables: Mapping[str, Table]
    net: Network
    joined: Joined
    colours: Colours

    @classmethod
    def of(cls, design: Design, fabric: SizedFabric, tables: Mapping[str, Table]) -> Setting:
        """The setting of one fabric."""
        net = network(design, fabric, tables)
        joined = net.joined()
        return cls(design, tables, net, joined, coloured(net, joined))


def part_of(
    name: str,
    at: str,
    member: Array,
    link: Array,
    *,
    count: int | None = None,
    note: str = "",
    whole: bool = False,
) -> Part:
    """Parts that lose all of their links; counted from the rows where no count is given."""
    if count is None:
        count = int(np.count_nonzero(np.bincount(member)))
    return Part(name, at, count, member, link, np.ones(len(link)), note, whole=whole)


def populated(setting: Setting, side: str) -> Array:
    """Which cages hold a module or plug of the fabric at hosts or switches; False for cage -1."""
    modules = setting.tables["modules"]
    name = setting.net.fabric.name
    mine = modules.where("fabric", name) & modules.where("side", side)
    flag = np.zeros(len(setting.tables["cages"]) + 1, dtype=bool)
    flag[modules["cage"][mine]] = True
    return flag
