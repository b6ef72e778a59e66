"""Limits of racks and site: exceeded is an error, lost redundancy a warning."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from rackplan.design import Design, Population
from rackplan.errors import InfeasibleError, Path, Problem
from rackplan.supply.problems import implausible
from rackplan.units import show_limit, show_power
from rackplan.wattage import planned_fabric, planned_node, planned_rack


@dataclass(frozen=True)
class LimitRow:
    """One limit and what the plan draws against it.

    Attributes:
        what: what draws, for example "a rack of GB300 NVL72".
        limit: what gives the limit, as a message says it.
        planned_w: power held against the limit. [W]
        kind: which of the four powers that is; empty for a sum over several.
        limit_w: the limit. [W]
        redundancy: whether the limit is what is left when spare supplies are gone.
        at_least: whether part of the power is unpublished.
    """

    what: str
    limit: str
    planned_w: float
    kind: str
    limit_w: float
    redundancy: bool
    at_least: bool
    code: str
    hint: str
    path: Path

    @property
    def exceeded(self) -> bool:
        """Whether the plan draws more than the limit."""
        return self.planned_w > self.limit_w

    def problem(self) -> Problem:
        """What to say when the limit is exceeded."""
        kind = f" ({self.kind})" if self.kind else ""
        drawn = f"{'at least ' if self.at_least else ''}{show_power(self.planned_w)}{kind}"
        message = f"{self.what} draws {drawn}, {self.limit}"
        return Problem(
            self.code,
            message,
            self.hint,
            self.path,
            severity="warning" if self.redundancy else "error",
        )


def check_limits(design: Design, warnings: Sequence[Problem] = ()) -> Design:
    """The design with its warnings, those of earlier steps first.

    Raises:
        InfeasibleError: a declared or installed limit is exceeded (RP303, RP304, RP314).
    """
    problems = [*warnings, *(row.problem() for row in limit_rows(design) if row.exceeded)]
    problems += [*_room(design), *_heights(design), *_untested(design), *_implausible(design)]
    if any(problem.severity == "error" for problem in problems):
        raise InfeasibleError(problems)
    return replace(design, warnings=tuple(problems))


def limit_rows(design: Design) -> list[LimitRow]:
    """All power limits of a design that are known, exceeded or not."""
    rows = [row for population in design.populations for row in _rack_rows(population, design)]
    site = _site_row(design)
    return [*rows, *([site] if site else [])]


def _rack_rows(population: Population, design: Design) -> Iterator[LimitRow]:
    nodes = min(population.nodes_per_rack, population.nodes)
    planned = planned_rack(population, nodes) if population.racks else None
    if planned is None:
        return
    kind, watts = planned
    path: Path = population.path

    def row(limit: str, limit_w: float, code: str, hint: str, at: Path) -> LimitRow:
        what = f"a rack of {population.title}"
        return LimitRow(
            what,
            limit,
            watts,
            kind,
            limit_w,
            redundancy=code == "RP309",
            at_least=False,
            code=code,
            hint=hint,
            path=at,
        )

    declared = design.limits.rack_power_w
    if declared is not None:
        limit = f"the site allows {show_power(declared)} a rack"
        hint = _rack_hint(population, watts, declared)
        yield row(limit, declared, "RP303", hint, ("site", "rack_power_w"))
    frame = population.rack.max_power_w.value if population.rack else None
    if frame is not None and population.rack is not None:
        limit = f"its frame {population.rack.title} gives {show_power(frame)}"
        yield row(limit, frame, "RP303", _rack_hint(population, watts, frame), path)
    shelves = population.system.shelves if population.system else None
    if shelves is None or shelves.installed_w is None or shelves.redundant_w is None:
        return
    installed, redundant = shelves.installed_w, shelves.redundant_w
    count = f"its {shelves.count.value} shelves of {show_power(shelves.shelf_w.value)}"
    yield row(f"{count} give {show_power(installed)}", installed, "RP303", "add shelves", path)
    if watts <= installed and redundant < installed:
        limit = f"{count} give {show_power(redundant)} at {shelves.redundancy}"
        hint = "redundancy is lost above that; cap the power or add shelves"
        yield row(limit, redundant, "RP309", hint, path)


def _rack_hint(population: Population, watts: float, limit: float) -> str:
    if population.system is not None or not population.nodes_per_rack:
        return f"raise the limit to {show_limit(watts)}, or choose a system that draws less"
    per_node = watts / min(population.nodes_per_rack, population.nodes)
    fit = int(limit // per_node)
    if fit < 1:
        return f"one node alone draws {show_power(per_node)}"
    return f"use 'nodes_per_rack: {fit}' or raise the limit to {show_limit(watts)}"


def _site_row(design: Design) -> LimitRow | None:
    limit = design.limits.power_w
    if limit is None:
        return None
    watts, unknown = site_planning_power(design)
    share = int(100 * limit / watts) if watts else 100
    hint = f"raise the limit, or build {share} % of it" if 1 <= share < 100 else "raise the limit"
    told = f"the site allows {show_power(limit)}"
    path: Path = ("site", "power_w")
    return LimitRow(
        "the plan",
        told,
        watts,
        "",
        limit,
        redundancy=False,
        at_least=bool(unknown),
        code="RP304",
        hint=hint,
        path=path,
    )


def site_planning_power(design: Design) -> tuple[float, list[str]]:
    """Power that the site must supply, and the ids of devices whose power is unpublished. [W]"""
    total, unknown = 0.0, []
    for population in design.populations:
        units = population.racks if population.system else population.nodes
        planned = planned_rack(population, 1)
        if planned is None:
            unknown.append(population.system.id if population.system else population.node.id)
        else:
            total += planned[1] * units
    for fabric in design.fabrics:
        drawn = planned_fabric(fabric)
        if drawn is None:
            unknown += fabric.types()
        else:
            total += drawn[1]
    total += sum(
        (one.part.power_w.value or 0.0) * one.count
        for one in design.equipment
        if one.part is not None
    )
    total += sum(
        (panel.part.power_w.value or 0.0) * count
        for fabric in design.fabrics
        for panel, count in fabric.panels().values()
    )
    return total, sorted(set(unknown))


def _heights(design: Design) -> Iterator[Problem]:
    """RP318: nodes of known height against the units of their rack."""
    for population in design.populations:
        units = population.rack.units.value if population.rack else None
        height = population.node.height_u.value
        if population.rack is None or units is None or height is None:
            continue
        needed = height * population.nodes_per_rack
        if needed > units:
            yield Problem(
                "RP318",
                f"{population.nodes_per_rack} x {population.node.title} need {needed:g} U, "
                f"{population.rack.title} has {units}",
                f"use 'nodes_per_rack: {int(units // height)}' or a taller rack"
                if height <= units
                else "use a taller rack",
                population.path,
            )


def _untested(design: Design) -> Iterator[Problem]:
    """RP319: a declared limit that unpublished power keeps from being tested."""
    _, unknown = site_planning_power(design)
    racks = sorted({
        population.system.id if population.system else population.node.id
        for population in design.populations
        if population.racks and planned_rack(population, 1) is None
    })  # fmt: skip
    for declared, missing, key in (
        (design.limits.power_w, unknown, "power_w"),
        (design.limits.rack_power_w, racks, "rack_power_w"),
    ):
        if declared is not None and missing:
            yield Problem(
                "RP319",
                f"the limit is not tested in full: nobody has published the power of "
                f"{', '.join(missing)}",
                "lay entries with your own figures over the catalog",
                ("site", key),
                severity="warning",
            )


_RACK_W = (500.0, 2e6)
_DEVICE_W = (5.0, 200e3)
_SITE_W = (1e3, 50e9)


def _implausible(design: Design) -> Iterator[Problem]:
    """RP331: a power outside of what such a thing can draw, most often a slip of the unit.

    The bands are wide: 0.5 kW to 2 MW for a rack (the largest announced has 0.7 MW), 5 W to 200 kW
    for a node or switch, 1 kW to 50 GW for a site.
    """
    told: list[tuple[float | None, str, tuple[float, float], Path]] = [
        (design.limits.rack_power_w, "a rack", _RACK_W, ("site", "rack_power_w")),
        (design.limits.power_w, "a site", _SITE_W, ("site", "power_w")),
    ]
    for population in design.populations:
        planned = planned_node(population)
        watts = planned[1] if planned else None
        told.append((watts, population.node.title, _DEVICE_W, population.path))
        if population.system is not None:
            rack = planned_rack(population, population.nodes_per_rack)
            of_rack = rack[1] if rack else None
            what = f"a rack of {population.title}"
            told.append((of_rack, what, _RACK_W, population.path))
    for fabric in design.fabrics:
        for switch, _ in fabric.types().values():
            drawn = switch.power.planning()
            of_switch = drawn[1] if drawn else None
            told.append((of_switch, switch.title, _DEVICE_W, ("fabrics", fabric.name)))
    for watts, what, (low, high), path in told:
        found = implausible(watts, what, low, high, path) if watts else None
        if found is not None:
            yield found


def _room(design: Design) -> list[Problem]:
    room = design.limits.racks
    if room is None or design.racks <= room:
        return []
    message = f"the plan has {design.racks:,} racks, the site has room for {room:,}"
    return [Problem("RP314", message, "build fewer, or raise 'racks'", ("site", "racks"))]
