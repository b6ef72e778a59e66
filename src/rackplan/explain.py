"""Where a number comes from: value, formula, inputs and sources, as a tree."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from rackplan.analyses.power import power, total_power, unknown_power
from rackplan.build import Plan
from rackplan.catalog.base import POWER_KINDS, Entry, PowerKind, Source
from rackplan.catalog.claims import matching_facts
from rackplan.catalog.consistency import contradictions
from rackplan.catalog.facts import claim_origin, facts
from rackplan.design import Domain, Population, SizedFabric
from rackplan.sizes import Role
from rackplan.units import show_value

_PLURALS = {"leaf": "leaves", "spine": "spines", "core": "cores", "supercore": "supercores",
            "router": "routers"}  # fmt: skip


@dataclass(frozen=True)
class Explanation:
    """One number, and what it follows from.

    Attributes:
        name: what it is, as a path.
        value: the number; None is unknown.
        unit: its unit, empty for counts.
        formula: how it follows from the inputs, in words and numbers.
        note: what a reader must know.
        source: who says so, for a number of the catalog.
        status: how sure it is.
        inputs: the numbers that it follows from.
        claims: claims that disagree: value, source and note.
    """

    name: str
    value: Any
    unit: str = ""
    formula: str = ""
    note: str = ""
    source: str = ""
    status: str = ""
    inputs: tuple[Explanation, ...] = ()
    claims: tuple[Mapping[str, Any], ...] = field(default=())

    def as_data(self) -> dict[str, Any]:
        """The tree as plain data, empty parts left out."""
        told: dict[str, Any] = {"name": self.name, "value": self.value}
        for key in ("unit", "formula", "note", "source", "status"):
            if getattr(self, key):
                told[key] = getattr(self, key)
        if self.inputs:
            told["inputs"] = [part.as_data() for part in self.inputs]
        if self.claims:
            told["claims"] = [dict(claim) for claim in self.claims]
        return told


class UnknownQuantityError(LookupError):
    """No quantity has this name; `choices` are those there are."""

    def __init__(self, wanted: str, choices: list[str]) -> None:
        super().__init__(f"nothing is called '{wanted}'")
        self.wanted = wanted
        self.choices = choices


def explain_fact(entry: Entry, fact_name: str, sources: Mapping[str, Source]) -> Explanation:
    """A number of the catalog with its source, and the claims that disagree.

    Raises:
        UnknownQuantityError: the entry has no such fact, or several.
    """
    found = matching_facts(entry, fact_name)
    if len(found) != 1:
        names = [f"{entry.id}.{name}" for name, _ in (found or facts(entry))]
        raise UnknownQuantityError(f"{entry.id}.{fact_name}", names)
    ((name, fact),) = found
    key, status = claim_origin(entry, fact)
    claims = []
    for claim in fact.alternatives:
        origin, sure = claim_origin(entry, claim)
        claims.append({
            "value": claim.value, "source": _cited(origin, sources), "status": sure or "",
            "note": claim.note, "inconsistent": contradictions(entry, name, claim.value),
        })  # fmt: skip
    return Explanation(
        name=f"{entry.id}.{name}",
        value=fact.value,
        unit=_unit(name),
        note=fact.note,
        source=_cited(key, sources),
        status=status or "",
        claims=tuple(claims),
    )


def _cited(key: str | None, sources: Mapping[str, Source]) -> str:
    source = sources.get(key or "")
    if source is None:
        return "this deployment" if key is None else key
    return f"{source.author}, {source.title}, {source.date}, {source.url}"


def _unit(name: str) -> str:
    units = {"w": "W", "gbps": "Gb/s", "m": "m", "mm": "mm", "kg": "kg", "gb": "GB", "u": "U",
             "pflops": "PFLOPS", "usd": "USD", "lpm": "L/min", "v": "V", "a": "A"}  # fmt: skip
    return units.get(name.rpartition("_")[2], "")


class Explainer:
    """The quantities of one plan by name, each explained when asked for."""

    def __init__(self, plan: Plan, sources: Mapping[str, Source]) -> None:
        self._plan = plan
        self._sources = sources
        self._made: dict[str, Callable[[], Explanation]] = {}
        self._totals()
        for fabric in plan.design.fabrics:
            self._fabric(fabric)
        for population in plan.design.populations:
            if population.domain is not None:
                self._domain(population, population.domain)
        self._power()

    def names(self) -> list[str]:
        """All quantities that can be explained, in order."""
        return list(self._made)

    def explain(self, name: str) -> Explanation:
        """One quantity.

        Raises:
            UnknownQuantityError: no such name.
        """
        if name not in self._made:
            raise UnknownQuantityError(name, self.names())
        return self._made[name]()

    def _fact(self, entry: Entry | None, name: str) -> tuple[Explanation, ...]:
        return () if entry is None else (explain_fact(entry, name, self._sources),)

    def _totals(self) -> None:
        design = self._plan.design

        def total(name: str, count: str) -> Explanation:
            parts = tuple(
                Explanation(f"compute[{p.index}].{name}", getattr(p, name), "", _how(p, name))
                for p in design.populations
            )
            return Explanation(f"totals.{name}", getattr(design, name), "", count, inputs=parts)

        for name in ("gpus", "dies", "nodes", "racks"):
            self._made[f"totals.{name}"] = partial(total, name, "sum of the compute list")

    def _fabric(self, fabric: SizedFabric) -> None:
        at, size = f"fabric.{fabric.name}", fabric.size

        def add(name: str, value: Any, formula: str, unit: str = "", **more: Any) -> None:
            self._made[name] = partial(Explanation, name, value, unit, formula, **more)

        for role in size.roles:
            facts = self._port_facts(fabric, role)
            add(f"{at}.{_PLURALS.get(role.name, role.name)}", role.switches, role.reason,
                inputs=facts)  # fmt: skip
        for tier in size.links:
            add(f"{at}.links.{tier.name}", tier.links, tier.reason)
        add(f"{at}.bisection_tbps", fabric.bisection_tbps,
            "the worst even cut of the hosts that the tiers allow; one direction"
            if fabric.bisection_tbps is not None else
            "no formula gives it for this topology; see the throughput analysis",
            "Tb/s")  # fmt: skip
        add(f"{at}.notation", size.notation, f"{fabric.topology} of {size.tiers} tiers")
        for name, text in size.reasons.items():
            add(f"{at}.{name}", size.notation, text)

    def _port_facts(self, fabric: SizedFabric, role: Role) -> tuple[Explanation, ...]:
        """The facts about the switch that a role's number follows from."""
        switch = fabric.switches[role.name]
        native = all(bank.gbps == switch.port_gbps.value for bank in role.layouts[0])
        return self._fact(switch, "ports" if native else "port_gbps")

    def _domain(self, population: Population, domain: Domain) -> None:
        at, size = f"nvlink.{domain.name}", domain.size
        gpu = population.gpu
        bandwidth = (
            *self._fact(gpu, "nvlink.gbytes_per_s"),
            *self._fact(gpu, "nvlink.lane_gbps"),
            *self._fact(gpu, "nvlink.simultaneous_bidirectional"),
        )
        self._made[f"{at}.pairs"] = lambda: Explanation(
            f"{at}.pairs", size.nets, "pairs of one domain",
            f"{size.pairs_per_gpu} pairs a GPU (bandwidth / 2 x 8 / lane rate, twice unless both "
            f"directions share a pair) x {size.gpus} GPUs"
            + (" / 2, as a pair joins two of them" if size.tree is None else ""),
            inputs=bandwidth,
        )  # fmt: skip
        self._made[f"{at}.links"] = lambda: Explanation(
            f"{at}.links", size.all_links, "links of one domain",
            ", ".join(f"{count:,} {tier.replace('_', '-')}" for tier, count in size.links.items()),
            note=size.assumption,
        )  # fmt: skip
        if not size.faces:
            return
        self._made[f"{at}.installed_pins"] = lambda: Explanation(
            f"{at}.installed_pins", size.installed_pins_all_faces, "pins on all faces",
            " + ".join(f"{f.housings} housings x {f.pairs_per_housing} pairs x 2 ({f.name})"
                       for f in size.faces),
            claims=tuple({"value": c.pins, "source": _cited(c.source, self._sources),
                          "note": c.note} for c in size.claims[1:]),
        )  # fmt: skip

    def _power(self) -> None:
        for kind in POWER_KINDS:
            self._made[f"power.total.{kind}"] = partial(self._total_power, kind)
        for population in self._plan.design.populations:
            for rack in range(population.racks):
                name = f"power.rack.R{population.first_rack + rack + 1:02d}"
                self._made[name] = partial(self._rack, population, rack, name)

    def _total_power(self, kind: PowerKind) -> Explanation:
        result = power(self._plan)
        parts = tuple(
            Explanation(
                f"{row['scope']} {row['name']}",
                row[f"{kind}_w"],
                "W",
                _power_formula(row, kind),
            )
            for row in result.rows
        )
        total = total_power(result)[kind]
        missing = unknown_power([dict(row) for row in result.rows]).get(kind, [])
        how = "sum of what is published"
        if missing:
            how = f"at least: nobody has published it for {', '.join(missing)}"
        return Explanation(f"power.total.{kind}", total, "W", how, inputs=parts)

    def _rack(self, population: Population, rack: int, name: str) -> Explanation:
        owner: Entry = population.system or population.node
        nodes = population.nodes - rack * population.nodes_per_rack
        times = 1 if population.system else min(nodes, population.nodes_per_rack)
        kinds = []
        for kind in POWER_KINDS:
            found = matching_facts(owner, f"power.{kind}_w")
            if found:
                kinds.append(explain_fact(owner, f"power.{kind}_w", self._sources))
        planned = (population.system or population.node).power.planning()
        value = None if planned is None else planned[1] * times
        what = f"{planned[0]} power of {owner.title}" if planned else "nobody has published it"
        formula = what if times == 1 else f"{times} x {what}"
        return Explanation(name, value, "W", formula, inputs=tuple(kinds))


def _power_formula(row: Mapping[str, Any], kind: PowerKind) -> str:
    each, total = row[f"each_{kind}_w"], row[f"{kind}_w"]
    if each is None or total is None:
        return "unpublished"
    told = f"{row['count']:,} x {show_value(each)}"
    rest = total - each * row["count"]
    return f"{told} + {show_value(rest)} of modules in the cages" if rest else told


def _how(population: Population, name: str) -> str:
    nodes = population.nodes
    unit = population.system.title if population.system else population.node.title
    gpus = population.node.gpus.value
    return {
        "nodes": f"{population.units:,} x {unit}, {nodes // population.units} a piece",
        "gpus": f"{nodes:,} nodes x {gpus} GPUs",
        "dies": f"{population.gpus:,} GPUs x {population.gpu.dies.value if population.gpu else '?'}"
        " dies",
        "racks": f"{nodes:,} nodes, {population.nodes_per_rack} a rack",
    }[name]
