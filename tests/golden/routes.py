"""Published loads of links: static routing of trees, and flows that choose a link at random."""

from __future__ import annotations

from tests.golden.planned import Case, Counts, plain, planned

from rackplan.analyses.loads import loads
from rackplan.analyses.throughput import throughput


def d_mod_k(case: Case) -> Counts:
    """All shifts on the tree of the case, which is built from its numbers and has its notation."""
    given = case["inputs"]
    m, w = given["m"], given["w"]
    hosts = 1
    for children in m:
        hosts *= children
    plan = planned("node", hosts, "switch", hardware=plain(m[0] + w[1]), tiers=len(m),
                   oversubscription=m[0] // w[1])  # fmt: skip
    (fabric,) = plan.design.fabrics
    numbers = (",".join(map(str, given[key])) for key in ("m", "w", "p"))
    assert fabric.size.notation == f"PGFT({len(m)};{';'.join(numbers)})"
    worst = f"worst of {hosts - 1} shifts"
    rows = [row for row in loads(plan).rows if str(row["traffic"]).startswith(worst)]
    return {
        f"max_{direction}_load": max(
            float(str(row["most_load"])) for row in rows if row["direction"] == direction
        )
        for direction in ("up", "down")
    }


def hashed(case: Case) -> Counts:
    """As many flows as uplinks, each on one of them at random."""
    found: Counts = {"mean_max_load": [], "idle_fraction": []}
    columns = {"mean_max_load": "hashed_flows", "idle_fraction": "hashed_idle"}
    for place, flows in enumerate(case["inputs"]["flows"]):
        plan = planned("node", 2 * flows, "switch", hardware=plain(2 * flows), tiers=2)
        (row,) = throughput(plan).rows
        assert row["uplinks"] == flows
        for key, column in columns.items():
            value, published = float(str(row[column])), case["expected"][key][place]
            near = abs(value - published) <= case["tolerance"] * published
            found[key].append(published if near else value)
    return found
