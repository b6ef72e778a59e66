"""The arithmetic of a trip report, checked number by number: what holds, and what does not.

Reference: Glenn K. Lockwood, "GTC 2025 recap", March 2025,
https://blog.glennklockwood.com/2025/03/gtc-2025-recap.html
"""

from __future__ import annotations

from typing import Any

import pytest

import rackplan
from rackplan.catalog import Accounting, Switch
from rackplan.catalog.consistency import contradictions
from rackplan.deployment import Deployment
from rackplan.errors import InfeasibleError
from rackplan.load.catalog_reader import open_catalog

CATALOG = open_catalog()


def planned(compute: dict[str, Any], **fabric: Any) -> rackplan.Plan:
    """One entry of compute, without a fabric unless keys of one are given."""
    fabrics = {"compute": {"topology": "fat-tree", **fabric}} if fabric else {}
    return rackplan.plan(
        Deployment.model_validate({"name": "recap", "compute": [compute], "fabrics": fabrics})
    )


def domain_of(**compute: Any) -> dict[str, Any]:
    """The counts of one NVLink domain of a plan without fabrics."""
    (scale_up,) = rackplan.summary(planned({"count": 1, **compute}))["scale_up"].values()
    domain: dict[str, Any] = scale_up["per_domain"]
    return domain


# --- co-packaged optics ---------------------------------------------------------------------


def test_144_pluggable_ports_of_30_w_draw_over_4_kw_in_one_switch() -> None:
    watts = CATALOG.find(Accounting, "keynote").pluggable_port_w.value
    assert watts == 30
    assert CATALOG.find(Switch, "q3400-ra").ports.value * watts == 4320  # "over 4 kW"


def test_144_co_packaged_ports_of_9_w_draw_1296_w_in_one_switch() -> None:
    watts = CATALOG.find(Accounting, "keynote").cpo_port_w.value
    assert watts == 9
    assert CATALOG.find(Switch, "q3450-ld").ports.value * watts == 1296


def test_72_modules_of_1000_usd_are_72000_usd_a_switch() -> None:
    wanted = Deployment.model_validate({
        "name": "recap",
        "compute": [{"system": "gb300-nvl72", "count": 8, "racks_per_su": 8}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "q3450-ld", "rails": 4}},
    })  # fmt: skip
    compared = rackplan.compare(wanted, presets=["keynote"])
    (saved,) = compared.savings.rows
    switches = compared.plans["pluggable"].fabric("compute").switch_count
    assert CATALOG.find(Switch, "q3400-ra").cages.value == 72
    assert saved["cage_usd"] == 1000
    assert saved["modules_usd"] == 72_000 * switches


def test_two_asics_in_the_q3450_are_inconsistent_because_576_fibers_cannot_serve_144_ports() -> (
    None
):
    text = contradictions(CATALOG.find(Switch, "q3450-ld"), "co_packaged.asics", 2)[0]
    assert "576 data fibers" in text
    assert "144 ports need 1,152" in text


def test_a_plan_on_a_switch_of_two_asics_is_refused() -> None:
    switch = CATALOG.find(Switch, "q3450-ld").model_dump()
    switch["co_packaged"]["asics"] = 2
    wanted = Deployment.model_validate({
        "name": "recap",
        "hardware": {"switches": {"two-asics": switch}},
        "compute": [{"system": "gb300-nvl72", "count": 8}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "two-asics", "rails": 4}},
    })  # fmt: skip
    with pytest.raises(InfeasibleError, match=r"RP308.*144 ports need 1,152"):
        rackplan.plan(wanted)


def test_four_asics_in_the_q3450_close() -> None:
    switch = CATALOG.find(Switch, "q3450-ld")
    assert switch.co_packaged is not None
    assert switch.co_packaged.asics.value == 4
    assert switch.co_packaged.data_fibers == 1152
    assert contradictions(switch) == []


def test_the_18_x_4_grid_is_reported_because_it_holds_72_and_not_144_connectors() -> None:
    switch = CATALOG.find(Switch, "q3450-ld")
    for field, value in (("panel_rows", 4), ("panel_columns", 18)):
        texts = contradictions(switch, f"co_packaged.{field}", value)
        assert texts == ["a grid of 18 x 4 holds 72 connectors, not 144"]


def test_18_laser_sources_of_8_lasers_give_one_laser_a_port() -> None:
    switch = CATALOG.find(Switch, "q3450-ld")
    assert switch.co_packaged is not None
    assert switch.co_packaged.lasers == switch.ports.value == 144


# --- Kyber ----------------------------------------------------------------------------------


def test_kybers_288_and_144_fibers_are_cages_with_4608_and_1152_lit_fibers() -> None:
    plan = planned({"system": "kyber-nvl576", "count": 4}, switch="q3450-ld", rails=8)
    leaving = {row["network"]: row for row in rackplan.summary(plan)["exits"]}
    compute, frontend = leaving["compute"], leaving["frontend"]
    assert (compute["cages"], compute["fibers"]) == (288, 4608)
    assert (frontend["cages"], frontend["fibers"]) == (144, 1152)


def test_a_kyber_housing_has_152_pins_and_a_midplane_side_10944() -> None:
    (population,) = planned({"system": "kyber-nvl576", "count": 1}).design.populations
    assert population.domain is not None
    compute_face = population.domain.size.faces[0]
    assert compute_face.installed_pins / compute_face.housings == 152
    assert 72 * 152 == 10_944
    rows = rackplan.summary(planned({"system": "kyber-nvl576", "count": 1}))["pins"]
    assert {row["pins_per_midplane_face"] for row in rows} == {10_944}


def test_a_kyber_rack_has_87552_pins_if_both_faces_are_alike_and_65664_by_its_switch_blades() -> (
    None
):
    rows = rackplan.summary(planned({"system": "kyber-nvl576", "count": 1}))["pins"]
    readings = {row["installed_pins_all_faces"]: row["reading"] for row in rows}
    assert next(iter(readings)) == 87_552, "the reading of the report comes first"
    assert "24 switch blades x 6 housings" in readings[65_664]
    assert 2 * 4 * 10_944 == 87_552
    assert 4 * 10_944 + 24 * 6 * 152 == 65_664


# --- NVLink ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("compute", "pairs"),
    [
        pytest.param({"system": "gb200-nvl72"}, 5184, id="GB200 NVL72"),
        pytest.param({"system": "gb300-nvl72"}, 5184, id="GB300 NVL72"),
        pytest.param({"system": "vr-nvl72"}, 5184, id="Vera Rubin NVL72, on the same spine"),
        pytest.param({"system": "kyber-nvl144"}, 10368, id="Kyber of 2026"),
        pytest.param({"node": "dgx-h100"}, 576, id="HGX board of eight H100"),
    ],
)
def test_the_differential_pairs_at_the_gpus_of_a_domain(
    compute: dict[str, Any], pairs: int
) -> None:
    domain = domain_of(**compute)
    assert domain["pairs"] == pairs
    assert domain["published_pairs"] in (None, pairs)


@pytest.mark.parametrize(
    ("node", "links"),
    [
        pytest.param("xe8712", 6, id="GB200 NVL4: 18 links to 3 others"),
        pytest.param("xe8812", 12, id="Vera Rubin NVL4: 36 links to 3 others"),
    ],
)
def test_nvl4_joins_every_pair_of_gpus_directly(node: str, links: int) -> None:
    rows = planned({"node": node, "count": 1}).expand(0)
    assert set(rows.groupby(["a", "b"]).size()) == {links}
    assert len(rows) == 4 * 3 // 2 * links
