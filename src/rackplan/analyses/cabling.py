"""Cables to order, by length: pieces, metres, weight, and how far they are from their reach."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from rackplan.build import Plan
from rackplan.design import SizedFabric, TierMedia
from rackplan.sizes import HOST
from rackplan.tables import Array, Column, Result

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "tier": Column("str", "", "tier"),
    "cable": Column("str", "", "catalog id of cord, cable or trunk"),
    "length_m": Column("float", "m", "length to order; empty where unknown, or beyond every one"),
    "pieces": Column("int", "", "cables"),
    "total_m": Column("float", "m", "metres to order; empty where unknown"),
    "kg": Column("float", "kg", "their weight without plugs; empty where unpublished"),
    "longest_m": Column("float", "m", "longest way of one of them, with slack"),
    "channel_m": Column("float", "m", "longest way from port to port that one of them is part of"),
    "reach_m": Column("float", "m", "longest way that works; empty where unpublished"),
    "margin_m": Column("float", "m", "reach less that way; empty where unknown"),
}


def cabling(plan: Plan) -> Result:
    """Cables by fabric, tier, type and ordered length; none without a floor."""
    title = "Cables by length"
    if plan.placed is None:
        note = "without 'floor' no length is known"
        return Result("cabling", title, _COLUMNS, (), (note,))
    cables = plan.tables["cables"]
    length = np.nan_to_num(cables["length_m"].astype(np.float64), nan=-1.0).round(3)
    lengths, step = np.unique(length, return_inverse=True)
    keys = np.zeros(len(cables), dtype=np.int64)
    for name in ("fabric", "tier", "type"):
        keys = keys * len(cables.words[name]) + cables[name]
    keys = keys * len(lengths) + step
    _, first, group, count = np.unique(
        keys, return_index=True, return_inverse=True, return_counts=True
    )
    longest, channel = (
        _largest(group, values, len(first)) for values in (cables["route_m"], _channels(plan))
    )
    rows = tuple(
        _row(plan, int(first[at]), int(count[at]), float(longest[at]), float(channel[at]))
        for at in range(len(first))
    )
    return Result("cabling", title, _COLUMNS, rows, tuple(_notes(rows)))


def _channels(plan: Plan) -> Array:
    """The longest way from port to port that each cable is part of; nan where unknown. [m]"""
    links, segments, cables = (plan.tables[name] for name in ("links", "segments", "cables"))
    route = cables["route_m"].astype(np.float64)
    cabled = links["cable"] >= 0
    whole = np.full(len(links), np.nan)
    whole[cabled] = route[links["cable"][cabled]]
    if len(segments):
        crossed = np.unique(segments["link"])
        sums = np.bincount(segments["link"], route[segments["cable"]], len(links))
        whole[crossed] = sums[crossed]
    found = np.full(len(cables), np.nan)
    np.fmax.at(found, links["cable"][cabled], whole[cabled])
    np.fmax.at(found, segments["cable"], whole[segments["link"]])
    return found


def _largest(group: Array, values: Array, count: int) -> Array:
    """The largest known value of every group; nan where none is known."""
    found = np.full(count, np.nan)
    np.fmax.at(found, group, values.astype(np.float64))
    return found


def _row(plan: Plan, cable: int, pieces: int, longest: float, channel: float) -> dict[str, object]:
    """One row, by one of its cables."""
    cables = plan.tables["cables"]
    words = {name: cables.words[name][cables[name][cable]] for name in ("fabric", "tier", "type")}
    length = _known(float(cables["length_m"][cable]))
    entry = plan.design.cables().get(words["type"])
    each = entry.kg_per_m.value if entry is not None else None
    total = None if length is None else round(pieces * length, 3)
    reach = _reach_m(plan, plan.fabric(words["fabric"]), words["tier"], words["type"])
    way = _known(channel)
    return {
        "fabric": words["fabric"],
        "tier": words["tier"],
        "cable": words["type"],
        "length_m": length,
        "pieces": pieces,
        "total_m": total,
        "kg": None if total is None or each is None else round(total * each, 3),
        "longest_m": _known(longest),
        "channel_m": way,
        "reach_m": reach,
        "margin_m": None if reach is None or way is None else round(reach - way, 3),
    }


def _known(metres: float) -> float | None:
    return None if np.isnan(metres) else round(metres, 3)


def _reach_m(plan: Plan, fabric: SizedFabric, tier: str, kind: str) -> float | None:
    """The shortest published reach of the cable and the optics at its ends. [m]"""
    options = fabric.options.get(tier, ())
    media = next(
        (one for one in (*options, fabric.media[tier]) if one.cable and one.cable.id == kind),
        fabric.media[tier],
    )
    found = [media.reach_m, *_published(plan, fabric, tier, media)]
    if media is fabric.media[tier]:
        found.append(fabric.reach_m(tier))
    known = [metres for metres in found if metres is not None]
    return min(known) if known else None


def _published(
    plan: Plan, fabric: SizedFabric, tier: str, media: TierMedia
) -> Iterator[float | None]:
    """Reaches of the cable, and of the modules at both ends."""
    yield from (
        entry.reach_m.value
        for entry in (media.cable, media.lower_module, media.upper_module)
        if entry is not None
    )
    ends = next(one for one in fabric.size.links if one.name == tier)
    if ends.lower != HOST or media.copper is not None or media.lower_module is not None:
        return
    for population in plan.design.populations:
        for ports in population.host_ports:
            if ports.fabric == fabric.name and ports.module is not None:
                yield ports.module.reach_m.value


def _notes(rows: tuple[dict[str, object], ...]) -> Iterator[str]:
    def told(wanted: str) -> list[str]:
        return list(dict.fromkeys(str(row["cable"]) for row in rows if row[wanted] is None))

    if beyond := told("length_m"):
        yield f"no length can be ordered that is long enough for some of {', '.join(beyond)}"
    if light := told("kg"):
        yield f"nobody has published the weight of {', '.join(light)}; plugs are in no weight"
    if short := told("reach_m"):
        yield f"nobody has published how far {', '.join(short)} and the optics at its ends reach"
