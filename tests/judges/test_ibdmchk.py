"""ibdmchk of ibutils checks planned topologies before they are built.

What it says of the routes of OpenSM is asked in `test_opensm.py`.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from ibdm import NO_LOOPS, ibdmchk
from ibsim import Find
from judged_plans import JUDGED, PODS, SMALL, Judged
from subnets import subnets

import rackplan
from rackplan.exports import ib_topo
from rackplan.names import device_names
from rackplan.planes import PortList, planes, port_list


def designed(plan: rackplan.Plan, found: PortList, topology: Path, find: Find) -> str:
    """What is said about the topology of a plane, seen from its first host."""
    host = device_names(plan.tables["devices"])[found.devices[0]]
    node = f"{host}/U{found.number[0]}"
    return ibdmchk(find, "-t", topology, "-n", node, "-p", "1", types=topology.parent)


@pytest.mark.parametrize(
    "case", [case for case in JUDGED if case is not PODS], ids=lambda case: case.name
)
def test_ibdmchk_accepts_the_topology_and_finds_a_way_between_all_hosts(
    case: Judged, tmp_path: Path, require_program: Find
) -> None:
    plan = case.plan()
    ib_topo.write(plan, tmp_path)
    for plane in subnets(plan, *case.judged):
        found = port_list(plan, plane)
        file = tmp_path / "ib_topo" / f"{plane.name}.topo"
        if case.apart:  # the file tells all subnets of the plane, and a check is of one
            names = device_names(plan.tables["devices"])
            file.write_bytes(ib_topo.topology(plan, found, names))
        said = designed(plan, found, file, require_program)
        assert re.findall("-E-.*", said) == ["-E- credit loops in routing"] * case.loops
        assert (NO_LOOPS in said) == (not case.loops)
        assert f"-I- Defined {len(found.devices)}/" in said
        pairs = found.adapters * (found.adapters - 1)
        assert f"Scanned:{pairs} CA to CA paths" in said


def test_ibdmchk_refuses_a_port_that_is_used_twice(tmp_path: Path, require_program: Find) -> None:
    plan = SMALL.plan()
    (plane,) = planes(plan)
    ib_topo.write(plan, tmp_path)
    file = tmp_path / "ib_topo" / f"{plane.name}.topo"
    text = file.read_text(encoding="utf-8")
    twice, count = re.subn(r"(n000002\n   P1 -> \S+ \S+) P2\n", r"\1 P1\n", text)
    assert count == 1
    file.write_text(twice, encoding="utf-8")
    said = designed(plan, port_list(plan, plane), file, require_program)
    assert re.search("-E- Port:.*/P1 already connected to:", said)
