"""Which routing engines of OpenSM take which topology, and whether their routes can block.

`TABLE` has a line a plan and a column an engine:

    1       all hosts reach all, and no routes wait for each other in a circle, in a single lane
    2 ...   so it is where every path keeps to the lane of its service level; that many are needed
    loops   there are circles: traffic can come to a stop
    cut     some hosts do not reach some others
    -       the engine refuses the fabric, and OpenSM lets `minhop` take its place
    .       not asked

So any of `ftree`, `minhop` and `dfsssp` may do for a tree, only `ftree` loads all its tiers
evenly, and it wants to be told the roots of a tree that is not regular (`test_ftree.py`). Routers
in rows that all meet each other want `dor`, a torus `torus-2QoS`, the other direct topologies
`lash` or `dfsssp`. `nue` takes everything in one lane, by detours and with uneven loads. `dfsssp`
and `lash` refuse what needs more than eight lanes: a torus of 8 x 8 for one, of 6 x 6 x 6 for both.

Reference: opensm(8), OpenSM 3.3.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from ibdm import verdict, verified
from ibsim import BY_LANES, Find, sweep
from judged_plans import JUDGED, Judged
from subnets import subnets, torus

from rackplan.planes import port_list

TABLE = """
                                      ftree updn  minhop dor   dfsssp lash nue torus-2QoS
two tiers of 16 ports                 1     1     1      1     1      1    1   .
bundles dealt in turn                 -     1     1      1     1      1    1   .
three tiers, the last group half full -     1     1      1     1      1    1   .
two zones                             -     cut   1      1     1      1    1   .
four zones                            -     cut   loops  1     1      1    1   .
dragonfly                             -     -     loops  loops 3      3    1   -
dragonfly+                            1     -     1      1     1      1    1   .
HyperX                                -     -     loops  1     2      1    1   .
Slim Fly                              -     -     loops  loops 2      2    1   .
PolarFly                              -     -     loops  loops 2      2    1   .
torus of sides of 3                   -     -     loops  1     4      1    1   1
torus                                 -     -     loops  loops 4      3    1   2
torus of sides of 8                   -     -     loops  loops -      7    1   2
"""

TORUS_LANES = 2
"""What `torus-2QoS` does not tell: beyond the seam of a ring, a path is in the other lane."""

CASES = {case.name: case for case in JUDGED}


def entries() -> list[tuple[str, str, str]]:
    """The plan, the engine and what is found, for every entry of the table but `.`."""
    head, *lines = TABLE.strip("\n").splitlines()
    engines = head.split()
    width = head.index(engines[0])
    return [
        (line[:width].strip(), engine, entry)
        for line in lines
        for engine, entry in zip(engines, line[width:].split(), strict=True)
        if entry != "."
    ]


def routed(case: Judged, engine: str, folder: Path, find: Find) -> str:
    """The entry of a plan and an engine."""
    plan = case.plan()
    (plane,) = subnets(plan)
    options = torus(plan, case.fabric["shape"], folder) if "shape" in case.fabric else []
    subnet = sweep(plan, plane, engine, folder, find, options)
    if subnet.engine != engine:
        assert subnet.engine == "minhop"
        return "-"
    adapters = port_list(plan, plane).adapters
    said = verdict(verified(subnet, find), adapters)
    if said == "loops" and engine in BY_LANES:
        said = verdict(verified(subnet, find, lanes=True), adapters)
        if said == "free":
            return str(TORUS_LANES if engine == "torus-2QoS" else subnet.lanes)
    return "1" if said == "free" else said


@pytest.mark.parametrize(("name", "engine", "entry"), entries())
def test_an_engine_routes_a_topology_as_the_table_says(
    name: str, engine: str, entry: str, tmp_path: Path, require_program: Find
) -> None:
    assert routed(CASES[name], engine, tmp_path, require_program) == entry
