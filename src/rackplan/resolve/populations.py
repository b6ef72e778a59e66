"""The compute list: which systems and nodes, how many, in which racks and SUs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from rackplan.catalog import Gpu, Node, NvlinkChip, Part, Rack, System
from rackplan.deployment import Compute, Deployment
from rackplan.design import Domain, Equipment, Population
from rackplan.errors import InfeasibleError, Path, Problem
from rackplan.fabrics import nvlink
from rackplan.placement.units import layout_clashes
from rackplan.resolve.finding import Finder
from rackplan.resolve.fitting import fitting_nodes

MAX_NODES = 1_500_000
"""Nodes of one plan; a plan of a million GPUs has some 250,000."""
MAX_DOMAIN_LINKS = 4_000_000
"""NVLink links of one domain; the largest announced has some 10,000 a level."""


def resolve_populations(deployment: Deployment, finder: Finder) -> list[Population]:
    """The populations in the order of compute and services; faulty ones are left out."""
    drafts: list[Population] = []
    first_node = first_rack = 0
    wanted: list[tuple[Compute, Path]] = [
        (compute, ("compute", index)) for index, compute in enumerate(deployment.compute)
    ]
    for index, service in enumerate(deployment.services):
        path: Path = ("services", index)
        if (service.part is None) == (service.node is None):
            found = "both" if service.part else "neither"
            message = f"services[{index}] must name a node or a part, found {found}"
            finder.wrong("RP110", message, "keep exactly one of the keys 'node' and 'part'", path)
        elif service.node is not None:
            fields = service.model_dump(exclude={"part"}, exclude_unset=True)
            wanted.append((Compute.model_construct(**fields), path))
    for compute, path in wanted:
        site_w = deployment.site.rack_power_w
        draft = _population(compute, path, first_node, first_rack, site_w, finder)
        if draft is not None and _fits(draft, first_node, finder):
            hall = hall_number(deployment, compute.hall, (*path, "hall"), finder)
            drafts.append(replace(draft, service=path[0] == "services", hall=hall))
            first_node += draft.nodes
            first_rack += draft.racks
    return drafts


def hall_number(deployment: Deployment, wanted: str | None, path: Path, finder: Finder) -> int:
    """The number of a hall; RP201 is noted when the deployment has no such hall."""
    halls = list(deployment.halls)
    if wanted is None or wanted in halls:
        return 0 if wanted is None else halls.index(wanted)
    hint = f"the halls are {', '.join(halls)}" if halls else "add it under 'halls'"
    finder.wrong("RP201", f"no hall '{wanted}'", hint, path)
    return 0


def resolve_equipment(
    deployment: Deployment, drafts: Sequence[Population], finder: Finder
) -> tuple[Equipment, ...]:
    """What has management ports and is no node: parts of the services, devices of the systems."""
    found: list[Equipment] = []
    device = sum(draft.nodes for draft in drafts)

    def add(one: Equipment) -> None:
        nonlocal device
        found.append(replace(one, first_device=device))
        device += one.count

    for draft in drafts:
        for managed in draft.system.managed if draft.system is not None else ():
            count = managed.count.value * draft.units
            ports = managed.management_ports.value
            add(
                Equipment(
                    managed.name,
                    None,
                    count,
                    ports,
                    draft.hall,
                    system=draft.system,
                    first_rack=draft.first_rack,
                )
            )
    for index, service in enumerate(deployment.services):
        if service.part is None or service.node is not None:
            continue
        path: Path = ("services", index)
        part = finder.find(Part, service.part, (*path, "part"))
        if part is not None:
            hall = hall_number(deployment, service.hall, (*path, "hall"), finder)
            ports = part.management_ports.value or 0
            add(Equipment(part.id, part, service.count, ports, hall, beside=service.beside))
    return tuple(found)


def _fits(draft: Population, nodes_before: int, finder: Finder) -> bool:
    """Whether a plan can hold the population; RP317 is noted when it cannot."""
    path: Path = draft.path
    nodes = nodes_before + draft.nodes
    if nodes > MAX_NODES:
        finder.cannot(
            "RP317",
            f"the plan has {nodes:,} nodes, one plan holds {MAX_NODES:,}",
            "plan a part of it, and multiply",
            (*path, "count"),
        )
        return False
    links = draft.domain.size.all_links if draft.domain is not None else 0
    if links > MAX_DOMAIN_LINKS:
        message = f"{draft.node.title} has {links:,} NVLink links in a domain, one plan holds "
        finder.cannot(
            "RP317", f"{message}{MAX_DOMAIN_LINKS:,}", "correct the counts of the entry", path
        )
        return False
    return True


def _population(  # what is wanted, behind what, and within which limit
    compute: Compute,
    path: Path,
    first_node: int,
    first_rack: int,
    site_w: float | None,
    finder: Finder,
) -> Population | None:
    if (compute.system is None) == (compute.node is None):
        found = "both" if compute.system else "neither"
        finder.wrong(
            "RP110",
            f"{_told(path)} must name a system or a node, found {found}",
            "keep exactly one of the keys 'system' and 'node'",
            path,
        )
        return None
    if compute.system is not None:
        return _of_system(compute, path, first_node, first_rack, finder)
    return _of_nodes(compute, path, first_node, first_rack, site_w, finder)


def _told(path: Path) -> str:
    return f"{path[0]}[{path[1]}]"


def _of_system(
    compute: Compute, path: Path, first_node: int, first_rack: int, finder: Finder
) -> Population | None:
    for key in ("rack", "nodes_per_rack", "nodes_per_su"):
        if getattr(compute, key) is not None:
            finder.wrong(
                "RP110",
                f"{_told(path)}.{key} does not go with a system",
                "the system says what its racks hold; use racks_per_su",
                (*path, key),
            )
    at = (*path, "system")
    system = finder.find(System, compute.system or "", at)
    if system is None:
        return None
    node = finder.follow(Node, system, system.node, at)
    rack = finder.follow(Rack, system, system.rack, at)
    if node is None:
        return None
    if system.nodes.value % system.racks.value:
        message = f"{system.nodes.value} nodes of {system.title} do not divide over its "
        finder.wrong("RP110", f"{message}{system.racks.value} racks", "correct the entry", at)
        return None
    nodes_per_rack = system.nodes.value // system.racks.value
    gpu = finder.follow(Gpu, node, node.gpu, at)
    sidecar = finder.follow(Rack, system, system.sidecar, at)
    for text in layout_clashes(system, rack.units.value if rack is not None else None):
        finder.cannot("RP332", f"{system.title}: {text}", "correct the layout of the entry", at)
    return Population(
        index=int(path[1]),
        system=system,
        node=node,
        gpu=gpu,
        rack=rack,
        units=compute.count,
        nodes=compute.count * system.nodes.value,
        racks=compute.count * system.racks.value,
        nodes_per_rack=nodes_per_rack,
        nodes_per_su=(compute.racks_per_su or 0) * nodes_per_rack,
        first_node=first_node,
        first_rack=first_rack,
        domain=_domain(system, node, gpu, compute.count, at, finder),
        sidecar=sidecar,
    )


def _of_nodes(  # what is wanted, behind what, and within which limit
    compute: Compute,
    path: Path,
    first_node: int,
    first_rack: int,
    site_w: float | None,
    finder: Finder,
) -> Population | None:
    at = (*path, "node")
    node = finder.find(Node, compute.node or "", at)
    rack = finder.find(Rack, compute.rack, (*path, "rack")) if compute.rack else None
    per_rack = compute.nodes_per_rack or 0
    if rack is not None and node is not None and not per_rack:
        per_rack = fitting_nodes(node, rack, site_w, path, finder)
    if compute.racks_per_su and (compute.nodes_per_su or not per_rack):
        finder.wrong(
            "RP110",
            f"{_told(path)}.racks_per_su needs nodes_per_rack alone",
            "write nodes_per_su for nodes without racks",
            (*path, "racks_per_su"),
        )
    if node is None:
        return None
    gpu = finder.follow(Gpu, node, node.gpu, at)
    return Population(
        index=int(path[1]),
        system=None,
        node=node,
        gpu=gpu,
        rack=rack,
        units=compute.count,
        nodes=compute.count,
        racks=-(-compute.count // per_rack) if per_rack else 0,
        nodes_per_rack=per_rack,
        nodes_per_su=compute.nodes_per_su or (compute.racks_per_su or 0) * per_rack,
        first_node=first_node,
        first_rack=first_rack,
        domain=_domain(None, node, gpu, compute.count, at, finder),
    )


def _domain(  # everything that a domain depends on
    system: System | None, node: Node, gpu: Gpu | None, units: int, at: Path, finder: Finder
) -> Domain | None:
    """The NVLink domain of a population: the system's, else the node's own."""
    owner = system if system is not None and system.scale_up is not None else node
    scale_up = owner.scale_up
    if scale_up is None or gpu is None:
        return None
    nodes = system.nodes.value if system is not None else 1
    inside = nodes if owner is system else 1
    chip = finder.follow(NvlinkChip, owner, scale_up.chip, at)
    top = finder.follow(NvlinkChip, owner, scale_up.second.chip, at) if scale_up.second else None
    try:
        sized = nvlink.size(scale_up, gpu, inside * node.gpus.value, chip, top)
    except InfeasibleError as error:
        finder.infeasible += [
            Problem(problem.code, f"{owner.title}: {problem.message}", problem.hint, at)
            for problem in error.problems
        ]
        return None
    if sized is None:
        return None
    name = system.id if system is not None else node.id
    chips = tuple(level for level in (chip, top) if level is not None)
    return Domain(name, scale_up, chips, units * nodes // inside, sized)
