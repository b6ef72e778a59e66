"""The plans that real programs judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import rackplan
from rackplan.deployment import Deployment


@dataclass(frozen=True)
class Judged:
    """A plan of one fabric, and what is expected of it.

    To have another topology judged, add a plan to `JUDGED` with an engine that routes it.
    """

    name: str
    """The name of the case."""
    compute: Mapping[str, Any]
    """The one entry of the deployment's compute list."""
    fabric: Mapping[str, Any]
    """The one fabric; a fat tree of plain switches unless it says otherwise."""
    ports: int = 0
    """Ports of the plain `switch`; each `node` has a port in every plane of every rail."""
    engine: str = "ftree"
    """The engine that must accept it; `ftree` accepts regular trees and nothing else."""
    even: bool = True
    """Whether links between the same roles carry equally many routes, as in a full tree."""
    loops: bool = False
    """Whether shortest ways alone can wait for each other in a circle; none can in a tree."""
    loads: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Known numbers of routes over a link, by the roles at its ends."""

    def plan(self) -> rackplan.Plan:
        """The plan."""
        nics = self.fabric.get("planes", 1) * self.fabric.get("rails", 1)
        hardware = {
            "switches": {"switch": {"ports": self.ports, "port_gbps": 400}},
            "nodes": {"node": {"gpus": 1, "nics": nics}},
        }
        return rackplan.plan(Deployment.model_validate({
            "name": "judged",
            "hardware": hardware if self.ports else {},
            "compute": [self.compute],
            "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch", **self.fabric}},
        }))  # fmt: skip


def _nodes(count: int) -> dict[str, Any]:
    return {"node": "node", "count": count}


def _units(node: str, count: int, nodes_per_su: int) -> dict[str, Any]:
    return {"node": node, "count": count, "nodes_per_su": nodes_per_su}


SMALL = Judged(
    "two tiers of 16 ports", _nodes(32), {"tiers": 2}, ports=16,
    loads={("leaf", "spine"): 24, ("spine", "leaf"): 24},
)  # fmt: skip
PLANES = Judged("two planes", _nodes(32), {"planes": 2}, ports=16)
PODS = Judged(
    "three tiers of 144 ports in 4 pods", _nodes(2592), {"tiers": 3, "leaves_per_group": 9},
    ports=144,
    loads={("leaf", "spine"): 2520, ("spine", "leaf"): 2520,
           ("spine", "core"): 1944, ("core", "spine"): 1944},
)  # fmt: skip
RAILS = Judged(
    "three tiers with rails", _units("node", 128, 32), {"tiers": 3, "rails": 4}, ports=16
)
SUPERPOD = Judged(
    "127 DGX H100 in 4 SU", _units("dgx-h100", 127, 32), {"switch": "qm9700", "rails": 8},
    even=False,
)  # fmt: skip

JUDGED = (
    SMALL,
    PLANES,
    PODS,
    RAILS,
    SUPERPOD,
    Judged("128 DGX H100 in 4 SU", _units("dgx-h100", 128, 32), {"switch": "qm9700", "rails": 8}),
    Judged("DGX B300 on XDR, 2 SU", _units("dgx-b300", 144, 72),
           {"switch": "q3400-ra", "rails": 8}),
    Judged("GB200 NVL72, 8 racks", {"system": "gb200-nvl72", "count": 8, "racks_per_su": 8},
           {"switch": "qm9700", "rails": 4}, even=False),
    Judged("oversubscribed 3:1", _nodes(96), {"oversubscription": 3}, ports=16),
    Judged("three tiers of 4 ports", _nodes(16), {"tiers": 3}, ports=4),
    Judged("four tiers of 4 ports", _nodes(32), {"tiers": 4}, ports=4),
    Judged("rail-only", _nodes(32), {"topology": "rail-only"}, ports=16),
    # The way across leads down to a leaf and up again: `updn` finds none for some hosts.
    Judged("two zones", _units("node", 64, 32), {"topology": "two-zone"}, ports=16,
           engine="dfsssp", even=False, loops=True),
    Judged("bundles dealt in turn", _nodes(24), {"bundles": "spread"}, ports=16,
           engine="dfsssp", even=False),
)  # fmt: skip

FULL = Judged(
    "two tiers of 144 ports, full", _nodes(10_368), {"tiers": 2}, ports=144,
    loads={("leaf", "spine"): 10_296, ("spine", "leaf"): 10_296},
)  # fmt: skip
"""As many hosts as two tiers hold: for `make nightly`."""
