"""What a fiber channel loses between its modules, and whether they bear it."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from rackplan.catalog.facts import claim_origin
from rackplan.catalog.optics import Transceiver
from rackplan.channel.chain import Channel, Component, is_adapter, is_box
from rackplan.errors import Problem

TOLERANCE_DB = 1e-9
"""Sums of rounded decimals may miss a limit by less than this. [dB]"""


def loss_db(channel: Channel) -> float | None:
    """Loss between the modules, at most; None while a figure or a length is not known. [dB]

    `IL = sum over matings of IL_connector + sum over parts of attenuation x length`. A mating is
    where two neighbours of the chain meet, so a panel has two; the worse figure of the two holds.
    The matings at the modules belong to the modules' own budget, and a box that tells its loss
    contains its connectors. NVIDIA's largest channels are 4 x 0.35 dB + 0.5 km x 0.4 dB/km =
    1.60 dB and 4 x 0.35 dB + 0.05 km x 3 dB/km = 1.55 dB (nvidia-mpo-cabling).
    """
    matings, way = _mating_losses(channel.parts), _way_loss(channel)
    if matings is None or way is None:
        return None
    return sum(matings) + way


def _mating_losses(parts: Sequence[Component]) -> list[float] | None:
    """The loss of each mating between neighbours and of each box; None when one is not known."""
    losses: list[float | None] = [part.loss_db.value for part in parts if is_box(part)]
    for a, b in pairwise(parts):
        if not (is_box(a) or is_box(b)):
            known = [part.loss_db.value for part in (a, b) if part.loss_db.value is not None]
            losses.append(max(known, default=None))
    told = [loss for loss in losses if loss is not None]
    return told if len(told) == len(losses) else None


def _way_loss(channel: Channel) -> float | None:
    """The loss along the fibers; None while a length or an attenuation is not known. [dB]"""
    if not channel.lengths_m:
        return None
    total = 0.0
    for part, length in zip(channel.parts, channel.lengths_m, strict=True):
        if length == 0 or is_adapter(part) or is_box(part):
            continue
        if part.db_per_km.value is None:
            return None
        total += part.db_per_km.value * length / 1000
    return total


def loss_problems(channel: Channel) -> list[Problem]:
    """RP339 where the channel loses more than the modules bear."""
    matings, way = _mating_losses(channel.parts), _way_loss(channel)
    bears = budget(channel)
    if matings is None or way is None or bears is None:
        return []
    module, limit = bears
    loss = sum(matings) + way
    if loss <= limit + TOLERANCE_DB:
        return []
    source = claim_origin(module, module.budget_db)[0]
    message = (
        f"the channel {channel.ids} loses {loss:.2f} dB (connectors {sum(matings):.2f}, "
        f"fiber {way:.2f}); {module.title} bears {limit:.2f} dB"
        f"{f' ({source})' if source else ''}"
    )
    hint = "use fewer panels, connectors of lower loss, or modules that bear more"
    return [Problem("RP339", message, hint, channel.path)]


def budget(channel: Channel) -> tuple[Transceiver, float] | None:
    """The module that bears least, and what; None when neither says. [dB]"""
    told = [(end, end.budget_db.value) for end in channel.modules]
    known = [(end, limit) for end, limit in told if limit is not None]
    return min(known, key=lambda pair: pair[1], default=None)
