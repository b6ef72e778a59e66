"""What links chose by their length, as the Design tells it: modules and plugs by role."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from rackplan.catalog import Cable, Transceiver
from rackplan.design import Design, SizedFabric
from rackplan.tables import Table

Held = tuple[Transceiver | Cable | None, int]


def with_chosen(design: Design, tables: Mapping[str, Table]) -> Design:
    """The design with the counts of what was plugged in where no formula gives them."""
    return replace(design, fabrics=tuple(
        replace(fabric, chosen=_held(fabric, tables)) if fabric.options else fabric
        for fabric in design.fabrics
    ))  # fmt: skip


def _held(fabric: SizedFabric, tables: Mapping[str, Table]) -> dict[str, tuple[Held, ...]]:
    """By role, what sits in the cages of its switches and how often."""
    modules, devices = tables["modules"], tables["devices"]
    device = tables["cages"]["device"][modules["cage"]]
    mine = modules.where("fabric", fabric.name) & (device >= 0)
    entries: dict[str, Transceiver | Cable] = {}
    for media in fabric.all_media():
        for one in (media.lower_module, media.upper_module, media.copper):
            if one is not None:
                entries[one.id] = one
    found: dict[str, tuple[Held, ...]] = {}
    of_fabric = devices.where("fabric", fabric.name)
    for role in fabric.size.roles:
        own = mine & (of_fabric & devices.where("role", role.name))[device]
        counts = np.bincount(modules["type"][own], minlength=len(modules.words["type"]))
        found[role.name] = tuple(
            (entries.get(word), int(count))
            for word, count in zip(modules.words["type"], counts, strict=True)
            if count
        )
    return found
