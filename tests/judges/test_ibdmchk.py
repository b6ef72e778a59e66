"""ibdmchk of ibutils checks planned topologies before they are built, and OpenSM's routes after.

It ends with a crash once everything is said (Debian's ibutils 1.5.7), so its words count and its
exit code does not.
"""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path

import pytest
from ibsim import Find, sweep
from judged_plans import JUDGED, PODS, RAILS, SMALL, SUPERPOD, Judged

import rackplan
from rackplan.exports import ib_topo
from rackplan.names import device_names
from rackplan.planes import PortList, planes, port_list

NO_LOOPS = "no credit loops found"


def ibdmchk(find: Find, *arguments: str | Path, types: Path | None = None) -> str:
    """What the program prints, without the count of lines that it shows while it reads."""
    environment = os.environ | ({} if types is None else {"IBDM_IBNL_PATH": str(types)})
    done = subprocess.run(
        [find("ibdmchk"), *arguments],
        env=environment, capture_output=True, text=True, timeout=120, check=False,
    )  # fmt: skip
    return done.stdout


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
    for plane in planes(plan):
        found = port_list(plan, plane)
        file = tmp_path / "ib_topo" / f"{plane.name}.topo"
        said = designed(plan, found, file, require_program)
        assert re.findall("-E-.*", said) == ["-E- credit loops in routing"] * case.loops
        assert (NO_LOOPS in said) == (not case.loops)
        assert f"-I- Defined {len(found.devices)}/" in said
        pairs = found.adapters * (found.adapters - 1)
        assert f"Scanned:{pairs} CA to CA paths" in said


@pytest.mark.parametrize("case", [SMALL, RAILS, SUPERPOD], ids=lambda case: case.name)
def test_ibdmchk_finds_no_credit_loop_in_the_routes_of_opensm(
    case: Judged, tmp_path: Path, require_program: Find
) -> None:
    plan = case.plan()
    (plane,) = planes(plan)
    subnet = sweep(plan, plane, "ftree", tmp_path, require_program)
    dumps = [subnet.folder / name for name in ("opensm.fdbs", "opensm.mcfdbs")]
    said = ibdmchk(require_program, "-s", subnet.links, "-f", dumps[0], "-m", dumps[1])
    assert "-E-" not in said
    adapters = port_list(plan, plane).adapters
    assert f"Scanned:{adapters * (adapters - 1)} CA to CA paths" in said
    assert NO_LOOPS in said


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
