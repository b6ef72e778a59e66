"""The files for InfiniBand tools, as text; tests/judges hands them to the tools."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import rackplan
from rackplan.deployment import Deployment
from rackplan.exports import EXPORTS
from rackplan.exports.ibnetdiscover import device_guids
from rackplan.observe import compare_links, planned_links, read_discovered
from rackplan.planes import planes, port_list

NETLIST = """\
sysimgguid=0xHOST1000
caguid=0xHOST1010
Ca	1 "H-HOST1010"		# "n000001 HCA-1"
[1]	"S-LEAF"[1]		# "compute-p0-leaf-0001"

sysimgguid=0xHOST2000
caguid=0xHOST2010
Ca	1 "H-HOST2010"		# "n000002 HCA-1"
[1]	"S-LEAF"[2]		# "compute-p0-leaf-0001"

sysimgguid=0xLEAF
switchguid=0xLEAF(LEAF)
Switch	4 "S-LEAF"		# "compute-p0-leaf-0001" base port 0 lid 0 lmc 0
[1]	"H-HOST1010"[1]		# "n000001 HCA-1"
[2]	"H-HOST2010"[1]		# "n000002 HCA-1"
"""
TOPOLOGY = """\
CA1-node n000001
   P1 -> SW4-switch compute-p0-leaf-0001 P1

CA1-node n000002
   P1 -> SW4-switch compute-p0-leaf-0001 P2

SW4-switch compute-p0-leaf-0001
   P1 -> CA1-node n000001 P1
   P2 -> CA1-node n000002 P1
"""
HOST_TYPE = """\
TOPSYSTEM CA2-node

NODE CA 1 CA2-node U1
1 -> P1

NODE CA 1 CA2-node U2
1 -> P2
"""
SWITCH_TYPE = (
    "TOPSYSTEM SW4-switch\n\nNODE SW 4 SW4-switch U1\n1 -> P1\n2 -> P2\n3 -> P3\n4 -> P4\n"
)


def planned(nodes: int, *, ports: int = 4, nics: int = 1, **fabrics: dict[str, Any]) -> Any:
    """The plan of equal nodes on fat trees of equal switches."""
    return rackplan.plan(Deployment.model_validate({
        "name": "files",
        "hardware": {
            "switches": {"switch": {"ports": ports, "port_gbps": 400}},
            "nodes": {"node": {"gpus": 1, "nics": nics}},
        },
        "compute": [{"node": "node", "count": nodes}],
        "fabrics": {
            name: {"topology": "fat-tree", "switch": "switch", **spec}
            for name, spec in (fabrics or {"compute": {}}).items()
        },
    }))  # fmt: skip


def written(plan: rackplan.Plan, folder: Path) -> dict[str, str]:
    """The texts of the files by name."""
    folder.mkdir(exist_ok=True)
    for name in ("ibnetdiscover", "ib_topo"):
        EXPORTS[name](plan, folder)
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes().decode() for file in files}


def test_two_nodes_on_one_switch_read_like_this(tmp_path: Path) -> None:
    plan = planned(2)
    *hosts, leaf = (f"{guid:016x}" for guid in device_guids(plan.tables["devices"]).tolist())
    files = written(plan, tmp_path)
    text = NETLIST.replace("LEAF", leaf)
    for number, host in enumerate(hosts, start=1):
        text = re.sub(f"HOST{number}0(.)0", rf"{host[:-3]}0\g<1>0", text)
    assert files == {
        "ibnetdiscover/compute-plane0.net": text,
        "ib_topo/compute-plane0.topo": TOPOLOGY,
        "ib_topo/CA1-node.ibnl": "TOPSYSTEM CA1-node\n\nNODE CA 1 CA1-node U1\n1 -> P1\n",
        "ib_topo/SW4-switch.ibnl": SWITCH_TYPE,
    }


def test_each_plane_is_a_file_and_each_port_of_a_host_a_channel_adapter(tmp_path: Path) -> None:
    files = written(planned(2, nics=2, compute={"planes": 2}), tmp_path)
    assert sorted(files) == [
        "ib_topo/CA2-node.ibnl", "ib_topo/SW4-switch.ibnl",
        "ib_topo/compute-plane0.topo", "ib_topo/compute-plane1.topo",
        "ibnetdiscover/compute-plane0.net", "ibnetdiscover/compute-plane1.net",
    ]  # fmt: skip
    assert files["ib_topo/CA2-node.ibnl"] == HOST_TYPE
    for plane in (0, 1):
        netlist = files[f"ibnetdiscover/compute-plane{plane}.net"]
        assert set(re.findall(r"HCA-\d", netlist)) == {f"HCA-{plane + 1}"}
        topology = files[f"ib_topo/compute-plane{plane}.topo"]
        assert f"\n   P{plane + 1} -> SW4-switch compute-p{plane}-leaf" in topology


@pytest.mark.parametrize(
    "make",
    [
        lambda: planned(2),
        lambda: planned(16, tiers_3={"tiers": 3, "role": "compute"}),
        lambda: planned(8, ports=8, nics=4, compute={"planes": 2, "rails": 2}),
    ],
)
def test_what_is_written_reads_back_as_the_planned_links(
    make: Callable[[], rackplan.Plan], tmp_path: Path
) -> None:
    plan = make()
    written(plan, tmp_path)
    for plane in planes(plan):
        observed = read_discovered(tmp_path / "ibnetdiscover" / f"{plane.name}.net")
        assert len(observed) == len(plane.a_port)
        assert not compare_links(planned_links(plan, plane), observed)


def test_guids_differ_and_stay_when_nodes_are_added() -> None:
    few, many = (
        device_guids(planned(nodes, nics=2, compute={"planes": 2}).tables["devices"])
        for nodes in (12, 16)
    )
    assert len(np.unique(many)) == len(many)
    assert np.isin(few, many).all()
    assert set((many >> np.uint64(56)).tolist()) == {2}


def test_names_with_spaces_are_joined_in_topologies_only(tmp_path: Path) -> None:
    files = written(planned(2, **{"my net": {"role": "compute"}}), tmp_path)
    assert '"my net-p0-leaf-0001"' in files["ibnetdiscover/my net-plane0.net"]
    assert "SW4-switch my_net-p0-leaf-0001\n" in files["ib_topo/my net-plane0.topo"]


def test_a_plane_whose_ports_infiniband_cannot_number_has_no_netlist(tmp_path: Path) -> None:
    wide = written(planned(254, ports=300), tmp_path / "wide")
    wider = written(planned(255, ports=300), tmp_path / "wider")
    assert "ibnetdiscover/compute-plane0.net" in wide
    assert not [name for name in wider if name.startswith("ibnetdiscover")]
    assert "ib_topo/compute-plane0.topo" in wider


def test_a_plan_without_fabrics_has_no_such_files(tmp_path: Path) -> None:
    plan = rackplan.plan(Deployment.model_validate(
        {"name": "nothing", "compute": [{"system": "gb200-nvl72", "count": 1}]}
    ))  # fmt: skip
    assert written(plan, tmp_path) == {}
    assert list(tmp_path.iterdir()) == []


def test_the_ports_of_a_plane_pair_up() -> None:
    plan = planned(16, nics=2, compute={"tiers": 2, "rails": 2}, ports=8)
    (plane,) = planes(plan)
    found = port_list(plan, plane)
    assert (found.other[found.other] == np.arange(len(found.other))).all()
    assert (np.diff(found.owner) >= 0).all()
    assert found.adapters == 32
    assert len(set(zip(found.node.tolist(), found.node_port.tolist(), strict=True))) == len(
        found.node
    )
