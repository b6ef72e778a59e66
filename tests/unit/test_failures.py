"""What a failure takes: published figures, every part by brute force, and the readings of CPO."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import networkx as nx
import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

import rackplan
from rackplan.analyses.failures import failures
from rackplan.blast.loss import Healthy
from rackplan.blast.parts import examples, parts, worst
from rackplan.blast.setting import Setting
from rackplan.deployment import Deployment
from rackplan.errors import InfeasibleError

EXAMPLES = Path(__file__).parents[2] / "examples"

Row = dict[str, Any]


def table(plan: rackplan.Plan) -> dict[tuple[str, ...], Row]:
    """The rows of a plan with one fabric, by part and place, and by reading where there is one."""
    assert len(plan.design.fabrics) == 1
    rows = failures(plan).rows
    found = {
        (row["part"], row["at"], *([row["reading"]] if row["reading"] else [])): dict(row)
        for row in rows
    }
    assert len(found) == len(rows)
    return found


def planned(node: dict[str, Any], count: int, ports: int = 8, **fabric: Any) -> rackplan.Plan:
    """Equal nodes on a fabric of switches of so many ports of 400G, two ports to a cage or more."""
    cages = fabric.pop("cages", ports // 2)
    compute = {"node": "node", "count": count, "nodes_per_su": fabric.pop("nodes_per_su", None)}
    return rackplan.plan(Deployment.model_validate({
        "name": "small",
        "hardware": {
            "switches": {
                "switch": {"ports": ports, "port_gbps": 400, "cage": "osfp", "cages": cages}
            },
            "nodes": {"node": node},
        },
        "compute": [compute],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch"} | fabric},
    }))  # fmt: skip


def superpod(node: str, count: int, switch: str, per_su: int, **spec: Any) -> rackplan.Plan:
    fabric = {"topology": "fat-tree", "switch": switch, "rails": 8} | spec
    return rackplan.plan(Deployment.model_validate({
        "name": "superpod",
        "compute": [{"node": node, "count": count, "nodes_per_su": per_su}],
        "fabrics": {"compute": fabric},
    }))  # fmt: skip


# --- published figures ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("plan", "left"),
    [
        (lambda: superpod("dgx-h100", 128, "qm9700", 32), 0.9375),
        (lambda: superpod("dgx-h100", 256, "qm9700", 32), 0.9688),
        (lambda: superpod("dgx-b300", 72, "q3400-ra", 72), 0.75),
        (lambda: superpod("dgx-b300", 1296, "q3400-ra", 72), 0.9861),
    ],
    ids=["h100-4su", "h100-8su", "xdr-1su", "xdr-18su"],
)
def test_a_spine_leaves_what_the_golden_case_says(plan: Any, left: float) -> None:
    made = plan()
    spine = table(made)["switch", "spine"]
    assert spine["fabric_left"] == pytest.approx(left, abs=5e-5)
    assert spine["gpu_left"] == pytest.approx(left, abs=5e-5)
    assert spine["gpus_cut"] == 0
    assert spine["gpus_degraded"] == made.design.gpus


@pytest.mark.parametrize(
    ("node", "switch", "per_su"), [("dgx-h100", "qm9700", 32), ("dgx-b300", "q3400-ra", 72)]
)
def test_a_leaf_takes_one_rail_of_one_scalable_unit(node: str, switch: str, per_su: int) -> None:
    leaf = table(superpod(node, 2 * per_su, switch, per_su))["switch", "leaf"]
    assert leaf["gpus_cut"] == per_su
    assert leaf["gpu_left"] == 0
    assert leaf["nodes_cut"] == 0
    assert leaf["node_left"] == 7 / 8


def test_with_two_planes_a_leaf_a_cable_and_a_plane_leave_half() -> None:
    rows = table(superpod("dgx-b300", 64, "sn5610", 64, planes=2))
    for part in (("switch", "leaf"), ("cable", "host_leaf"), ("plane", "all")):
        assert rows[part]["gpus_cut"] == 0
        assert rows[part]["gpu_left"] == 0.5
    assert rows["NIC", "dgx-b300"]["gpus_cut"] == 1, "a NIC has a port in each plane"
    assert rows["NIC", "dgx-b300"]["count"] == 512
    assert rows["switch", "leaf"]["gpus_degraded"] == 64
    assert rows["plane", "all"]["gpus_degraded"] == 512
    assert rows["plane", "all"]["fabric_left"] == 0.5
    assert rows["plane", "all"]["plane_left"] == 0
    # Both planes of a NIC end in one cage of the host: the module takes the GPU off.
    assert rows["host cage or module", "dgx-b300"]["gpus_cut"] == 1


def test_eight_planes_leave_seven_eighths() -> None:
    plan = rackplan.plan(Deployment.model_validate({
        "name": "mrc",
        "hardware": {
            "switches": {"switch": {"ports": 512, "port_gbps": 100}},
            "nodes": {"node": {"gpus": 1, "nics": 8}},
        },
        "compute": [{"node": "node", "count": 600}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch", "planes": 8}},
    }))  # fmt: skip
    rows = table(plan)
    assert rows["switch", "leaf"]["gpu_left"] == 7 / 8
    assert rows["switch", "leaf"]["gpus_degraded"] == 256
    assert rows["plane", "all"]["gpu_left"] == 7 / 8
    assert rows["plane", "all"]["gpus_degraded"] == 600


def test_hpn_keeps_59_of_60_aggregation_switches_and_half_without_a_leaf() -> None:
    rows = table(rackplan.plan(EXAMPLES / "hpn-pod.yaml"))
    spine = rows["switch", "spine"]
    assert spine["plane_left"] == pytest.approx(0.9833, abs=5e-5)
    assert spine["gpu_left"] == pytest.approx((59 / 60 + 1) / 2)  # the other plane is whole
    assert rows["switch", "leaf"]["gpu_left"] == 0.5
    assert rows["switch", "leaf"]["gpus_cut"] == 0


def test_sixteen_scalable_units_lose_a_quarter_of_a_group_with_a_spine() -> None:
    rows = table(rackplan.plan(EXAMPLES / "dgx-b200-16-su.yaml"))
    spine, core = rows["switch", "spine"], rows["switch", "core"]
    assert (spine["gpus_degraded"], spine["gpu_left"]) == (4 * 32, 0.75)
    assert spine["fabric_left"] == 127 / 128
    assert (core["gpus_degraded"], core["fabric_left"]) == (4096, 63 / 64)
    # A core meets one of the four spines of each group, with two of its 32 uplinks.
    assert core["gpu_left"] == pytest.approx(1 - 2 / 32 / 4)


def test_a_cable_of_a_bundle_leaves_the_leaf_one_part_in_s_times_b_less() -> None:
    rows = table(superpod("dgx-h100", 128, "qm9700", 32))
    cable = rows["cable", "leaf_spine"]
    assert cable["gpu_left"] == pytest.approx(1 - 1 / (16 * 2))
    assert cable["gpus_degraded"] == 32
    assert "D-mod-K" in cable["note"]
    assert "one of 2" in cable["note"]
    single = table(superpod("dgx-h100", 256, "qm9700", 32))["cable", "leaf_spine"]
    assert single["note"] == "", "no bundle to unbalance"


def test_a_twin_port_cage_is_two_links() -> None:
    rows = table(rackplan.plan(EXAMPLES / "dgx-h100-4-su.yaml"))
    cage, cable = rows["host cage or module", "dgx-h100"], rows["cable", "host_leaf"]
    assert (cage["count"], cage["gpus_cut"], cage["node_left"]) == (508, 2, 0.75)
    assert (cable["count"], cable["gpus_cut"], cable["node_left"]) == (1016, 1, 0.875)
    assert rows["rack", "eia-48u"]["gpus_cut"] == 32
    assert rows["node", "dgx-h100"]["nodes_cut"] == 1


# --- co-packaged optics ---------------------------------------------------------------------


@pytest.fixture(scope="module")
def co_packaged() -> dict[tuple[str, ...], Row]:
    """64 racks of GB300 on Q3450-LD: 64 leaves of 72 hosts and 72 uplinks, 36 spines."""
    return table(rackplan.plan(EXAMPLES / "gb300-64-racks-cpo.yaml"))


@pytest.mark.parametrize(
    ("part", "reading", "each", "cut", "degraded", "left"),
    [
        ("optical engine", "grouped", 72, 2, 0, 0),
        ("optical engine", "spread", 72, 0, 8, 0.75),
        ("switch ASIC", "grouped", 4, 36, 0, 0),
        ("switch ASIC", "spread", 4, 0, 72, 0.75),
        ("external laser source", "grouped", 18, 8, 0, 0),
        ("external laser source", "spread", 18, 0, 32, 0.75),
        ("external laser source", "pooled", 18, 0, 0, 1),
    ],
)
def test_parts_of_a_co_packaged_leaf_in_each_reading(  # one row of the table of readings
    co_packaged: dict[tuple[str, ...], Row],
    part: str,
    reading: str,
    each: int,
    cut: int,
    degraded: int,
    left: float,
) -> None:
    row = co_packaged[part, "leaf", reading]
    assert row["count"] == 64 * each
    assert (row["gpus_cut"], row["gpus_degraded"], row["gpu_left"]) == (cut, degraded, left)


def test_parts_of_a_co_packaged_spine(co_packaged: dict[tuple[str, ...], Row]) -> None:
    # A spine has two links to each of 64 leaves, in ports 2 l and 2 l + 1: an engine of two ports
    # takes both links of one leaf, spread it takes a quarter of both links of four leaves.
    grouped = co_packaged["optical engine", "spine", "grouped"]
    assert (grouped["gpus_degraded"], grouped["gpu_left"]) == (72, pytest.approx(1 - 2 / 72))
    spread = co_packaged["optical engine", "spine", "spread"]
    assert (spread["gpus_degraded"], spread["gpu_left"]) == (288, pytest.approx(1 - 0.5 / 72))
    asic = co_packaged["switch ASIC", "spine", "spread"]
    assert (asic["gpus_degraded"], asic["gpu_left"]) == (4608, pytest.approx(1 - 0.5 / 72))
    pooled = co_packaged["external laser source", "spine", "pooled"]
    assert "0.25 dB" in pooled["note"]


def test_one_asic_has_one_reading_and_unpublished_laser_sources_no_row() -> None:
    def on(switch: str) -> dict[tuple[str, ...], Row]:
        node = {"gpus": 8, "nics": [{"count": 8, "port_gbps": 800}]}
        return table(planned(node, 72, switch=switch, rails=8, nodes_per_su=64))

    rows = on("sn6810-ld")
    assert rows["switch ASIC", "leaf"]["gpus_cut"] == 64
    assert rows["optical engine", "leaf"]["gpus_cut"] == 4, "128 ports on 32 engines"
    assert rows["external laser source", "leaf", "grouped"]["gpus_cut"] == 8
    assert rows["external laser source", "leaf", "spread"]["gpus_degraded"] == 32
    rows = on("broadcom-th6-davisson")
    assert rows["optical engine", "leaf"]["gpus_cut"] == 8, "128 ports on 16 engines"
    assert not any(key[0] == "external laser source" for key in rows)


# --- power ----------------------------------------------------------------------------------


def racks_of(redundancy: str, count: int, shelf_w: float | None) -> dict[tuple[str, ...], Row]:
    """Two racks of 100 kW with some shelves, on one switch."""
    shelves = {"count": count, "shelf_w": shelf_w, "redundancy": redundancy}
    return table(rackplan.plan(Deployment.model_validate({
        "name": "shelves",
        "hardware": {
            "switches": {"switch": {"ports": 64, "port_gbps": 400}},
            "nodes": {"tray": {"gpus": 4, "nics": 4}},
            "racks": {"frame": {}},
            "systems": {
                "system": {
                    "rack": "frame", "node": "tray", "nodes": 8, "shelves": shelves,
                    "power": {"provisioned_w": 100_000},
                },
            },
        },
        "compute": [{"system": "system", "count": 2}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch"}},
    })))  # fmt: skip


@pytest.mark.parametrize(
    ("redundancy", "count", "shelf_w", "cut"),
    [
        ("N", 4, 25_000, 32),  # three give 75 kW
        ("N", 5, None, 32),  # no shelf is spare
        ("N+1", 5, 25_000, 0),
        ("N+1", 5, None, 0),
        ("N+N", 8, 25_000, 0),
        ("N+1", 4, 30_000, 32),  # sold as N+1, but three give 90 kW
    ],
)
def test_a_power_shelf_takes_nothing_or_its_rack(
    redundancy: str, count: int, shelf_w: float | None, cut: int
) -> None:
    rows = racks_of(redundancy, count, shelf_w)
    shelf, rack = rows["power shelf", "system"], rows["rack", "system"]
    assert rack["gpus_cut"] == 32
    assert shelf["gpus_cut"] == cut
    assert shelf["count"] == 2 * count
    assert redundancy in shelf["note"]


def test_half_the_shelves_are_said_not_to_be_enough() -> None:
    row = table(rackplan.plan(EXAMPLES / "two-halls.yaml"))["power shelf", "gb300-nvl72"]
    assert row["gpus_cut"] == 0
    assert row["count"] == 32 * 8, "one row, though the racks stand in two halls"
    assert "132.0 kW, are not enough" in row["note"]


# --- hosts without GPUs, panels, unlike numbers of ports and GPUs ---------------------------


def test_hosts_without_gpus_are_counted_apart() -> None:
    plan = rackplan.plan(Deployment.model_validate({
        "name": "storage",
        "hardware": {
            "switches": {"switch": {"ports": 16, "port_gbps": 400}},
            "nodes": {
                "gpu-node": {"gpus": 8, "nics": [{"count": 2, "role": "storage"}]},
                "server": {"gpus": 0, "nics": [{"count": 2, "role": "storage"}]},
            },
        },
        "compute": [{"node": "gpu-node", "count": 12}],
        "services": [{"node": "server", "count": 8}],
        "fabrics": {"storage": {"topology": "fat-tree", "switch": "switch"}},
    }))  # fmt: skip
    rows = table(plan)
    server = rows["node", "server"]
    assert (server["gpus_cut"], server["gpus_degraded"], server["gpu_left"]) == (0, 0, 1)
    assert (server["others_cut"], server["others_degraded"]) == (1, 0)
    nic = rows["NIC", "server"]
    assert (nic["count"], nic["others_cut"], nic["others_degraded"]) == (16, 0, 1)
    # Two ports for eight GPUs: four GPUs on each.
    nic = rows["NIC", "gpu-node"]
    assert (nic["gpus_cut"], nic["node_left"], nic["others_cut"]) == (4, 0.5, 0)


def test_managed_devices_are_hosts_without_gpus() -> None:
    plan = rackplan.plan(Deployment.model_validate({
        "name": "oob",
        "hardware": {
            "switches": {
                "switch": {"ports": 16, "port_gbps": 400, "management_ports": 1},
                "small": {"ports": 48, "port_gbps": 1, "management_ports": 0},
            },
            "nodes": {
                "node": {"gpus": 8, "nics": [
                    {"count": 8, "port_gbps": 400}, {"count": 1, "role": "oob", "port_gbps": 1},
                ]},
            },
        },
        "compute": [{"node": "node", "count": 8}],
        "fabrics": {
            "compute": {"topology": "fat-tree", "switch": "switch"},
            "oob": {"topology": "fat-tree", "switch": "small", "management": True},
        },
    }))  # fmt: skip
    rows = {(row["fabric"], row["part"], row["at"]): row for row in failures(plan).rows}
    leaf = rows["oob", "switch", "leaf"]
    assert leaf["gpus_cut"] == 64
    assert leaf["others_cut"] == plan.design.fabrics[0].switch_count


def test_a_panel_takes_all_links_that_cross_it() -> None:
    plan = planned(
        {"gpus": 2, "nics": 2}, 16, rails=2, nodes_per_su=4,
        optics={"tiers": {"leaf_spine": {"panel": "ocs-lumentum-r300"}}},
    )  # fmt: skip
    rows = table(plan)
    panel = rows["optical circuit switch", "leaf_spine"]
    assert panel["count"] == 1
    assert panel["fabric_left"] == 0
    # Without it no leaf reaches another: seven of eight are cut off from the first.
    assert panel["gpus_cut"] == 32 - 4
    assert (panel["gpus_degraded"], panel["gpu_left"]) == (4, 0)
    assert "splits 7 parts" in panel["note"]
    cables = rows["cable", "leaf_spine"]
    assert cables["count"] == 2 * 32, "one on each side of the panel"


@pytest.mark.parametrize(
    ("gpus", "nics", "cut", "degraded", "gpu_left"),
    [
        (8, 8, 1, 0, 0.0),
        (8, 2, 4, 0, 0.0),
        (4, 8, 0, 1, 0.5),
        (8, 12, 0, 1, 1 / 3),  # ports 0 and half of 1; half of 1, and 2
        (3, 2, 1, 1, 0.0),  # the middle GPU has a third of each port... and keeps half
        (0, 2, 0, 0, None),
    ],
)
def test_ports_and_gpus_of_unlike_number_are_laid_side_by_side(
    gpus: int, nics: int, cut: int, degraded: int, gpu_left: float | None
) -> None:
    row = table(planned({"gpus": gpus, "nics": nics}, 4, ports=64))["cable", "host_leaf"]
    found = (row["gpus_cut"], row["gpus_degraded"], row["gpu_left"])
    assert found == (cut, degraded, pytest.approx(gpu_left) if gpu_left is not None else None)


# --- direct networks ------------------------------------------------------------------------


def test_direct_networks_by_hand() -> None:
    node = {"gpus": 1, "nics": 1}
    rows = table(planned(node, 192, 16, topology="torus", shape=[4, 4, 4], hosts_per_router=3))
    # A router of six links meets six others with three hosts each.
    router = rows["switch", "router"]
    assert (router["gpus_cut"], router["gpus_degraded"]) == (3, 18)
    cable = rows["cable", "dim_1"]
    assert (cable["gpus_cut"], cable["gpus_degraded"]) == (0, 6)
    assert cable["gpu_left"] == pytest.approx(5 / 6)
    assert cable["fabric_left"] == 63 / 64
    assert cable["note"] == ""
    rows = table(planned(node, 200, 16, topology="slim-fly", q=5, hosts_per_router=4))
    router = rows["switch", "router"]  # Hoffman-Singleton: 50 routers of degree 7
    assert (router["gpus_cut"], router["gpus_degraded"]) == (4, 28)
    assert rows["cable", "cross"]["gpu_left"] == pytest.approx(6 / 7)
    rows = table(planned(node, 64, 16, topology="hyperx", shape=[4, 4], hosts_per_router=4))
    assert rows["switch", "router"]["gpus_degraded"] == 24
    rows = table(
        planned(node, 72, 8, topology="dragonfly", hosts_per_router=2, routers_per_group=4,
                global_ports=2, groups=9)
    )  # fmt: skip
    router = rows["switch", "router"]  # three local links and two global ones
    assert (router["gpus_cut"], router["gpus_degraded"]) == (2, 10)
    assert rows["cable", "global"]["gpu_left"] == pytest.approx(4 / 5)


def test_hosts_that_pass_traffic_on_lose_a_link_and_not_a_gpu() -> None:
    node = {"gpus": 2, "nics": [{"count": 4, "port_gbps": 400}]}
    plan = rackplan.plan(Deployment.model_validate({
        "name": "torus",
        "hardware": {"nodes": {"node": node}},
        "compute": [{"node": "node", "count": 16}],
        "fabrics": {"compute": {"topology": "torus", "shape": [4, 4]}},
    }))  # fmt: skip
    rows = table(plan)
    cable = rows["cable", "dim_1"]
    assert (cable["gpus_cut"], cable["gpus_degraded"], cable["gpu_left"]) == (0, 4, 0.75)
    lost = rows["node", "node"]  # its own two GPUs, and those of four neighbours
    assert (lost["gpus_cut"], lost["gpus_degraded"]) == (2, 8)


def test_hosts_that_join_switches_pass_traffic_on_too() -> None:
    row = table(small("boards-of-one"))["cable", "host_row"]
    # Both GPUs of the node share its four ports.
    assert (row["gpus_cut"], row["gpus_degraded"], row["gpu_left"]) == (0, 2, 0.75)


def test_between_zones_only_the_way_across_narrows() -> None:
    rows = table(planned({"gpus": 1, "nics": 1}, 48, topology="two-zone", interzone_switches=2))
    across = rows["switch", "interzone"]
    assert across["gpus_cut"] == across["gpus_degraded"] == 0
    assert across["fabric_left"] == 0.5
    alone = table(planned({"gpus": 1, "nics": 1}, 48, topology="two-zone", interzone_switches=1))
    split = alone["switch", "interzone"]
    assert split["gpus_cut"] == 24, "one zone no longer reaches the other"
    assert "splits 1 part" in split["note"]


# --- every part, by brute force -------------------------------------------------------------

SMALL: dict[str, dict[str, Any]] = {
    "two-tiers": {"count": 16, "rails": 2, "nodes_per_su": 4},
    "a-part-of-a-unit": {"count": 13, "rails": 2, "nodes_per_su": 4},
    "oversubscribed": {"count": 18, "oversubscription": 3},
    "reserve": {"count": 12, "nodes_per_su": 3},
    "dealt": {"count": 20, "oversubscription": "5:3", "bundles": "spread"},
    "three-tiers": {"count": 32, "nodes_per_su": 4},
    "three-tiers-in-part": {"count": 29, "nodes_per_su": 4, "leaves_per_group": 4, "tiers": 3},
    "tapered": {"count": 32, "tiers": 3, "oversubscription": {"leaf": 1, "spine": 2}},
    "planes": {"count": 16, "rails": 1, "planes": 2, "nodes_per_su": 4},
    "one-switch": {"count": 4},
    "rail-only": {"count": 16, "topology": "rail-only"},
    "zones": {"count": 24, "topology": "two-zone", "interzone_switches": 1},
    "routers-in-a-torus": {"count": 17, "topology": "torus", "shape": [3, 3, 2]},
    "hyperx": {"count": 13, "topology": "hyperx", "shape": [3, 3]},
    "slim-fly": {"count": 30, "ports": 12, "topology": "slim-fly", "q": 4},
    "polarfly": {"count": 20, "ports": 12, "topology": "polarfly"},
    "dragonfly": {"count": 36, "topology": "dragonfly", "hosts_per_router": 2},
    "dragonfly-plus": {"count": 24, "topology": "dragonfly-plus"},
    "ports-in-another-order": {
        "count": 19,
        "ports": 12,
        "cages": 3,
        "topology": "dragonfly-plus",
    },
    "hamming-mesh": {"count": 16, "topology": "hamming-mesh", "planes": 1, "nics": 4},
    "boards-of-one": {"count": 9, "topology": "hamming-mesh", "board": [1, 1], "nics": 4},
    "torus-of-hosts": {"count": 16, "topology": "torus", "switch": None, "nics": 4},
    "ring-of-hosts": {"count": 7, "topology": "torus", "switch": None, "nics": 2},
}
"""Small fabrics of every topology, of nodes with two GPUs and two ports."""

TREES = [name for name in SMALL if list(SMALL).index(name) < list(SMALL).index("rail-only")]
EXACT = ["two-tiers", "a-part-of-a-unit", "oversubscribed", "reserve", "three-tiers", "one-switch"]
"""Trees in which water filling loses nothing against a maximum flow."""


@cache
def small(name: str) -> rackplan.Plan:
    given = dict(SMALL[name])
    node = {"gpus": 2, "nics": [{"count": given.pop("nics", 2), "port_gbps": 400}]}
    return planned(node, given.pop("count"), given.pop("ports", 8), **given)


class Brute:
    """A fabric as networkx graphs and dicts, one object a link."""

    def __init__(self, plan: rackplan.Plan) -> None:
        ports, devices = plan.ports, plan.devices
        switch = set(devices.index[devices["kind"] == "switch"])
        self.links: list[tuple[Any, Any, float]] = []
        self.gpus: dict[tuple[int, int], dict[int, Fraction]] = defaultdict(dict)
        at_host: list[tuple[int, int, int]] = []
        relays = bool(
            plan.design.fabrics[0].topology == "hamming-mesh" or not plan.design.fabrics[0].switches
        )
        for number, row in enumerate(plan.links.itertuples()):
            ends: list[Any] = []
            for port in (row.a_port, row.b_port):
                device, index = int(ports["device"][port]), int(ports["index"][port])
                if device in switch:
                    ends.append(device)
                    continue
                at_host.append((number, device, index))
                ends.append(("host", device, row.plane if relays else index))
            self.links.append((ends[0], ends[1], row.speed_gbps))
        (population,) = plan.design.populations
        total, each = population.node.gpus.value, population.ports_per_node
        for number, device, index in at_host:
            for gpu in range(total):
                low = max(Fraction(gpu, total), Fraction(index, each))
                high = min(Fraction(gpu + 1, total), Fraction(index + 1, each))
                if relays or high > low:
                    share = Fraction(1) if relays else (high - low) * each
                    self.gpus[device, gpu][number] = share
        self.whole = self._graph(set())

    def _graph(self, gone: set[int]) -> nx.Graph:
        graph: nx.Graph = nx.Graph()
        for number, (a, b, _) in enumerate(self.links):
            graph.add_nodes_from((a, b))
            if number not in gone:
                graph.add_edge(a, b)
        return graph

    def cut(self, gone: set[int]) -> int:
        """GPUs whose ports are all gone or apart from the largest part that is left."""
        graph = self._graph(gone)
        reached: set[Any] = set()
        for part in nx.connected_components(self.whole):
            pieces = [set(p) for p in nx.connected_components(graph.subgraph(part))]
            reached |= max(pieces, key=lambda piece: self._weight(piece, gone))
        return sum(
            not any(self.links[link][0] in reached and link not in gone for link in links)
            for links in self.gpus.values()
        )

    def _weight(self, piece: set[Any], gone: set[int]) -> float:
        return sum(
            rate
            for number, (a, b, rate) in enumerate(self.links)
            if number not in gone and a in piece and isinstance(a, tuple)
            for _ in range(2 if isinstance(b, tuple) else 1)
        )

    def concurrent(self, gone: set[int]) -> float:
        """The share of its rate that every living host link of a tree can send to the top at once.

        Newton's steps over minimum cuts: with S the leaves on the source's side of a cut, the
        share is at most what leaves S over what its hosts want to send.
        """
        share = 1.0
        while True:
            graph, wanted = self._flow(gone, share)
            value, (near, _) = nx.minimum_cut(graph, "source", "top")
            if value >= share * sum(wanted.values()) * (1 - 1e-9):
                return share
            inside = sum(rate for leaf, rate in wanted.items() if leaf in near)
            share = (value - share * (sum(wanted.values()) - inside)) / inside

    def _flow(self, gone: set[int], share: float) -> tuple[nx.DiGraph, dict[Any, float]]:
        graph: nx.DiGraph = nx.DiGraph()
        wanted: dict[Any, float] = defaultdict(float)
        has_uplinks = {a for a, _, _ in self.links if not isinstance(a, tuple)}
        for number, (a, b, rate) in enumerate(self.links):
            if b not in has_uplinks:
                graph.add_edge(b, "top")
            if number in gone:
                continue
            if isinstance(a, tuple):
                wanted[b] += rate
                continue
            before = graph.get_edge_data(a, b, {"capacity": 0.0})["capacity"]
            graph.add_edge(a, b, capacity=before + rate)
        for leaf, rate in wanted.items():
            graph.add_edge("source", leaf, capacity=share * rate)
        return graph, wanted


def single_failures(plan: rackplan.Plan) -> Iterator[tuple[str, str, set[int]]]:
    """Every single part, from the tables row by row: what it is, where, and its links."""
    links, ports, devices = plan.links, plan.ports, plan.devices
    held: dict[tuple[str, str, int], set[int]] = defaultdict(set)
    (fabric,) = plan.design.fabrics
    printed = {tier.name for tier in fabric.size.links if tier.printed}
    with_module = set(plan.modules["cage"])
    for number, row in enumerate(links.itertuples()):
        name = "link on a board" if row.tier in printed else "cable"
        held[name, row.tier, number if row.tier in printed else row.cable].add(number)
        if fabric.size.planes > 1:
            held["plane", "all", row.plane].add(number)
        for port in (row.a_port, row.b_port):
            device, cage = int(ports["device"][port]), int(ports["cage"][port])
            at_switch = devices["kind"][device] == "switch"
            at = str(devices["role" if at_switch else "type"][device])
            held["switch" if at_switch else "node", at, device].add(number)
            if cage in with_module:
                name = "switch cage or module" if at_switch else "host cage or module"
                held[name, at, cage].add(number)
            if not at_switch:
                held["NIC", at, port].add(number)
    for (name, at, _), gone in held.items():
        yield name, at, gone


@pytest.mark.parametrize("name", SMALL)
def test_every_single_failure_cuts_off_what_networkx_says(name: str) -> None:
    plan = small(name)
    brute, (fabric,) = Brute(plan), plan.design.fabrics
    healthy = Healthy(Setting.of(plan.design, fabric, plan.tables).net)
    most: dict[tuple[str, str], int] = defaultdict(int)
    counts: dict[tuple[str, str], int] = defaultdict(int)
    for part, at, gone in single_failures(plan):
        loss = healthy.after(np.array(sorted(gone)), np.ones(len(gone)))
        cut = brute.cut(gone)
        assert loss.gpus_cut == cut, (part, at, gone)
        most[part, at] = max(most[part, at], cut)
        counts[part, at] += 1
    rows = {(row["part"], row["at"]): row for row in failures(plan).rows}
    assert {key: row["gpus_cut"] for key, row in rows.items()} == most
    assert {key: row["count"] for key, row in rows.items()} == counts


@pytest.mark.parametrize("name", TREES)
def test_what_is_left_in_a_tree_is_what_a_maximum_flow_carries(name: str) -> None:
    plan = small(name)
    brute, (fabric,) = Brute(plan), plan.design.fabrics
    healthy = Healthy(Setting.of(plan.design, fabric, plan.tables).net)
    before = brute.concurrent(set())
    checked = 0
    for part, at, gone in single_failures(plan):
        between_switches = not any(isinstance(brute.links[one][0], tuple) for one in gone)
        if not between_switches:
            continue
        loss = healthy.after(np.array(sorted(gone)), np.ones(len(gone)))
        if loss.gpus_cut or loss.gpu_left is None or plan.design.fabrics[0].size.planes > 1:
            continue
        share = min(1.0, brute.concurrent(gone) / before)
        assert loss.gpu_left <= share + 1e-9, (part, at)
        if name in EXACT:
            assert loss.gpu_left == pytest.approx(share), (part, at)
        checked += 1
    assert checked or name in {"one-switch", "planes"}


@pytest.mark.parametrize("name", SMALL)
def test_one_part_of_each_kind_stands_for_all(name: str) -> None:
    plan = small(name)
    (fabric,) = plan.design.fabrics
    setting = Setting.of(plan.design, fabric, plan.tables)
    healthy = Healthy(setting.net)
    found = {(part.name, part.at): worst(part, setting, healthy) for part in parts(setting)}
    hardest: dict[tuple[str, str], tuple[float, ...]] = {}
    for part, at, gone in single_failures(plan):
        loss = healthy.after(np.array(sorted(gone)), np.ones(len(gone)))
        hardest[part, at] = max(hardest.get((part, at), loss.severity), loss.severity)
    assert {key: loss.severity for key, loss in found.items()} == hardest


def test_a_leaf_shares_what_its_uplinks_carry_after_those_that_need_less() -> None:
    plan = small("two-tiers")  # leaves of four hosts and four uplinks
    net = Setting.of(plan.design, plan.design.fabrics[0], plan.tables).net
    healthy = Healthy(net)
    hosts, uplinks = (
        np.flatnonzero((net.links.b if down else net.links.a) == 0) for down in (True, False)
    )
    assert (len(hosts), len(uplinks)) == (4, 4)
    # Three uplinks carry 3; the host with half a link sends 0.5, the others 2.5 / 3 each.
    loss = healthy.after(np.array([hosts[0], uplinks[0]]), np.array([0.5, 1.0]))
    assert loss.lost_gpus == pytest.approx(1)
    assert loss.gpu_left == 0.5
    # Without one host the others have more uplinks than they need.
    loss = healthy.after(np.array([hosts[0], uplinks[0]]), np.array([1.0, 1.0]))
    assert (loss.gpus_cut, loss.gpus_degraded) == (1, 0)
    # Half of every link: what the hosts still send fits the uplinks.
    loss = healthy.after(np.concatenate([hosts, uplinks]), np.full(8, 0.5))
    assert (loss.gpus_degraded, loss.gpu_left) == (4, pytest.approx(0.5))


def test_kinds_are_few_in_a_regular_fabric() -> None:
    plan = rackplan.plan(EXAMPLES / "dgx-h100-4-su.yaml")
    setting = Setting.of(plan.design, plan.design.fabrics[0], plan.tables)
    kinds = {(part.name, part.at): len(list(examples(part, setting))) for part in parts(setting)}
    # Leaves of the three full units and of the one that lacks a node; spines are all alike.
    assert kinds["switch", "leaf"] == 2
    assert kinds["switch", "spine"] == 1
    assert max(kinds.values()) <= 6


# --- random trees ---------------------------------------------------------------------------


@st.composite
def trees(draw: st.DrawFn) -> dict[str, Any]:
    rails = draw(st.integers(1, 2))
    return {
        "node": {"gpus": draw(st.integers(1, 4)), "nics": rails * draw(st.integers(1, 2))},
        "count": draw(st.integers(1, 24)),
        "ports": 2 * draw(st.integers(2, 8)),
        "rails": rails,
        "nodes_per_su": draw(st.sampled_from([None, 2, 3, 5])),
        "tiers": draw(st.sampled_from([None, None, 2, 3])),
        "oversubscription": draw(st.sampled_from([1, 2, "3:2"])),
        "bundles": draw(st.sampled_from(["uniform", "spread"])),
    }


@settings(max_examples=25)
@given(trees())
def test_random_trees_agree_with_brute_force(data: dict[str, Any]) -> None:
    given = dict(data)
    try:
        plan = planned(given.pop("node"), given.pop("count"), given.pop("ports"), **given)
    except InfeasibleError:
        event("refused")
        return
    brute, (fabric,) = Brute(plan), plan.design.fabrics
    if len(brute.links) > 300:
        event("too many links to try all")
        return
    event(f"{fabric.size.tiers} tiers")
    setting = Setting.of(plan.design, fabric, plan.tables)
    healthy = Healthy(setting.net)
    hardest: dict[tuple[str, str], tuple[float, ...]] = {}
    for part, at, gone in single_failures(plan):
        loss = healthy.after(np.array(sorted(gone)), np.ones(len(gone)))
        assert loss.gpus_cut == brute.cut(gone)
        assert 0 <= loss.plane_left <= loss.fabric_left <= 1
        hardest[part, at] = max(hardest.get((part, at), loss.severity), loss.severity)
    found = {(part.name, part.at): worst(part, setting, healthy) for part in parts(setting)}
    assert {key: loss.severity for key, loss in found.items()} == hardest
