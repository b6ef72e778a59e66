"""Deployments for the published figures, and what the tables of their plans hold."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

import rackplan
from rackplan.deployment import Deployment
from rackplan.design import Design
from rackplan.errors import InfeasibleError
from rackplan.load.catalog_reader import open_catalog
from rackplan.resolve import resolve

Case = dict[str, Any]
Counts = dict[str, Any]

EXAMPLES = Path(__file__).parents[2] / "examples"


def deployment(
    node: str,
    count: int,
    switch: str | None,
    *,
    nodes_per_su: int | None = None,
    hardware: dict[str, Any] | None = None,
    prices: dict[str, Any] | None = None,
    **spec: Any,
) -> Deployment:
    """A deployment of equal nodes on one fabric, a fat tree unless the spec says otherwise."""
    return Deployment.model_validate({
        "name": "golden",
        "hardware": hardware or {},
        "compute": [{"node": node, "count": count, "nodes_per_su": nodes_per_su}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": switch, **spec}},
        "prices": prices or {},
    })  # fmt: skip


def plain(ports: int, *, gpus: int = 1, nics: int = 1, gbps: float = 400) -> dict[str, Any]:
    """Hardware of which nothing but counts is known: a `switch` and a `node`."""
    return {
        "switches": {"switch": {"ports": ports, "port_gbps": gbps}},
        "nodes": {"node": {"gpus": gpus, "nics": nics}},
    }


def planned(*args: Any, **kwargs: Any) -> rackplan.Plan:
    """The plan of a deployment of equal nodes on one fabric."""
    return rackplan.plan(deployment(*args, **kwargs))


@cache
def example(name: str) -> rackplan.Plan:
    """The plan of an example."""
    return rackplan.plan(rackplan.read_deployment(EXAMPLES / f"{name}.yaml"))


def counted(plan: rackplan.Plan) -> Counts:
    """What the tables of a plan with one fabric hold."""
    (fabric,) = plan.design.fabrics
    devices, ports, links = plan.devices, plan.ports, plan.links
    kinds = devices[devices["kind"] == "switch"]["role"].value_counts().to_dict()
    tiers = links["tier"].value_counts().to_dict()
    spine = ports["device"].map(devices["role"] == "spine")
    leaf = ports["device"].map(devices["role"] == "leaf")
    found = {
        "gpus": plan.design.gpus,
        "nodes": int((devices["kind"] == "node").sum()),
        "su": len(fabric.blocks),
        "switches": int((devices["kind"] == "switch").sum()),
        "leaf": kinds.get("leaf", 0),
        "spine": kinds.get("spine", 0),
        "core": kinds.get("core", 0),
        "tiers": len(tiers),
        "node_leaf": tiers.get("host_leaf", 0),
        "leaf_spine": tiers.get("leaf_spine", 0),
        "spine_core": tiers.get("spine_core", 0),
        "oversub": float(np.prod([float(r) for r in fabric.size.oversubscription.values()])),
        "pgft": fabric.size.notation,
        "leaf_free_ports": int((leaf & ~ports["used"]).sum()),
    }
    free = (spine & ~ports["used"])[spine].groupby(ports["device"][spine]).sum()
    if len(free) and free.nunique() == 1:
        found["spine_free_ports"] = int(free.iloc[0])
    bundles = bundle_widths(plan, "leaf_spine")
    if len(bundles) == 1:
        found["bundle"] = bundles.pop()
    return found


def links_of(plan: rackplan.Plan, fabric: str = "compute") -> dict[str, int]:
    """Link rows of a fabric by tier."""
    rows = plan.links[plan.links["fabric"] == fabric]
    return {str(tier): count for tier, count in rows["tier"].value_counts().items() if count}


def bundle_widths(plan: rackplan.Plan, tier: str) -> set[int]:
    """The numbers of parallel links between two switches of a tier."""
    rows = plan.links[plan.links["tier"] == tier]
    ends = plan.ports["device"]
    pairs = np.stack([ends[rows["a_port"]], ends[rows["b_port"]]])
    return set(np.unique(pairs, axis=1, return_counts=True)[1].tolist())


def per_group(plan: rackplan.Plan, role: str, column: str) -> set[int]:
    """How many switches of a role have the same value of a column."""
    values = plan.devices.loc[plan.devices["role"] == role, column]
    return set(values.value_counts().tolist())


def device_types(plan: rackplan.Plan) -> dict[str, int]:
    """Devices by catalog id."""
    return plan.tables["devices"].counts("type")


def cost(plan: rackplan.Plan) -> float:
    """What the priced rows of the bill of materials cost together. [USD]"""
    return float(rackplan.summary(plan)["totals"]["cost_usd"])


def millions(usd: float, like: float) -> float:
    """The cost in millions, with as many digits as the published figure has."""
    return round(usd / 1e6, 1 if like < 100 else 0)


def designed(wanted: Deployment) -> Design:
    """Only the counts, for fabrics that need not be enumerated."""
    return resolve(wanted, open_catalog((), wanted.hardware.entries()))


def is_feasible(wanted: Deployment) -> bool:
    """Whether the deployment can be counted."""
    try:
        designed(wanted)
    except InfeasibleError:
        return False
    return True
