"""Limits of racks and site: exceeded is an error, lost redundancy a warning."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from rackplan.design import Design, Population
from rackplan.errors import InfeasibleError, Path, Problem
from rackplan.units import show_power


def check_limits(design: Design) -> Design:
    """The design with its warnings.

    Raises:
        InfeasibleError: a declared or installed limit is exceeded (RP303, RP304, RP314).
    """
    problems = list(_site_problems(design))
    for population in design.populations:
        problems += _rack_problems(population, design)
    errors = [problem for problem in problems if problem.severity == "error"]
    if errors:
        raise InfeasibleError(problems)
    return replace(design, warnings=tuple(problems))


def rack_planning_power(population: Population) -> tuple[str, float] | None:
    """Which power a rack is planned with, and how much, in watts; see `PLANNING_ORDER`."""
    if population.system is not None:
        return population.system.power.planning()
    node = population.node.power.planning()
    if node is None or not population.nodes_per_rack:
        return None
    kind, watts = node
    return kind, watts * min(population.nodes_per_rack, population.nodes)


def _rack_problems(population: Population, design: Design) -> Iterator[Problem]:
    planned = rack_planning_power(population)
    path: Path = ("compute", population.index)
    if planned is None:
        return
    kind, watts = planned
    declared = design.limits.rack_power_w
    what = f"a rack of {population.title} draws {show_power(watts)} ({kind})"
    if declared is not None and watts > declared:
        hint = _rack_hint(population, watts, declared)
        message = f"{what}, the site allows {show_power(declared)} a rack"
        yield Problem("RP303", message, hint, ("site", "rack_power_w"))
    frame = population.rack.max_power_w.value if population.rack else None
    if frame is not None and population.rack is not None and watts > frame:
        message = f"{what}, its frame {population.rack.title} gives {show_power(frame)}"
        yield Problem("RP303", message, _rack_hint(population, watts, frame), path)
    yield from _shelf_problems(population, what, watts, path)


def _shelf_problems(
    population: Population, what: str, watts: float, path: Path
) -> Iterator[Problem]:
    """Installed shelves exceeded is an error; without the spare ones it is a warning."""
    shelves = population.system.shelves if population.system else None
    if shelves is None or shelves.installed_w is None or shelves.redundant_w is None:
        return
    count = f"{shelves.count.value} shelves of {show_power(shelves.shelf_w.value)}"
    if watts > shelves.installed_w:
        message = f"{what}, its {count} give {show_power(shelves.installed_w)}"
        yield Problem("RP303", message, "add shelves", path)
    elif watts > shelves.redundant_w:
        message = (
            f"{what}, its {count} give {show_power(shelves.redundant_w)} at {shelves.redundancy}"
        )
        hint = "redundancy is lost above that; cap the power or add shelves"
        yield Problem("RP309", message, hint, path, severity="warning")


def _rack_hint(population: Population, watts: float, limit: float) -> str:
    if population.system is not None or not population.nodes_per_rack:
        return f"raise the limit to {show_power(watts)}, or choose a system that draws less"
    per_node = watts / min(population.nodes_per_rack, population.nodes)
    fit = int(limit // per_node)
    if fit < 1:
        return f"one node alone draws {show_power(per_node)}"
    return f"use 'nodes_per_rack: {fit}' or raise the limit to {show_power(watts)}"


def _site_problems(design: Design) -> Iterator[Problem]:
    limit = design.limits.power_w
    if limit is not None:
        watts, unknown = site_planning_power(design)
        if watts > limit:
            at_least = "at least " if unknown else ""
            message = f"the plan draws {at_least}{show_power(watts)}, the site allows "
            hint = f"raise the limit, or build {limit / watts:.0%} of it"
            yield Problem("RP304", message + show_power(limit), hint, ("site", "power_w"))
    room = design.limits.racks
    if room is not None and design.racks > room:
        message = f"the plan has {design.racks:,} racks, the site has room for {room:,}"
        yield Problem("RP314", message, "build fewer, or raise 'racks'", ("site", "racks"))


def site_planning_power(design: Design) -> tuple[float, list[str]]:
    """Power that the site must supply, and the ids of devices whose power is unpublished. [W]"""
    total, unknown = 0.0, []
    for population in design.populations:
        power = population.system.power if population.system else population.node.power
        units = population.racks if population.system else population.nodes
        planned = power.planning()
        if planned is None:
            unknown.append(population.system.id if population.system else population.node.id)
        else:
            total += planned[1] * units
    for fabric in design.fabrics:
        planned = fabric.switch.power.planning()
        if planned is None:
            unknown.append(fabric.switch.id)
        else:
            total += planned[1] * fabric.switch_count
    return total, sorted(set(unknown))
