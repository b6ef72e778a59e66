"""Modules and plugs: what sits in every populated cage."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from rackplan.build.growing import Rows
from rackplan.design import UNSPECIFIED, Design, SizedFabric, TierMedia
from rackplan.errors import InfeasibleError, Problem
from rackplan.sizes import HOST
from rackplan.tables import (
    Array,
)


@dataclass(frozen=True)
class CabledTier:
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


def add_modules(
    design: Design, fabric: SizedFabric, tiers: list[CabledTier], cages: int, rows: Rows
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


def _mediums(tiers: list[CabledTier]) -> Iterator[tuple[CabledTier, TierMedia, int]]:
    """Every medium of every tier, with its number."""
    for tier in tiers:
        for number, media in enumerate(tier.options):
            yield tier, media, number


def _end_type(media: TierMedia, *, upper: bool) -> str:
    """What is plugged in at the lower or upper end of a tier."""
    held = media.held(upper=upper)
    return held.id if held is not None else UNSPECIFIED


def _host_module_types(design: Design, fabric: SizedFabric, port: Array, rows: Rows) -> Array:
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
