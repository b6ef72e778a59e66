"""From hosts to the shape of one plane: leaves first, then as few tiers above as close."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from rackplan.errors import InfeasibleError
from rackplan.sizes import Layout
from rackplan.topology import Offer, Offers
from rackplan.trees.leaves import (
    Guests,
    LeafKind,
    Leaves,
    Unit,
    arrange,
    leaf_kinds,
    together,
    too_small,
    with_uplinks,
)
from rackplan.trees.levels import Radix, three_or_four, two_tiers
from rackplan.trees.shape import Shape
from rackplan.trees.spec import TreeSpec


def shape_plane(  # what fixes one plane
    spec: TreeSpec,
    units: Sequence[Unit],
    rails: int,
    guests: Sequence[Guests],
    offers: Offers,
    *,
    spare: int = 0,
) -> Shape:
    """The shape of one plane.

    Args:
        spec: what is wanted.
        units: the end points that share leaves, on one rail.
        rails: rails of the plane; each has leaves of its own for every unit.
        guests: end points that take free ports.
        offers: the switches.
        spare: host ports of every leaf that are kept for guests.

    Raises:
        InfeasibleError: RP301 too few ports, RP324 no free port for a guest.
    """
    offer = offers.of("leaf")
    rates = list(dict.fromkeys(unit.gbps for unit in units))
    extra = sum(party.ends for party in guests)
    full = sum(unit.full_ends for unit in units) * rails + extra
    room = offer.ports(rates[0]) - spec.reserved_ports
    if room < 1:
        message = f"all {offer.ports(rates[0]):,} ports of {offer.title} are reserved"
        raise too_small(message, "reserve fewer")
    one_rate = len({*rates, *(party.gbps for party in guests)}) == 1
    if spec.tiers == 1 or (spec.tiers is None and one_rate and full <= room):
        return _single(spec, units, rails, guests, offer)
    kinds = leaf_kinds(spec, offer, rates, offers.link_gbps)
    if min(kind.down for kind in kinds) <= spare:
        raise too_small(f"{offer.title} has no host port beside {spare} for others", "ask for less")
    kinds = [replace(kind, hosts=kind.down - spare) for kind in kinds]
    leaves = arrange(units, rails, kinds, guests)
    radix = Radix.of(offers)
    if not radix.spine:
        message = (
            f"{offers.of('spine').title} has no ports of {offers.link_gbps:g} Gb/s for a spine"
        )
        raise too_small(message, "name another switch under switch_by_role.spine")
    made = None
    if spec.tiers in (None, 2):
        made = _two(spec, kinds, leaves, guests, offers, radix)
    for tiers in (3, 4):
        if made is None and spec.tiers in (None, tiers):
            found = three_or_four(spec, leaves, kinds[0].up, radix, tiers)
            if found is not None:
                grouping, above = found
                made = Shape(tuple(kinds), leaves, tuple(guests), grouping, above, {})
    if made is None:
        raise _does_not_close(spec, leaves, offers, radix)
    return replace(made, layouts=_layouts(made, offers))


def _single(
    spec: TreeSpec, units: Sequence[Unit], rails: int, guests: Sequence[Guests], offer: Offer
) -> Shape:
    gbps, own = units[0].gbps, sum(unit.ends for unit in units) * rails
    ends = own + sum(party.ends for party in guests)
    ports = offer.ports(gbps)
    rates = {unit.gbps for unit in units} | {party.gbps for party in guests}
    if rates != {gbps}:
        raise too_small("one switch serves hosts of one rate here", "use 'tiers: 2'")
    if ends + spec.reserved_ports > ports:
        needed = ends + spec.reserved_ports
        reserved = f" ({spec.reserved_ports:,} of them reserved)" if spec.reserved_ports else ""
        message = f"{offer.title} needs {needed:,} ports{reserved}, has {ports:,}"
        hint = f"use 'tiers: 2' or a switch with at least {needed:,} ports"
        raise too_small(message, hint)
    layout = offer.lay_out([(ports, gbps)])
    assert layout is not None, "a whole switch at one of its rates"  # noqa: S101
    down = ports - spec.reserved_ports
    kind = LeafKind(gbps, down, down, 0, ports, layout, Fraction(0))
    zero = np.zeros(1, dtype=np.int64)
    hall = units[0].hall
    leaves = Leaves(
        (0,) * len(units), 1, zero - 1, zero, zero, zero + hall, zero + own, zero + ends
    )
    here = tuple(replace(party, hall=hall) for party in guests)
    return Shape((kind,), leaves, here, together(leaves), None, {"leaf": (layout,)})


def _two(  # what fixes two tiers
    spec: TreeSpec,
    kinds: Sequence[LeafKind],
    leaves: Leaves,
    guests: Sequence[Guests],
    offers: Offers,
    radix: Radix,
) -> Shape | None:
    """Two tiers with the fewest spines.

    An uplink more than the hosts need can give equal bundles to far fewer spines.
    """
    offer, link = offers.of("leaf"), offers.link_gbps
    most = min(offer.room(link, (kind.down + spec.reserved_ports, kind.gbps)) for kind in kinds)
    best = None
    for up in range(kinds[0].up, max(most, kinds[0].up) + 1):
        above = two_tiers(spec, len(leaves), up, radix)
        if above is not None and (best is None or above.spines < best[1].spines):
            best = (up, above)
    if best is None:
        return None
    chosen = tuple(
        replace(with_uplinks(spec, offer, kind, link, best[0]), hosts=kind.hosts) for kind in kinds
    )
    return Shape(chosen, leaves, tuple(guests), together(leaves), best[1], {})


def _layouts(shape: Shape, offers: Offers) -> dict[str, tuple[Layout, ...]]:
    above = shape.above
    roles = ("spine", "core", "supercore")[: shape.tiers - 1] if above is not None else ()
    link = offers.link_gbps
    upper = {role: (offers.lay_out(role, [(offers.of(role).whole(link), link)]),) for role in roles}
    return {"leaf": tuple(kind.layout for kind in shape.kinds), **upper}


def _does_not_close(
    spec: TreeSpec, leaves: Leaves, offers: Offers, radix: Radix
) -> InfeasibleError:
    title = offers.of("spine").title
    if spec.tiers == 2:
        message = f"a spine needs {len(leaves):,} ports, one for each leaf; {title} has "
        hint = f"use 'tiers: 3' or a switch with at least {len(leaves):,} ports"
        return too_small(f"{message}{radix.spine}", hint)
    tiers = {3: "three", None: "four", 4: "four"}[spec.tiers]
    message = (
        f"{len(leaves):,} leaves on each plane are more than {tiers} tiers of {title} can join"
    )
    grouped = [key for key in ("leaves_per_group", "sus_per_pod", "core_groups")
               if getattr(spec, key) is not None]  # fmt: skip
    if grouped:
        size = getattr(spec, grouped[0])
        hint = f"remove '{grouped[0]}', or choose another"
        return too_small(f"{message} with '{grouped[0]}: {size}'", hint)
    ports = radix.spine
    most = (ports // 2) ** (3 if tiers == "four" else 2) * ports
    hint = f"its limit at full bandwidth is {most:,} end points a plane; add planes"
    return too_small(message, hint)
