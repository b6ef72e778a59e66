"""What must hold in a catalog: sources, references, and numbers that close on each other.

Errors are faults of the catalog. Warnings are true statements that a planner must know, such as
power above what shelves give once their spare ones are gone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from rackplan.catalog import (
    KINDS,
    Cable,
    Cpu,
    Gpu,
    Nic,
    Node,
    NvlinkChip,
    Rack,
    Switch,
    System,
    Transceiver,
)
from rackplan.catalog.base import Catalog, Entry, PowerKind, UnknownEntryError
from rackplan.catalog.conflicts import Conflict
from rackplan.catalog.consistency import contradictions
from rackplan.catalog.facts import claim_origin, facts
from rackplan.catalog.nvlink import ScaleUp
from rackplan.errors import InfeasibleError, InputError, Path, Problem
from rackplan.fabrics import nvlink
from rackplan.placement.units import layout_clashes
from rackplan.units import show_power

Reference = tuple[type[Entry], str, Path]


def lint(catalog: Catalog, conflicts: Mapping[str, Conflict]) -> list[Problem]:
    """Every finding over all entries; `file` is `folder/id.yaml`, without line."""
    problems: list[Problem] = []
    used: set[str] = set()
    for folder, kind in KINDS.items():
        for entry_id in catalog.ids(kind):
            try:
                entry = catalog.find(kind, entry_id)
            except InputError as error:
                problems += error.problems
                continue
            used |= {entry.source} if entry.source else set()
            used |= {key for key in _origins(entry) if key}
            at = f"{folder}/{entry_id}.yaml"
            problems += [replace(problem, file=at) for problem in _entry(entry, catalog)]
    problems += _conflicts(conflicts, catalog)
    used |= {claim.source for conflict in conflicts.values() for claim in conflict.claims}
    problems += [
        Problem("RP503", f"source '{key}' is never used", "remove it", (key,), file="sources.yaml")
        for key in catalog.sources()
        if key not in used
    ]
    return problems


def _origins(entry: Entry) -> Iterator[str | None]:
    for _, fact in facts(entry):
        for claim in (fact, *fact.alternatives):
            yield claim_origin(entry, claim)[0]
    if isinstance(entry, System):
        yield entry.layout_source


def _entry(entry: Entry, catalog: Catalog) -> Iterator[Problem]:
    yield from _provenance(entry, catalog)
    for kind, wanted, path in references(entry):
        try:
            catalog.find(kind, wanted)
        except UnknownEntryError as error:
            hint = f"nearest: {', '.join(error.near)}" if error.near else ""
            yield Problem("RP504", f"no {kind.singular} '{wanted}'", hint, path)
        except InputError:
            continue  # told where that entry stands
    for text in contradictions(entry):
        yield Problem("RP505", text, "correct the counts", ("co_packaged",))
    if isinstance(entry, System):
        yield from _supply(entry, catalog)
        yield from _room(entry, catalog)
    if isinstance(entry, System | Node) and entry.scale_up is not None:
        yield from _domain(entry, entry.scale_up, catalog)


def _provenance(entry: Entry, catalog: Catalog) -> Iterator[Problem]:
    """RP501 and RP502: every claim has a source that exists, and a status; RP508, RP509."""
    sources = catalog.sources()
    if isinstance(entry, System) and entry.layout and entry.layout_source not in sources:
        told_by = f" '{entry.layout_source}'" if entry.layout_source else ""
        message = f"the layout has no source{told_by}"
        yield Problem("RP501", message, "name one of sources.yaml", ("layout_source",))
    for name, fact in facts(entry):
        path: Path = _path(name)
        told: dict[str | None, str] = {}
        for claim in (fact, *fact.alternatives):
            key, status = claim_origin(entry, claim)
            if key is None:
                yield Problem("RP501", f"{name} has no source", "name one of sources.yaml", path)
            elif key not in sources:
                hint = "add it to sources.yaml"
                yield Problem("RP501", f"{name}: no source '{key}'", hint, path)
            if status is None:
                hint = "say vendor, measured, press, derived or estimate"
                yield Problem("RP502", f"{name} has no status", hint, path)
            if status == "estimate" and not (claim.note or entry.note):
                yield Problem("RP508", f"{name} is an estimate without its reasoning",
                              "write a note", path)  # fmt: skip
            if key is not None and told.get(key) == claim.note and claim.value is not None:
                yield Problem("RP509", f"{name}: '{key}' claims two values alike",
                              "say in a note what tells them apart", path)  # fmt: skip
            told[key] = claim.note


_DOMAIN = ((NvlinkChip, "scale_up.chip"), (NvlinkChip, "scale_up.second.chip"))
_REFERENCES: dict[type[Entry], tuple[tuple[type[Entry], str], ...]] = {
    System: ((Rack, "rack"), (Rack, "sidecar"), (Node, "node"), *_DOMAIN),
    Node: (
        (Gpu, "gpu"), (Cpu, "cpu"), (Nic, "nics.*.nic"), (Transceiver, "nics.*.module"), *_DOMAIN,
    ),
    Nic: ((Transceiver, "modes.*.module"),),
    Switch: (
        (Transceiver, "module"), (Transceiver, "modes.*.module"), (Cable, "co_packaged.cable"),
        (Switch, "cpo_twin"), (Switch, "pluggable_twin"),
    ),
    Transceiver: ((Cable, "cable"),),
}  # fmt: skip
"""By kind: the kinds of the entries that it names, and where; `*` is every item of a list."""


def references(entry: Entry) -> Iterator[Reference]:
    """The other entries that an entry names, with the place of each name."""
    for kind, place in _REFERENCES.get(type(entry), ()):
        for wanted, path in _values(entry, place.split("."), ()):
            yield kind, wanted, path


def _values(value: Any, parts: list[str], path: Path) -> Iterator[tuple[str, Path]]:
    if value is None:
        return
    if not parts:
        yield value, path
    elif parts[0] == "*":
        for index, item in enumerate(value):
            yield from _values(item, parts[1:], (*path, index))
    else:
        yield from _values(getattr(value, parts[0]), parts[1:], (*path, parts[0]))


def _supply(system: System, catalog: Catalog) -> Iterator[Problem]:
    """RP506 power shelves and RP507 bus bar, held against every published power."""
    shelves = system.shelves
    kinds: tuple[PowerKind, ...] = ("provisioned", "peak")
    for kind in kinds:
        watts = system.power.watts(kind)
        if watts is None:
            continue
        path: Path = ("power", f"{kind}_w")
        if shelves is not None and shelves.installed_w is not None:
            spare = shelves.redundant_w or 0.0
            limit = f"its shelves give {show_power(spare)} at {shelves.redundancy}"
            if watts > spare:
                yield Problem("RP506", f"{kind} power is {show_power(watts)}, {limit}",
                              "redundancy is lost above that", path, "warning")  # fmt: skip
        yield from _bus_bar(system, watts, kind, path, catalog)


def _bus_bar(
    system: System, watts: float, kind: str, path: Path, catalog: Catalog
) -> Iterator[Problem]:
    try:
        rack = catalog.find(Rack, system.rack)
    except (UnknownEntryError, InputError):
        return
    volts, amperes = rack.bus_v.value, rack.bus_a.value
    if volts and amperes and watts / volts > amperes:
        message = f"{kind} power is {watts / volts:,.0f} A at {volts:g} V, {rack.title} carries "
        yield Problem("RP507", f"{message}{amperes:,.0f} A", "", path, "warning")


def _room(system: System, catalog: Catalog) -> Iterator[Problem]:
    """RP512 and RP513: nodes of known height and weight against those of the rack."""
    try:
        rack, node = catalog.find(Rack, system.rack), catalog.find(Node, system.node)
    except (UnknownEntryError, InputError):
        return
    nodes = system.nodes.value / system.racks.value
    weight, each = system.weight_kg.value, node.weight_kg.value
    if weight is not None and each is not None and each * nodes > weight:
        message = f"{nodes:g} nodes of {each:,g} kg weigh more than the rack's {weight:,g} kg"
        yield Problem("RP513", message, "correct one of the weights", ("weight_kg",))
    for text in layout_clashes(system, rack.units.value):
        yield Problem("RP512", text, "correct its unit", ("layout",))
    units, height = rack.units.value, node.height_u.value
    if units is None or height is None:
        return
    needed = height * nodes
    if needed > units:
        message = f"{needed:g} U of nodes stand in {units} U of {rack.title}"
        yield Problem("RP512", message, "correct the count or the height", ("nodes",))


def _domain(owner: System | Node, scale_up: ScaleUp, catalog: Catalog) -> Iterator[Problem]:
    """RP511: links, ports, pairs and housings of an NVLink domain against each other."""
    path: Path = ("scale_up",)
    try:
        node = owner if isinstance(owner, Node) else catalog.find(Node, owner.node)
        gpu = catalog.find(Gpu, node.gpu) if node.gpu else None
        chip = catalog.find(NvlinkChip, scale_up.chip) if scale_up.chip else None
        top = catalog.find(NvlinkChip, scale_up.second.chip) if scale_up.second else None
    except (UnknownEntryError, InputError):
        return
    if gpu is None:
        return
    nodes = owner.nodes.value if isinstance(owner, System) else 1
    try:
        size = nvlink.size(scale_up, gpu, nodes * node.gpus.value, chip, top)
    except InfeasibleError as error:
        yield from (Problem("RP511", p.message, p.hint, path) for p in error.problems)
        return
    if size is None:
        return
    for face in size.faces:
        if face.fill > 1:
            message = f"{size.nets:,} pairs do not fit the {face.name} face: fill {face.fill:.0%}"
            yield Problem("RP511", message, "correct housings or pairs", (*path, "faces"))
    if size.published_pairs not in (None, size.nets):
        message = f"the formula gives {size.nets:,} pairs, the source {size.published_pairs:,}"
        yield Problem("RP511", message, "one of them is wrong", (*path, "published_pairs"))


def _conflicts(conflicts: Mapping[str, Conflict], catalog: Catalog) -> Iterator[Problem]:
    """RP510: conflict records name facts and sources that exist."""
    sources = catalog.sources()
    known = {
        f"{entry_id}.{name}"
        for kind in KINDS.values()
        for entry_id in catalog.ids(kind)
        for name in _fact_names(kind, entry_id, catalog)
    }
    for key, conflict in conflicts.items():
        for index, claim in enumerate(conflict.claims):
            if claim.source not in sources:
                yield Problem("RP510", f"{key}: no source '{claim.source}'", "add it",
                              (key, "claims", index, "source"), file="conflicts.yaml")  # fmt: skip
        for index, fact in enumerate(conflict.facts):
            if fact not in known:
                yield Problem("RP510", f"{key}: no fact '{fact}'", "correct the name",
                              (key, "facts", index), file="conflicts.yaml")  # fmt: skip


def _fact_names(kind: type[Entry], entry_id: str, catalog: Catalog) -> list[str]:
    try:
        return [name for name, _ in facts(catalog.find(kind, entry_id))]
    except InputError:
        return []


def _path(name: str) -> Path:
    """The data path of a fact's dotted name."""
    path: list[str | int] = []
    for part in name.split("."):
        field, _, index = part.partition("[")
        path.append(field)
        if index:
            path.append(int(index.rstrip("]")))
    return tuple(path)
