"""What a single failure takes, for every part of every fabric: its blast radius.

A row is a kind of part at one place, and the worst single failure of it: most GPUs cut off, then
most bandwidth lost. How bandwidth is counted: `rackplan.blast.loss`; which parts: `blast.parts`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rackplan.blast.loss import Healthy, Loss
from rackplan.blast.parts import parts, worst
from rackplan.blast.setting import Part, Setting
from rackplan.build import Plan
from rackplan.catalog.systems import PowerShelves
from rackplan.design import Population, SizedFabric
from rackplan.tables import Column, Result
from rackplan.units import show_power
from rackplan.wattage import planned_rack

_COLUMNS = {
    "fabric": Column("str", "", "fabric"),
    "part": Column("str", "", "what fails"),
    "at": Column("str", "", "type of the host, role of the switch, or tier of the link"),
    "reading": Column("str", "", "how the lanes of CPO ports lie, where sources leave it open"),
    "count": Column("int", "", "such parts in the plan"),
    "gpus_cut": Column("int", "", "GPUs without any path on the fabric"),
    "gpus_degraded": Column("int", "", "GPUs with less bandwidth than before, but a path"),
    "gpu_left": Column("float", "", "share of its bandwidth left to the worst-hit GPU"),
    "nodes_cut": Column("int", "", "nodes with GPUs that have no path on the fabric"),
    "node_left": Column("float", "", "share of its bandwidth left to the worst-hit node with GPUs"),
    "others_cut": Column("int", "", "hosts without GPUs that have no path on the fabric"),
    "others_degraded": Column("int", "", "hosts without GPUs that have less bandwidth, but a path"),
    "plane_left": Column("float", "", "share left of the links of the worst tier of a plane"),
    "fabric_left": Column("float", "", "share left of the links of the worst tier of all planes"),
    "note": Column("str", "", "what else happens"),
}

_NOTES = (
    "one failure at a time; what NVLink carries around a cut NIC is not counted",
    (
        "ports and GPUs of a node are laid side by side in order, and a GPU has the ports over "
        "its own equal part; where hosts pass traffic on, the GPUs of a node share all its ports"
    ),
    (
        "bandwidth: a GPU's links, and beyond its leaf what it still gets of the way to the top "
        "tier when all hosts send at once; in direct networks its links and its router's"
    ),
    (
        "not in the design, so left out: feeds, CDUs and what they cool, racks of switches, "
        "ASICs of switches with cages; NVLink domains are no fabric here"
    ),
)


def failures(plan: Plan) -> Result:
    """The worst single failure of every kind of part of every fabric."""
    rows = tuple(row for fabric in plan.design.fabrics for row in _of_fabric(plan, fabric))
    return Result("failures", "What a single failure takes", _COLUMNS, rows, _NOTES)


def _of_fabric(plan: Plan, fabric: SizedFabric) -> Iterator[dict[str, object]]:
    setting = Setting.of(plan.design, fabric, plan.tables)
    healthy = Healthy(setting.net)
    racks: dict[str, Loss] = {}
    for part in parts(setting):
        loss = worst(part, setting, healthy)
        if part.name == "rack":
            racks[part.at] = loss
        yield _row(fabric.name, part.name, part.at, part.reading, part.count, loss,
                   _note(fabric, part, loss))  # fmt: skip
    yield from _shelves(plan, fabric, racks, healthy.after_nothing())


def _shelves(
    plan: Plan, fabric: SizedFabric, racks: Mapping[str, Loss], nothing: Loss
) -> Iterator[dict[str, object]]:
    """Power shelves by system: nothing is lost, or a rack with all that is in it."""
    found: dict[str, tuple[Population, PowerShelves, int]] = {}
    for population in plan.design.populations:
        system = population.system
        if system is None or system.shelves is None or system.id not in racks:
            continue
        first, shelves, count = found.get(system.id, (population, system.shelves, 0))
        found[system.id] = first, shelves, count + population.racks * shelves.count.value
    for name, (population, shelves, count) in found.items():
        lost, note = _shelf(population, shelves)
        loss = racks[name] if lost else nothing
        yield _row(fabric.name, "power shelf", name, "", count, loss, note)


def _note(fabric: SizedFabric, part: Part, loss: Loss) -> str:
    notes = [part.note] if part.note else []
    if loss.pieces:
        notes.append(f"splits {loss.pieces} part{'s' if loss.pieces > 1 else ''} with hosts off")
    if part.name == "plane" and fabric.topology == "rail-only":
        notes.append("a plane is a rail here")
    return "; ".join(notes)


def _shelf(population: Population, shelves: PowerShelves) -> tuple[bool, str]:
    """Whether the loss of one power shelf takes its rack, and why.

    The shelves that are left against the rack's planned power, where both are known; else by the
    redundancy alone: with N no shelf is spare.
    """
    planned = planned_rack(population, population.nodes_per_rack)
    count, each = shelves.count.value, shelves.shelf_w.value
    if planned is None or each is None:
        lost = shelves.redundancy == "N"
        return lost, f"{shelves.redundancy}: {'no shelf is spare' if lost else 'one is spare'}"
    kind, watts = planned
    left = (count - 1) * each
    lost = watts > left
    text = f"{shelves.redundancy}: {count - 1} of {count} give {show_power(left)}, "
    text += f"the rack draws {show_power(watts)} ({kind})"
    spare = shelves.redundant_w
    if shelves.redundancy == "N+N" and spare is not None and watts > spare:
        text += f"; half of them, {show_power(spare)}, are not enough"
    return lost, f"{text}: {'the rack goes down' if lost else 'nothing is lost'}"


def _row(
    fabric: str, part: str, at: str, reading: str, count: int, loss: Loss, note: str
) -> dict[str, object]:
    return {
        "fabric": fabric,
        "part": part,
        "at": at,
        "reading": reading,
        "count": count,
        "gpus_cut": loss.gpus_cut,
        "gpus_degraded": loss.gpus_degraded,
        "gpu_left": loss.gpu_left,
        "nodes_cut": loss.nodes_cut,
        "node_left": loss.node_left,
        "others_cut": loss.others_cut,
        "others_degraded": loss.others_degraded,
        "plane_left": loss.plane_left,
        "fabric_left": loss.fabric_left,
        "note": note,
    }
