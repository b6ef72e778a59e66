"""The plans that real programs judge."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import rackplan
from rackplan.deployment import Deployment


@dataclass(frozen=True)
class Judged:
    """A plan, and what is expected of its fabric.

    To have another topology judged, add a plan to `JUDGED` with an engine that routes it; the
    tables in `test_engines.py` say which ones do.
    """

    name: str
    """The name of the case."""
    compute: Mapping[str, Any]
    """The one entry of the deployment's compute list."""
    fabric: Mapping[str, Any]
    """The fabric `compute`; a fat tree of plain switches unless it says otherwise."""
    ports: int = 0
    """Ports of the plain `switch`."""
    nics: int = 0
    """Ports of the plain `node`; when absent, one in every plane of every rail."""
    hardware: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """More hardware of its own, by kind and id."""
    others: Mapping[str, Any] = field(default_factory=dict)
    """More keys of the deployment; fabrics of theirs are judged in place of `compute`."""
    engine: str = "ftree"
    """The engine that must accept it; `ftree` accepts regular trees and nothing else."""
    roots: str = ""
    """The role of the switches that the engine is told to be the top, where it has to be."""
    apart: bool = False
    """Whether a plane is several subnets."""
    even: bool = True
    """Whether links between the same roles carry equally many routes, as in a full tree."""
    loops: bool = False
    """Whether the shortest ways that ibdmchk takes can wait for each other in a circle; in a tree
    none can."""
    loads: Mapping[tuple[str, str], int] = field(default_factory=dict)
    """Known numbers of routes over a link, by the roles at its ends."""

    @property
    def judged(self) -> tuple[str, ...]:
        """The names of the fabrics that are judged."""
        return tuple(self.others.get("fabrics", {})) or ("compute",)

    def plan(self) -> rackplan.Plan:
        """The plan."""
        nics = self.nics or self.fabric.get("planes", 1) * self.fabric.get("rails", 1)
        plain = {
            "switches": {"switch": {"ports": self.ports, "port_gbps": 400}},
            "nodes": {"node": {"gpus": 1, "nics": nics}},
        }
        hardware = {
            kind: {**(plain.get(kind, {}) if self.ports else {}), **self.hardware.get(kind, {})}
            for kind in {**plain, **self.hardware}
        }
        compute = {"topology": "fat-tree", "switch": "switch", **self.fabric}
        return rackplan.plan(Deployment.model_validate({
            "name": "judged",
            "hardware": hardware,
            "compute": [self.compute],
            **self.others,
            "fabrics": {"compute": compute, **self.others.get("fabrics", {})},
        }))  # fmt: skip


def nodes(count: int) -> dict[str, Any]:
    """So many plain nodes."""
    return {"node": "node", "count": count}


def units(count: int, nodes_per_su: int, node: str = "node") -> dict[str, Any]:
    """Nodes in scalable units."""
    return {"node": node, "count": count, "nodes_per_su": nodes_per_su}


SMALL = Judged(
    "two tiers of 16 ports", nodes(32), {"tiers": 2}, ports=16,
    loads={("leaf", "spine"): 24, ("spine", "leaf"): 24},
)  # fmt: skip
PLANES = Judged("two planes", nodes(32), {"planes": 2}, ports=16)
PODS = Judged(
    "three tiers of 144 ports in 4 pods", nodes(2592), {"tiers": 3, "leaves_per_group": 9},
    ports=144,
    loads={("leaf", "spine"): 2520, ("spine", "leaf"): 2520,
           ("spine", "core"): 1944, ("core", "spine"): 1944},
)  # fmt: skip
RAILS = Judged("three tiers with rails", units(128, 32), {"tiers": 3, "rails": 4}, ports=16)
SUPERPOD = Judged(
    "127 DGX H100 in 4 SU", units(127, 32, "dgx-h100"), {"switch": "qm9700", "rails": 8},
    even=False,
)  # fmt: skip

HALF_GROUP = Judged(
    "three tiers, the last group half full", nodes(24), {"tiers": 3, "leaves_per_group": 4},
    ports=8, roots="core", even=False,
)  # fmt: skip
DEALT = Judged(
    "bundles dealt in turn", nodes(40), {"bundles": "spread"}, ports=16, roots="spine",
    even=False,
)  # fmt: skip
DRAGONFLY = Judged(
    "dragonfly", nodes(72),
    {"topology": "dragonfly", "hosts_per_router": 2, "routers_per_group": 4, "global_ports": 2},
    ports=7, engine="lash", even=False, loops=True,
)  # fmt: skip
DRAGONFLY_PLUS = Judged(
    "dragonfly+", nodes(36),
    {"topology": "dragonfly-plus", "hosts_per_leaf": 2, "leaves_per_group": 2,
     "spines_per_group": 2, "global_ports": 4, "groups": 9}, ports=6,
)  # fmt: skip
HYPERX = Judged(
    "HyperX", nodes(32), {"topology": "hyperx", "shape": [4, 4], "hosts_per_router": 2}, ports=8,
    engine="dor", loops=True,
)  # fmt: skip
SLIM_FLY = Judged(
    "Slim Fly", nodes(50), {"topology": "slim-fly", "q": 5, "hosts_per_router": 1}, ports=8,
    engine="lash", loops=True,
)  # fmt: skip
POLARFLY = Judged(
    "PolarFly", nodes(62), {"topology": "polarfly", "q": 5, "hosts_per_router": 2}, ports=8,
    engine="lash", even=False, loops=True,
)  # fmt: skip
SMALL_TORUS = Judged(
    "torus of sides of 3", nodes(54),
    {"topology": "torus", "shape": [3, 3, 3], "hosts_per_router": 2}, ports=8, engine="dor",
    loops=True,
)  # fmt: skip
TORUS = Judged(
    "torus", nodes(50), {"topology": "torus", "shape": [5, 5], "hosts_per_router": 2}, ports=6,
    engine="torus-2QoS", loops=True,
)  # fmt: skip

LARGER_TORUS = Judged(
    "torus of sides of 8", nodes(64),
    {"topology": "torus", "shape": [8, 8], "hosts_per_router": 1}, ports=5, engine="torus-2QoS",
    even=False, loops=True,
)  # fmt: skip

TREES = (
    SMALL,
    PLANES,
    PODS,
    RAILS,
    SUPERPOD,
    HALF_GROUP,
    DEALT,
    Judged("128 DGX H100 in 4 SU", units(128, 32, "dgx-h100"), {"switch": "qm9700", "rails": 8}),
    Judged("DGX B300 on XDR, 2 SU", units(144, 72, "dgx-b300"),
           {"switch": "q3400-ra", "rails": 8}),
    Judged("GB200 NVL72, 8 racks", {"system": "gb200-nvl72", "count": 8, "racks_per_su": 8},
           {"switch": "qm9700", "rails": 4}, even=False),
    # Two ports of each fabric manager go to leaves of two of the eight rails.
    Judged("63 DGX H100 and two fabric managers", units(63, 32, "dgx-h100"),
           {"switch": "qm9700", "rails": 8}, even=False,
           others={"services": [{"node": "ufm-appliance", "count": 2}]}),
    Judged("oversubscribed 3:1", nodes(96), {"oversubscription": 3}, ports=16),
    Judged("three tiers of 4 ports", nodes(16), {"tiers": 3}, ports=4),
    Judged("four tiers of 4 ports", nodes(32), {"tiers": 4}, ports=4),
    Judged("four tiers, not full", nodes(22), {"tiers": 4}, ports=4, roots="supercore",
           even=False),
    Judged("two sets of cores for four spines", nodes(64),
           {"tiers": 3, "leaves_per_group": 4, "core_groups": 2}, ports=8),
    Judged("pods of two SU of two rails", units(32, 4),
           {"tiers": 3, "rails": 2, "sus_per_pod": 2}, ports=8),
    Judged("spines that taper 3:1", nodes(48),
           {"tiers": 3, "leaves_per_group": 6, "oversubscription": {"spine": 3}}, ports=8),
    Judged("spare nodes in two planes", units(34, 17),
           {"tiers": 3, "planes": 2, "backup_ports": 1, "sus_per_pod": 1}, ports=32, even=False),
    Judged("other switches in each tier", nodes(128),
           {"tiers": 3, "leaves_per_group": 4, "switch_by_role": {"spine": "small", "core": "big"}},
           ports=16,
           hardware={"switches": {"small": {"ports": 8, "port_gbps": 400},
                                  "big": {"ports": 32, "port_gbps": 400}}}),
    Judged("hosts at half the rate of the spines", nodes(64),
           {"switch": "caged", "link_gbps": 800}, ports=16,
           hardware={"switches": {"caged": {
               "ports": 16, "port_gbps": 800, "cage": "osfp", "cages": 16,
               "modes": [{"ports": 32, "port_gbps": 400}]}}}),
    Judged("rail-only, four rails", nodes(32), {"topology": "rail-only"}, ports=16, nics=4),
    Judged("management of hosts and switches", units(32, 16, "managed"), {"switch": "managed"},
           ports=16, even=False,
           hardware={
               "switches": {"managed": {"ports": 16, "port_gbps": 400, "management_ports": 1},
                            "small": {"ports": 8, "port_gbps": 1}},
               "nodes": {"managed": {"gpus": 1, "nics": [
                   {"count": 1, "port_gbps": 400, "role": "compute"},
                   {"count": 1, "port_gbps": 1, "role": "management"}]}},
           },
           others={"fabrics": {"management": {
               "topology": "fat-tree", "switch": "small", "management": True,
               "oversubscription": 3}}}),
    # Sixteen boards with a port on each side, and a tree for every row and column of them.
    Judged("HammingMesh of boards", nodes(16),
           {"topology": "hamming-mesh", "board": [1, 1], "boards": [4, 4]}, ports=4, nics=4,
           apart=True),
)  # fmt: skip

JUDGED = (
    *TREES,
    DRAGONFLY,
    DRAGONFLY_PLUS,
    HYPERX,
    SLIM_FLY,
    POLARFLY,
    SMALL_TORUS,
    TORUS,
    LARGER_TORUS,
    Judged("HyperX of three dimensions, some links double", nodes(24),
           {"topology": "hyperx", "shape": [4, 3, 2], "width": [1, 2, 1], "hosts_per_router": 1},
           ports=10, engine="dor", even=False, loops=True),
    # The way across leads down to a leaf and up again: `updn` finds none for some hosts.
    Judged("two zones", units(64, 32), {"topology": "two-zone"}, ports=16,
           engine="dfsssp", even=False, loops=True),
    Judged("four zones", units(64, 16),
           {"topology": "two-zone", "zones": 4, "interzone_switches": 2}, ports=16,
           engine="dfsssp", even=False),
)  # fmt: skip

FULL = Judged(
    "two tiers of 144 ports, full", nodes(10_368), {"tiers": 2}, ports=144,
    loads={("leaf", "spine"): 10_296, ("spine", "leaf"): 10_296},
)  # fmt: skip
"""As many hosts as two tiers hold: for `make nightly`."""
