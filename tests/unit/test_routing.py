"""The routing engine that is advised; OpenSM itself is asked in `tests/judges`."""

from __future__ import annotations

from typing import Any

import pytest

import rackplan
from rackplan.analyses.routing import routing
from rackplan.deployment import Deployment


def advised(nodes: int, ports: int, protocol: str = "infiniband", **spec: Any) -> Any:
    switch = {"ports": ports, "port_gbps": 400, "protocol": protocol}
    plan = rackplan.plan(Deployment.model_validate({
        "name": "x",
        "hardware": {"switches": {"s": switch}, "nodes": {"n": {"gpus": 1, "nics": 1}}},
        "compute": [{"node": "n", "count": nodes}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "s"} | spec},
    }))  # fmt: skip
    return routing(plan).rows


@pytest.mark.parametrize(
    ("nodes", "ports", "spec", "why", "engine", "options"),
    [
        (128, 16, {}, "", "ftree", ""),
        (16, 16, {}, "one switch", "minhop", ""),
        (24, 8, {"tiers": 3, "leaves_per_group": 4}, "down from spine", "ftree", "-a"),
        (40, 16, {"bundles": "spread"}, "up from leaf", "ftree", "-a"),
        (50, 11, {"topology": "slim-fly"}, "no tiers", "lash", "-Q"),
        (64, 8, {"topology": "torus", "shape": [4, 4, 4]}, "no tiers", "torus-2QoS", "-Q,"),
    ],
)
def test_the_engine_follows_from_topology_and_regularity(  # a fabric and what is said of it
    nodes: int, ports: int, spec: dict[str, Any], why: str, engine: str, options: str
) -> None:
    (row,) = advised(nodes, ports, **spec)
    assert (row["why"], row["engine"], row["ftree"]) == (why, engine, not why)
    assert row["options"].partition(" ")[0] == options


def test_an_ethernet_fabric_has_no_subnet_manager() -> None:
    assert advised(32, 16, protocol="ethernet") == ()
