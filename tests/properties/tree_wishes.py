"""Random trees of every kind: fat trees, rail-only fabrics and zones, with all their keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from types import ModuleType
from typing import Any

import numpy as np
from hypothesis import strategies as st
from tests.properties.invariants import Grown, grow

from rackplan.errors import InfeasibleError
from rackplan.fabrics import fat_tree, rail_only, two_zone
from rackplan.sizes import Bank, EndBlock, FabricSize
from rackplan.topology import LinkBatch, Offer, Offers, SwitchColumns
from rackplan.trees.shape import Above, Shape
from rackplan.trees.spec import TreeSpec
from rackplan.wiring import IntArray

RATIOS = [Fraction(1), Fraction(2), Fraction(3), Fraction(16, 15), Fraction(1, 2), Fraction(5, 3)]
CODES = {
    fat_tree: {"RP301", "RP324"},
    rail_only: {"RP301"},
    two_zone: {"RP301"},
}
"""The rules that may refuse a wish, by topology."""


@dataclass(frozen=True)
class Wish:
    """What is asked of `size()`."""

    module: ModuleType
    spec: TreeSpec
    blocks: tuple[EndBlock, ...]
    offers: Offers

    def size(self) -> FabricSize:
        sized: FabricSize = self.module.size(self.spec, self.blocks, self.offers)
        return sized

    def but(self, *, blocks: Sequence[EndBlock] | None = None, **keys: Any) -> Wish:
        """The same with other blocks, or other keys of the spec."""
        spec = self.spec.model_copy(update=keys)
        return Wish(
            self.module, spec, self.blocks if blocks is None else tuple(blocks), self.offers
        )

    @property
    def rails(self) -> int:
        return self.spec.rails if isinstance(self.spec, fat_tree.Spec) else 1

    def is_guest(self, block: EndBlock) -> bool:
        """Whether the ports of the block's hosts do not reach every rail."""
        return block.ports % (self.rails * self.spec.planes) > 0


@dataclass(frozen=True)
class Tree:
    """A wish that was granted: its counts and links."""

    wish: Wish
    grown: Grown

    @property
    def sized(self) -> FabricSize:
        return self.grown.sized

    @property
    def shapes(self) -> tuple[Shape, ...]:
        """The shape of a plane, zone by zone."""
        shape = self.sized.shape
        return shape.shapes if isinstance(shape, two_zone.Zones) else (shape,)

    @property
    def shape(self) -> Shape:
        (shape,) = self.shapes
        return shape

    @property
    def above(self) -> Above:
        assert self.shape.above is not None
        return self.shape.above

    def column(self, role: str) -> SwitchColumns:
        return next(one for one in self.grown.wiring.switches if one.role == role)

    def hall(self, role: str) -> IntArray:
        """The hall of every switch of a role in one plane, or of every host."""
        if role == "host":
            blocks = self.wish.blocks
            return np.repeat([one.hall for one in blocks], [one.nodes for one in blocks])
        column = self.column(role)
        return np.zeros(len(column.rail), dtype=np.int64) if column.hall is None else column.hall


def cables(batch: LinkBatch) -> set[tuple[int, ...]]:
    """Lower end and port, upper end and port, and rail of every link of a batch."""
    columns = (batch.lower, batch.lower_port, batch.upper, batch.upper_port, batch.rail)
    return set(zip(*(column.tolist() for column in columns), strict=True))


def granted(wish: Wish) -> Tree | None:
    """The tree, or None where it is refused."""
    try:
        return Tree(wish, grow(wish.module, wish.spec, wish.blocks, wish.offers))
    except InfeasibleError as error:
        if {problem.code for problem in error.problems} <= CODES[wish.module]:
            return None
        raise


def plain(ports: int) -> Offers:
    """A switch of which nothing but its ports is known, for all roles."""
    return Offers(Offer("the switch", {400.0: (ports, 1)}, ports), {}, 400.0)


def wish_of(
    nodes: Sequence[tuple[int, int]] | int, offers: Offers | int, *, ports: int = 1, **keys: Any
) -> Wish:
    """A fat tree of hosts that stand there and are designed for, unit by unit."""
    units = [(nodes, nodes)] if isinstance(nodes, int) else nodes
    spec = fat_tree.Spec(topology="fat-tree", switch="switch", **keys)
    offers = plain(offers) if isinstance(offers, int) else offers
    return Wish(fat_tree, spec, numbered([EndBlock(*unit, 0, ports, 400.0) for unit in units]),
                offers)  # fmt: skip


def numbered(blocks: Sequence[EndBlock]) -> tuple[EndBlock, ...]:
    """The blocks with their hosts numbered one after the other."""
    firsts = np.cumsum([0, *(block.nodes for block in blocks)]).tolist()
    return tuple(replace(one, first_node=n) for one, n in zip(blocks, firsts, strict=False))


# --- what a switch offers -------------------------------------------------------------------


@st.composite
def _offers(draw: st.DrawFn, style: str) -> tuple[Offers, list[float]]:
    """The switches, and the host rates that their leaves serve."""
    if style == "plain":
        ports = draw(st.one_of(st.integers(2, 12), st.integers(12, 40), st.integers(24, 64)))
        by_role = {
            role: Offer(f"the {role}", {400.0: (count, 1)}, count)
            for role in ("leaf", "spine", "core", "supercore")
            if draw(st.integers(0, 7)) == 7 and (count := draw(st.integers(2, 48)))
        }
        return replace(plain(ports), by_role=by_role), [400.0]
    if style == "uplinks":
        own, up = draw(st.integers(2, 24)), draw(st.integers(1, 6))
        leaf = Offer("the leaf", {1.0: (own, 1)}, own, Bank(up, 100.0, 1))
        count = draw(st.integers(2, 24))
        spine = Offer("the spine", {100.0: (count, 1)}, count)
        return Offers(leaf, dict.fromkeys(("spine", "core", "supercore"), spine), 100.0), [1.0]
    cages = draw(st.integers(2, 24))
    per_cage = 0 if draw(st.integers(0, 3)) == 3 else 1
    modes = {rate: (cages * split, split * per_cage)
             for rate, split in ((800.0, 1), (400.0, 2), (200.0, 4))}  # fmt: skip
    most = draw(st.sampled_from([cages * 4, cages * 3, cages * 2]))
    offer = Offer("the caged switch", modes, most)
    link = draw(st.sampled_from([800.0, 400.0, 200.0]))
    rates = draw(st.permutations([800.0, 400.0, 200.0]))
    return Offers(offer, {}, link), rates[: draw(st.integers(1, 2))]


# --- who is joined --------------------------------------------------------------------------


@st.composite
def _units(
    draw: st.DrawFn, rates: Sequence[float], striped: int, halls: int, most: int
) -> list[EndBlock]:
    """Scalable units, full or not, alone on their leaves or sharing them."""
    full = draw(st.integers(1, most))
    blocks = []
    for number in range(draw(st.integers(1, 5))):
        designed = draw(st.sampled_from([full, full, full, draw(st.integers(1, most))]))
        nodes = draw(st.sampled_from([designed, designed, draw(st.integers(1, designed))]))
        shared = draw(st.integers(0, 4)) == 4
        blocks.append(EndBlock(
            nodes=nodes,
            full_nodes=designed,
            first_node=0,
            ports=striped * draw(st.sampled_from([1, 1, 1, 2])),
            gbps=rates[0] if number == 0 else draw(st.sampled_from(list(rates))),
            unit=draw(st.integers(0, 1)) if shared else -1,
            hall=draw(st.integers(0, halls - 1)),
        ))  # fmt: skip
    return blocks


@st.composite
def _guests(draw: st.DrawFn, units: Sequence[EndBlock], rails: int, planes: int) -> list[EndBlock]:
    """Hosts whose ports do not reach every rail, at a rate and in a hall of some unit."""
    if rails == 1 or draw(st.integers(0, 2)) < 2:
        return []
    parties = []
    for _ in range(draw(st.integers(1, 2))):
        like = draw(st.sampled_from(list(units)))
        ports = draw(st.integers(1, 2 * rails).filter(lambda n: n % rails > 0))
        nodes = draw(st.integers(1, 3))
        parties.append(EndBlock(nodes, nodes, 0, ports * planes, like.gbps, hall=like.hall))
    return parties


def _ratio_keys(draw: st.DrawFn) -> Any:
    ratio = st.sampled_from(RATIOS)
    if draw(st.booleans()):
        return draw(ratio)
    return {"leaf": draw(ratio), "spine": draw(ratio), "core": draw(ratio)}


def _keys(draw: st.DrawFn, tiers: int | None) -> dict[str, Any]:
    """The keys that all trees have."""
    seldom = st.integers(0, 3).map(lambda n: n == 3)
    keys: dict[str, Any] = {
        "switch": "switch",
        "tiers": tiers,
        "oversubscription": _ratio_keys(draw),
        "bundles": draw(st.sampled_from(["uniform", "uniform", "spread"])),
        "reserved_ports": draw(st.integers(0, 4)) if draw(seldom) else 0,
        "backup_ports": draw(st.integers(0, 3)) if draw(seldom) else 0,
    }
    if draw(seldom):
        keys["core_groups"] = draw(st.integers(1, 6))
    if draw(seldom):
        keys["leaves_per_group"] = draw(st.integers(1, 6))
    elif draw(seldom):
        keys["sus_per_pod"] = draw(st.integers(1, 3))
    return keys


TIERS = (None, None, 1, 2, 3, 4)
STYLES = ("plain", "plain", "cages", "uplinks")


@st.composite
def fat_trees(
    draw: st.DrawFn,
    tiers: Sequence[int | None] = TIERS,
    styles: Sequence[str] = STYLES,
    most: int = 16,
) -> Wish:
    """Fat trees with every key, hosts of several rates, guests, halls."""
    offers, rates = draw(_offers(draw(st.sampled_from(list(styles)))))
    rails, planes = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    halls = draw(st.sampled_from([1, 1, 2, 3]))
    units = draw(_units(rates, rails * planes, halls, most))
    guests = draw(_guests(units, rails, planes))
    keys = _keys(draw, draw(st.sampled_from(list(tiers))))
    spec = fat_tree.Spec(topology="fat-tree", rails=rails, planes=planes, **keys)
    return Wish(fat_tree, spec, numbered([*units, *guests]), offers)


@st.composite
def rails_alone(draw: st.DrawFn, tiers: Sequence[int | None] = TIERS, most: int = 16) -> Wish:
    """Rail-only fabrics: domains of one host or several."""
    offers, rates = draw(_offers(draw(st.sampled_from(["plain", "cages"]))))
    domain, ports = draw(st.integers(1, 4)), draw(st.integers(1, 3))
    units = draw(_units(rates[:1], 1, draw(st.sampled_from([1, 1, 2])), most))
    blocks = [
        replace(one, nodes=one.nodes * domain, full_nodes=one.full_nodes * domain, ports=ports,
                domain=domain)
        for one in units
    ]  # fmt: skip
    spec = rail_only.Spec(topology="rail-only", **_keys(draw, draw(st.sampled_from(list(tiers)))))
    return Wish(rail_only, spec, numbered(blocks), offers)


@st.composite
def zones(draw: st.DrawFn, tiers: Sequence[int | None] = TIERS, most: int = 24) -> Wish:
    """Zones of their own trees with a few switches between them."""
    offers, rates = draw(_offers(draw(st.sampled_from(["plain", "plain", "cages"]))))
    planes = draw(st.integers(1, 2))
    units = draw(_units(rates[:1], planes, draw(st.sampled_from([1, 1, 2])), most))
    spec = two_zone.Spec(
        topology="two-zone",
        planes=planes,
        zones=draw(st.integers(2, 3)),
        interzone_switches=draw(st.integers(1, 3)),
        interzone_links=draw(st.sampled_from([None, 1, 2, 5])),
        **_keys(draw, draw(st.sampled_from(list(tiers)))),
    )
    return Wish(two_zone, spec, numbered(units), offers)
