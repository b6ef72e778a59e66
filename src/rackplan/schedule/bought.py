"""What the catalog says about the cables and modules of a plan, by type."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from rackplan.catalog import Cable, Part, Transceiver
from rackplan.catalog.base import Entry
from rackplan.design import UNSPECIFIED, Design
from rackplan.schedule.arrow import words
from rackplan.tables import Array

_FIBER = {"single": "single-mode fiber", "multi": "multimode fiber", None: "fiber"}


def modules_of(design: Design) -> dict[str, Transceiver]:
    """The transceivers of all tiers and hosts by id."""
    found = [
        module
        for fabric in design.fabrics
        for media in fabric.all_media()
        for module in (media.lower_module, media.upper_module)
    ]
    found += [ports.module for population in design.populations for ports in population.host_ports]
    return {module.id: module for module in found if module is not None}


def named(types: Sequence[str]) -> list[str | None]:
    """Types by code, None for what nobody named."""
    return [None if one == UNSPECIFIED else one for one in types]


def medium(cable: Cable | Part | None) -> str | None:
    """What carries the light or current: dac, aoc, single-mode fiber and so on."""
    if cable is None:
        return None
    if isinstance(cable, Cable) and not cable.is_fiber:
        return cable.kind
    return _FIBER[cable.fiber_mode]


def plug(cable: Cable | Part | None, *, upper: bool) -> str | None:
    """The connector at one end: a fixed end's form, the switch side first, or the cord's."""
    if cable is None:
        return None
    if isinstance(cable, Part):
        return cable.connector.value
    if cable.forms:
        return cable.forms[0 if upper else -1]
    return cable.connector or None


def part_number(entry: Entry | None) -> str | None:
    """The part number of what comes in one length; None where there are several or none."""
    return entry.part_numbers[0] if entry is not None and len(entry.part_numbers) == 1 else None


def cable_part_numbers(
    cables: dict[str, Cable | Part], types: Sequence[str], code: Array, length_m: Array
) -> pa.DictionaryArray:
    """Part numbers of cables: one for all lengths, or one for each of its lengths in order."""
    length = np.round(np.nan_to_num(length_m.astype(float), nan=-0.001) * 1000).astype(np.int64)
    base = int(length.max(initial=0)) + 2
    key, place = np.unique(code.astype(np.int64) * base + length + 1, return_inverse=True)
    texts: list[str | None] = []
    for one in key.tolist():  # types times lengths
        cable = cables.get(types[one // base])
        text = part_number(cable)
        if cable is not None and len(cable.part_numbers) == len(cable.lengths_m) > 1:
            lengths = [round(metres * 1000) for metres in cable.lengths_m]
            wanted = one % base - 1
            text = cable.part_numbers[lengths.index(wanted)] if wanted in lengths else None
        texts.append(text)
    return words(texts, place)
