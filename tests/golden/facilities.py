"""Small sums on power, cooling and cabling, by formula and out of a plan; what plans hold."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import product
from typing import Any

import numpy as np
import pytest

import rackplan
from rackplan.catalog import Cable, Part, System, Transceiver
from rackplan.channel.chain import Channel, polarity_problems
from rackplan.channel.checks import channel_problems
from rackplan.channel.loss import loss_db
from rackplan.deployment import Deployment
from rackplan.heat import formulas as heat
from rackplan.load.catalog_reader import open_catalog
from rackplan.supply import formulas as supply
from rackplan.tables import Array

Entry = dict[str, Any]

AMPS_PER_W = 1 / (math.sqrt(3) * 415 * 0.95)
"""Three phases of 415 V at a power factor of 0.95. [A/W]"""

CATALOG = open_catalog()


def assert_close(found: float, entry: Entry) -> None:
    assert found == pytest.approx(entry["out"], rel=float(entry.get("tol", 1e-12)))


def one_rack(system: str, **keys: Any) -> rackplan.Plan:
    """One rack of a system on a floor, fed and cooled by the defaults or by other keys."""
    return rackplan.plan(Deployment.model_validate({
        "name": "golden",
        "compute": [{"system": system, "count": 1}],
        "floor": {},
        "power": {},
        "cooling": {},
        **keys,
    }))  # fmt: skip


# --- what a plan holds ---------------------------------------------------------------------


def purposes(plan: rackplan.Plan) -> dict[str, int]:
    """Racks by purpose."""
    return {str(word): n for word, n in plan.racks["purpose"].value_counts().items() if n}


def elements(plan: rackplan.Plan, kind: str, column: str) -> Array:
    """A column of all elements of a kind in the power tree."""
    assert plan.power is not None
    return np.asarray(plan.power.elements[column][plan.power.rows(kind)])


def elements_of(plan: rackplan.Plan, purpose: str, kind: str, column: str) -> set[Any]:
    """The different values of a column of the elements in racks of a purpose."""
    racks = np.flatnonzero(plan.racks["purpose"] == purpose)
    inside = np.isin(elements(plan, kind, "rack"), racks)
    return set(elements(plan, kind, column)[inside].tolist())


def switches(plan: rackplan.Plan, fabric: str) -> dict[str, int]:
    """Switches of a fabric by role."""
    rows = plan.devices[(plan.devices["kind"] == "switch") & (plan.devices["fabric"] == fabric)]
    return {str(role): n for role, n in rows["role"].value_counts().items() if n}


def modules(plan: rackplan.Plan, fabric: str) -> tuple[int, int]:
    """Populated cages of a fabric at hosts and at switches."""
    rows = plan.modules[plan.modules["fabric"] == fabric]
    return int((rows["side"] == "host").sum()), int((rows["side"] == "switch").sum())


def weights(plan: rackplan.Plan) -> Array:
    assert plan.weights is not None
    return plan.weights.weights.rack_kg


# --- power ----------------------------------------------------------------------------------


def element(plan: rackplan.Plan, kind: str, column: str) -> float:
    """A column of the first element of a kind in the power tree."""
    tree = plan.power
    assert tree is not None
    return float(tree.elements[column][tree.rows(kind)[0]])


def shelves(entry: Entry) -> None:
    """By the catalog, by the formula, and as capacity of the shelves in a plan."""
    found = CATALOG.find(System, "gb200-nvl72").shelves
    assert found is not None
    assert found.installed_w is not None
    given = entry["in"]
    each = given["psu"] * given["psu_kw"] * 1000
    assert_close(found.installed_w / 1000, entry)
    assert_close(supply.shelf_capacity(given["shelves"], each) / 1000, entry)
    plan = one_rack("gb200-nvl72")
    assert element(plan, "shelf", "capacity_w") == each
    assert_close(element(plan, "shelf", "units") * each / 1000, entry)


def shelves_when_a_side_fails(entry: Entry) -> None:
    """Half of the shelves remain; the 132 kW of the rack are just what they give."""
    found = CATALOG.find(System, "gb200-nvl72").shelves
    assert found is not None
    assert found.redundant_w is not None
    assert_close(found.redundant_w / 1000, entry)
    assert_close(supply.shelf_capacity(8, 33_000, spare=4) / 1000, entry)
    plan = one_rack("gb200-nvl72")
    assert element(plan, "shelf", "worst_w") == element(plan, "shelf", "capacity_w")
    assert_close(element(plan, "rack", "normal_w") / 1000, entry)


def amperes(entry: Entry) -> None:
    """What one feed of a GB200 rack carries when the feed of the other side is lost."""
    assert_close(supply.amps_three_phase(132e3, 415, 0.95), entry)
    plan = one_rack("gb200-nvl72", power={"voltage_v": 415, "power_factor": 0.95, "feeds": 2})
    assert_close(element(plan, "feed", "worst_a"), entry)
    assert element(plan, "feed", "normal_a") * 2 == pytest.approx(element(plan, "feed", "worst_a"))


def density(entry: Entry) -> None:
    """Power on one standard width of a floor: a Kyber over an EX4000, which takes two."""
    each = []
    for system in ("kyber-nvl576", "ex4000-ex154n"):
        plan = one_rack(system)
        assert plan.placed is not None
        assert plan.facility is not None
        each.append(plan.facility.watts[0] / plan.placed.racks.width[0])
    assert each == [600e3, 200e3]
    assert_close(each[0] / each[1], entry)


# --- cooling --------------------------------------------------------------------------------


def flow(coolant: str) -> Callable[[Entry], None]:
    """Flow for a kilowatt, by the formula and in the plan of a GB200 rack."""

    def run(entry: Entry) -> None:
        given = entry["in"]
        known = heat.COOLANTS[coolant]
        assert (known.kg_per_l, known.kj_per_kg_k) == (given["rho"], given["cp"])
        assert_close(heat.lpm_per_kw(given["dt"], known), entry)
        cooling = one_rack(
            "gb200-nvl72", cooling={"coolant": coolant, "rise_c": given["dt"]}
        ).cooling
        assert cooling is not None
        assert_close(cooling.lpm[0] / (cooling.liquid_w[0] / 1000), entry)
        if "ocp_guideline" in entry:
            assert entry["ocp_guideline"] == heat.OCP_LPM_PER_KW
            assert entry["out"] == pytest.approx(entry["ocp_guideline"], rel=0.01)

    return run


def air(entry: Entry) -> None:
    given = entry["in"]
    assert given["rho"] == heat.AIR_KG_PER_M3
    assert given["cp"] == pytest.approx(1000 * heat.AIR_KJ_PER_KG_K)
    assert_close(heat.air_cfm(1000.0, given["dt"]), entry)
    cooling = one_rack("gb200-nvl72", cooling={"air_rise_c": given["dt"]}).cooling
    assert cooling is not None
    assert_close(cooling.cfm[0] / (cooling.air_w[0] / 1000), entry)


# --- cabling --------------------------------------------------------------------------------


def length(entry: Entry) -> None:
    """Two racks at coordinates of their own; the route is counted and rounded up to order."""
    given = entry["in"]
    plan = rackplan.plan(Deployment.model_validate({
        "name": "golden",
        "hardware": {
            "nodes": {"node": {"gpus": 1, "nics": 1, "height_u": 1}},
            "switches": {"switch": {"ports": 8, "port_gbps": 400, "height_u": 1}},
        },
        "compute": [{"node": "node", "count": 1, "rack": "eia-48u", "nodes_per_rack": 1}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch",
                                "optics": {"cable": "mfp7e30"}}},
        "cabling": {"tray_m": given["H"], "base_m": given["base"], "drop_m": given["tray"],
                    "lateral_m": given["lateral"], "slack_m": given["slack"]},
        "floor": {
            "racks": {"r0001": {"x_m": 1, "y_m": 1},
                      "net-0001": {"x_m": 1 + given["dx"], "y_m": 1 + given["dy"]}},
            "devices": {"r0001-n01": {"rack": "r0001", "u": given["uA"]},
                        "compute-p0-leaf-0001": {"rack": "net-0001", "u": given["uB"]}},
        },
    }))  # fmt: skip
    (cable,) = plan.cables.to_dict("records")
    assert_close(cable["route_m"], entry)
    assert cable["length_m"] == entry["order"]


def loss(module: str, cord: str, trunk: str) -> Callable[[Entry], None]:
    """The largest channel of the maker: cord, panel, trunk, panel, cord of the catalog."""

    def run(entry: Entry) -> None:
        given = entry["in"]
        ends = CATALOG.find(Transceiver, module)
        lead, panel = CATALOG.find(Cable, cord), CATALOG.find(Part, "patch-panel-mpo")
        parts = (lead, panel, CATALOG.find(Part, trunk), panel, lead)
        assert {part.loss_db.value for part in parts} == {given["il"]}
        assert lead.db_per_km.value == given["a"]
        assert len(parts) - 1 == given["conn"], "matings between the neighbours of the chain"
        channel = Channel(ends, ends, parts, (4, 0, 1000 * given["km"] - 10, 0, 6))
        found = loss_db(channel)
        assert found is not None
        assert_close(found, entry)
        assert channel_problems(channel) == []

    return run


def polarity(_entry: Entry) -> None:
    """Every chain of Types A and B up to length five, against fiber 2 followed by hand."""
    cord = CATALOG.find(Cable, "mfp7e30")
    chains = [chain for size in range(1, 6) for chain in product("AB", repeat=size)]
    assert len(chains) == 2 + 4 + 8 + 16 + 32
    for chain in chains:
        fiber = 2
        for letter in chain:
            fiber = fiber if letter == "A" else 13 - fiber
        parts = tuple(cord.model_copy(update={"polarity": letter}) for letter in chain)
        meets_receive = fiber == 13 - 2
        assert (polarity_problems(Channel(None, None, parts)) == []) is meets_receive, chain


RUNS: dict[str, Callable[[Entry], None]] = {
    "gb200_shelves_kw": shelves,
    "gb200_nplusn_kw": shelves_when_a_side_fails,
    "amps_132kw_415v_pf095": amperes,
    "kyber_vs_ex4000_density": density,
    "water_lpm_per_kw_10k": flow("water"),
    "pg25_lpm_per_kw_10k": flow("pg25"),
    "air_cfm_per_kw_15k": air,
    "length_example_m": length,
    "il_sm_500m_db": loss("mms4x00-nm", "mfp7e30", "trunk-mpo-12"),
    "il_mm_50m_db": loss("mma4z00-ns", "mfp7e10", "trunk-mpo-12-om4"),
    "polarity_parity": polarity,
}
