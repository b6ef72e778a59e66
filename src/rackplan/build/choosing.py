"""Which medium each link takes: the first one that reaches, the same for a whole cage."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rackplan.channel.chain import Channel
from rackplan.channel.loss import loss_problems
from rackplan.channel.reach import alternative
from rackplan.channel.reach import reach_m as channel_reach
from rackplan.channel.reach import too_long as channel_too_long
from rackplan.design import SizedFabric, TierMedia
from rackplan.errors import Problem
from rackplan.tables import Array


def choose(options: Sequence[TierMedia], route: Array, a_cage: Array, b_cage: Array) -> Array:
    """Number of the option of each link, shape (links,).

    Options reach further one after the other. The links of a cage share what is plugged in, so
    they take what the longest of them needs; and a cable with fixed ends is passed over where the
    links of its plugs lead to several cages.

    Args:
        options: media, each reaching further than the one before.
        route: length of each link with slack, nan where unknown. [m]
        a_cage: cage at the lower end of each link, -1 where it has none.
        b_cage: cage at the upper end.
    """
    reach = np.array([np.inf if one.reach_m is None else one.reach_m for one in options])
    chosen = np.searchsorted(reach, np.nan_to_num(route, nan=np.inf), side="left")
    chosen = np.minimum(chosen, len(options) - 1)
    while True:
        before = chosen.copy()
        for number, media in enumerate(options[:-1]):
            if media.copper is not None:
                own = np.flatnonzero(chosen == number)
                parted = _parted(media, a_cage[own], b_cage[own])
                chosen[own[parted]] += 1
        for cage in (a_cage, b_cage):
            chosen = _as_the_cage(chosen, cage)
        if np.array_equal(before, chosen):
            return chosen


def _as_the_cage(chosen: Array, cage: Array) -> Array:
    """The highest option of all links of a cage for each of them."""
    plugged = cage >= 0
    if not plugged.any():
        return chosen
    highest = np.zeros(int(cage.max()) + 1, dtype=chosen.dtype)
    np.maximum.at(highest, cage[plugged], chosen[plugged])
    return np.where(plugged, highest[cage], chosen)


def _parted(media: TierMedia, a_cage: Array, b_cage: Array) -> Array:
    """Links whose cages are joined to more cages than their cable has plugs."""
    if media.copper is None or not len(a_cage):
        return np.zeros(len(a_cage), dtype=bool)
    tails = media.copper.ends.value - 1
    if np.any(a_cage < 0) or np.any(b_cage < 0):
        return np.full(len(a_cage), media.copper.links.value > 1)
    width = int(b_cage.max()) + 1
    pairs = np.unique(a_cage.astype(np.int64) * width + b_cage)
    uppers = np.bincount(pairs // width, minlength=int(a_cage.max()) + 1)
    lowers = np.bincount(pairs % width, minlength=width)
    return np.asarray((uppers[a_cage] > 1) | (lowers[b_cage] > tails))


def too_long(fabric: SizedFabric, tier: str, media: TierMedia, route: Array) -> list[Problem]:
    """RP336 where links are longer than their medium reaches, RP339 where they lose too much light.

    Args:
        fabric: the fabric.
        tier: name of the tier.
        media: what the links take.
        route: length of each with slack, nan where unknown. [m]
    """
    limit = _limit(fabric, tier, media)
    if limit is None:
        return _lossy(fabric, media, route)
    metres, text = limit
    long = np.flatnonzero(np.nan_to_num(route) > metres + 1e-9)
    if not len(long):
        return _lossy(fabric, media, route)
    longest = float(route[long].max())
    message = f"{len(long):,} links of {tier} are up to {longest:,.1f} m long; {text}"
    hint = alternative(longest, fabric.others(tier))
    return [Problem("RP336", message, hint, ("fabrics", fabric.name))]


def long_channel(fabric: SizedFabric, tier: str, media: TierMedia, lengths: Array) -> list[Problem]:
    """RP336 and RP339 for the longest channel over panels and a trunk.

    Args:
        fabric: the fabric.
        tier: name of the tier.
        media: its media, with panel, trunk and cord.
        lengths: first cord, trunk and last cord of each link; shape (3, links). [m]
    """
    if media.trunk is None or not lengths.shape[1]:
        return []
    near, trunk, far = lengths[:, int(np.nansum(lengths, axis=0).argmax())].tolist()
    path = ("fabrics", fabric.name, "optics", "tiers", tier)
    metres = (near, 0.0, trunk, 0.0, far)
    lower = media.lower_module or media.at_host
    channel = Channel(lower, media.upper_module, media.trunk.parts, metres, path)
    return [*channel_too_long(channel, near + trunk + far, tier), *loss_problems(channel)]


def _lossy(fabric: SizedFabric, media: TierMedia, route: Array) -> list[Problem]:
    """RP339 where the longest cord loses more than its modules bear."""
    known = route[~np.isnan(route)]
    if media.cable is None or not media.cable.is_fiber or media.panel is not None or not len(known):
        return []
    path = ("fabrics", fabric.name, "optics")
    longest = (float(known.max()),)
    lower = media.lower_module or media.at_host
    channel = Channel(lower, media.upper_module, (media.cable,), longest, path)
    return loss_problems(channel)


def _limit(fabric: SizedFabric, tier: str, media: TierMedia) -> tuple[float, str] | None:
    """The least reach of cable, modules and built-in optics of a tier, and who has it."""
    parts = (media.cable,) if media.cable is not None else ()
    found = channel_reach(Channel(media.lower_module or media.at_host, media.upper_module, parts))
    built_in = fabric.reach_m(tier)
    if found is not None and (built_in is None or found.m <= built_in):
        return found.m, found.text
    if built_in is None:
        return None
    return built_in, f"the optics of {tier} reach {built_in:g} m"
