"""Properties of whole sites: services, fabric managers, management networks, halls, any tree."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import event, given
from hypothesis import strategies as st

import rackplan
from rackplan.build.hardware import lay_out
from rackplan.build.wires import host_ports
from rackplan.deployment import Deployment
from rackplan.errors import InfeasibleError

Data = dict[str, Any]

SIZES = {"RP301", "RP315", "RP324"}
"""What may keep a site from being built: too few ports, cages that cannot be shared."""


@st.composite
def trees(draw: st.DrawFn, rails: int, planes: int) -> Data:
    """The spec of a compute fabric."""
    keys: Data = {
        "switch": "switch",
        "tiers": draw(st.sampled_from([None, None, None, 2, 3, 4])),
        "oversubscription": draw(st.sampled_from([1, 1, 2, "3:1", {"leaf": 2, "spine": 2}])),
        "bundles": draw(st.sampled_from(["uniform", "uniform", "spread"])),
        "reserved_ports": draw(st.sampled_from([0, 0, 1])),
        "backup_ports": draw(st.sampled_from([0, 0, 1])),
    }
    kind = draw(st.sampled_from(["fat-tree", "fat-tree", "fat-tree", "rail-only", "two-zone"]))
    if kind == "fat-tree":
        return keys | {"topology": kind, "rails": rails, "planes": planes}
    if kind == "two-zone":
        return keys | {"topology": kind, "planes": planes, "interzone_switches": 1}
    return keys | {"topology": kind}


@st.composite
def sites(draw: st.DrawFn) -> Data:
    """One or two kinds of nodes, with or without servers, PDUs, a management network and halls."""
    rails, planes = draw(st.integers(1, 4)), draw(st.integers(1, 2))
    ports = draw(st.integers(6, 32))
    managed = st.sampled_from([0, 1, 1, 2])
    switch: Data = {"ports": ports, "port_gbps": 400, "management_ports": draw(managed)}
    if ports % 2 == 0 and draw(st.booleans()):
        switch |= {"cage": "osfp", "cages": ports // 2}
    oob: Data = {"ports": draw(st.integers(4, 48)), "port_gbps": 1, "management_ports": 1}
    if draw(st.booleans()):
        oob["uplinks"] = {"ports": draw(st.integers(1, 4)), "port_gbps": 100}
    spec = draw(trees(rails, planes))
    halls = ["", "north", "south"] if draw(st.booleans()) else [""]
    nodes: Data = {
        "server": {"gpus": 0, "nics": [{"count": draw(st.integers(1, 2)) * planes},
                                       {"count": 1, "role": "oob"}]},
    }  # fmt: skip
    compute = []
    for name in ("alpha", "beta")[: draw(st.integers(1, 2))]:
        nics: list[Data] = [{"count": rails * planes}]
        if draw(st.booleans()):
            nics = [{"count": 1, "role": "oob"}, *nics]
        nodes[name] = {"gpus": draw(st.integers(1, 8)), "nics": nics}
        entry: Data = {"node": name, "count": draw(st.integers(1, 24))}
        if draw(st.booleans()):
            entry["nodes_per_su"] = draw(st.integers(1, 12))
        if hall := draw(st.sampled_from(halls)):
            entry["hall"] = hall
        compute.append(entry)
    services: list[Data] = []
    if spec["topology"] != "rail-only" and draw(st.booleans()):
        services.append({"node": "server", "count": draw(st.integers(1, 3))})
    fabrics: Data = {"compute": spec}
    if draw(st.booleans()):
        services.append({"part": "pdu-px3-5747v", "count": draw(st.integers(1, 6))})
        fabrics["oob"] = {"topology": "fat-tree", "switch": "oob", "management": True}
        if "uplinks" in oob:
            fabrics["oob"]["switch_by_role"] = {"spine": "fast", "core": "fast"}
    data = {
        "name": "site",
        "hardware": {
            "switches": {
                "switch": switch,
                "oob": oob,
                "fast": {"ports": 16, "port_gbps": 100, "management_ports": 1},
            },
            "nodes": nodes,
        },
        "compute": compute,
        "services": services,
        "fabrics": fabrics,
    }
    return data | ({"halls": {hall: {} for hall in halls[1:]}} if len(halls) > 1 else {})


def planned(data: Data) -> rackplan.Plan | None:
    """The plan, or None where it is refused; a broken invariant is neither and fails the test."""
    wanted = data | {"fabrics": dict(data["fabrics"])}
    if "oob" in wanted["fabrics"]:  # roles that the fabric does not have are told as wrong
        by_role = wanted["fabrics"]["oob"].get("switch_by_role")
        if by_role is not None:
            return _first_that_fits(wanted, by_role)
    return _plan(wanted)


def _first_that_fits(data: Data, by_role: Data) -> rackplan.Plan | None:
    for roles in ([], ["spine"], ["spine", "core"]):
        oob = data["fabrics"]["oob"] | {"switch_by_role": {role: by_role[role] for role in roles},
                                        "tiers": 1 + len(roles)}  # fmt: skip
        plan = _plan(data | {"fabrics": data["fabrics"] | {"oob": oob}})
        if plan is not None:
            return plan
    return None


def _plan(data: Data) -> rackplan.Plan | None:
    try:
        return rackplan.plan(Deployment.model_validate(data))
    except InfeasibleError as error:
        codes = {problem.code for problem in error.problems}
    if not codes <= SIZES:
        pytest.fail(f"refused for another reason than size: {codes}")
    return None


@given(sites())
def test_a_site_is_planned_and_audited_or_refused(data: Data) -> None:
    plan = planned(data)
    event("refused" if plan is None else "planned")
    if plan is None:
        return
    assert all(check.holds for check in plan.checks)
    ends = np.concatenate([plan.tables["links"]["a_port"], plan.tables["links"]["b_port"]])
    assert len(np.unique(ends)) == len(ends)
    assert_hosts(plan)
    assert_managed(plan)


def assert_hosts(plan: rackplan.Plan) -> None:
    """Every port of every NIC that has a fabric carries a link of that fabric."""
    links, ports, devices = (plan.tables[name] for name in ("links", "ports", "devices"))
    fabric_of_port = np.full(len(ports), "", dtype=object)
    words = np.array(links.words["fabric"], dtype=object)
    for end in ("a_port", "b_port"):
        fabric_of_port[links[end]] = words[links["fabric"]]
    first = devices["first_port"]
    for population in plan.design.populations:
        for one in population.host_ports:
            nodes = population.first_node + np.arange(population.nodes)
            rows = first[nodes][:, None] + one.first_port + np.arange(one.ports)
            assert (fabric_of_port[rows] == (one.fabric or "")).all()


def assert_managed(plan: rackplan.Plan) -> None:
    """Every management port of the switches of other fabrics, and of every PDU, has a link."""
    oob = next((one for one in plan.design.fabrics if one.name == "oob"), None)
    if oob is None:
        return
    links = plan.links_of("oob")
    device = plan.tables["ports"]["device"]
    there = np.bincount(device[links["a_port"]], minlength=len(plan.devices))
    devices = plan.devices
    wanted = 0
    for fabric in plan.design.fabrics:
        for role in fabric.size.roles:
            if fabric.name != "oob":
                each = fabric.switches[role.name].management_ports.value or 0
                mine = (devices["fabric"] == fabric.name) & (devices["role"] == role.name)
                assert set(there[mine.to_numpy()]) == {each}
                wanted += role.switches * each
    for one in plan.design.equipment:
        rows = slice(one.first_device, one.first_device + one.count)
        assert set(there[rows]) == {one.ports}
        wanted += one.count * one.ports
    nodes = sum(
        one.nodes * ports.ports
        for one in plan.design.populations
        for ports in one.host_ports
        if ports.fabric == "oob"
    )
    assert oob.host_links == wanted + nodes


@given(sites())
def test_hosts_of_a_fabric_are_numbered_block_after_block(data: Data) -> None:
    plan = planned(data)
    if plan is None:
        return
    layout = lay_out(plan.design)
    for fabric in plan.design.fabrics:
        found = host_ports(plan.design, fabric, layout)
        every = [
            found.rows(np.array([host]), np.arange(block.ports))
            for number, block in enumerate(fabric.blocks)
            for host in range(block.nodes)
            for host in [host + sum(one.nodes for one in fabric.blocks[:number])]
        ]
        rows = np.concatenate(every)
        assert len(np.unique(rows)) == len(rows)
        tiers = [tier.name for tier in fabric.size.links if tier.lower == "host"]
        links = plan.links[plan.links["fabric"] == fabric.name]
        assert set(links.loc[links["tier"].isin(tiers), "a_port"]) == set(rows.tolist())


@given(sites())
def test_switches_and_their_hosts_stand_in_one_hall(data: Data) -> None:
    plan = planned(data)
    if plan is None:
        return
    halls = plan.devices["hall"].to_numpy()
    device = plan.ports["device"].to_numpy()
    for fabric in plan.design.fabrics:
        if fabric.size.tiers < 2 or fabric.topology == "two-zone":
            continue
        links = plan.links[(plan.links["fabric"] == fabric.name)]
        hosts = links[links["tier"].astype(str).str.startswith("host_")]
        if any(block.source for block in fabric.blocks):
            continue
        event(f"{len(set(halls.tolist()))} halls")
        assert (halls[device[hosts["a_port"]]] == halls[device[hosts["b_port"]]]).all()


@given(sites())
def test_a_management_network_changes_nothing_in_the_other_fabrics(data: Data) -> None:
    plan = planned(data)
    if plan is None or "oob" not in data["fabrics"]:
        return
    alone = planned(data | {"fabrics": {"compute": data["fabrics"]["compute"]}})
    assert alone is not None
    told = [rackplan.summary(one)["fabrics"]["compute"] for one in (plan, alone)]
    assert told[0] == told[1]
