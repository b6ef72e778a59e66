"""Published figures of fabrics against the program: `topologies.yaml`, case by case.

Every case is run here or stands in `LATER` with the reason; a case that is neither fails the suite.
What a plan holds is counted from its tables, not read from the formulas that sized it.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
import yaml
from tests.golden import direct, papers, routes, superpods
from tests.golden.planned import Case, Counts

DOCUMENT = yaml.safe_load((Path(__file__).parent / "topologies.yaml").read_text(encoding="utf-8"))
CASES: dict[str, Case] = {case["id"]: case for case in DOCUMENT["cases"]}

LATER: dict[str, str] = {}
"""Cases that the program cannot answer yet, and why."""

_PAPER_PRICES = "the paper's prices are not published part by part"
_STORAGE = (
    "the reference has 16 switches and 240 links between them, for which no rule is stated (8 "
    "leaves of DGX at 4:3, 2 of storage at 1:1 and 6 spines would fit); here all leaves have "
    "equal uplinks, fabric managers and storage have leaves of their own, spines are the fewest: "
    "8 + 2 + 2 leaves of 28 uplinks and 7 spines"
)
LATER_KEYS: dict[str, dict[str, str]] = {
    "sp-h100-127-cables": {"oob_ib_switch_cat5e": f"48 and 19 switches, not 48 and 16: {_STORAGE}"},
    "sp-h100-127-storage": {
        "switches": _STORAGE,
        "ndr_400g_cables": _STORAGE,
        "switch_osfp": _STORAGE,
        "storage_2x200g_cables": "given, not found: the reference estimates 48 splitters, which "
        "this plan takes for 48 servers; each of its 96 links has a cord of its own",
    },
    "sp-h100-127-other": {
        "racks": "the reference has six management racks beside its 32 of DGX; here three, which "
        "hold as many switches and servers as 45 kW a rack allow",
        "inband_sn4600c": "the reference shares six leaves among the SUs and has two cores; here "
        "a leaf serves one SU: two leaves in each of four, and one spine",
    },
    **{
        case: {"cost_musd": _PAPER_PRICES, "cost_per_endpoint_kusd": _PAPER_PRICES}
        for case in ("ds-ft2", "ds-mpft", "ds-ft3")
    },
    "ff-zone2": {"relative_network_price": "the paper's unit is not said"},
    "ff-10000-3l": {"core_min": "a bound, held against the cores below"},
    "hpn-scale-ladder": {
        "clos_tier2": "64 leaves of 64 GPUs below spines of 64 ports down are 4,096, by the rule "
        "that gives all other rungs; why the paper has half of it is not said"
    },
}
"""Figures of cases that are run which the program cannot give yet, and why."""

MISPRINTED: dict[str, set[str]] = {
    "ds-sf": set(),
    "ds-df": {"endpoints", "switches", "links"},
    "sp-h100-doc-typos": {"su"},
    "sp-b300-xdr-18su": {"gpus"},
    "ff-10000-3l": {"core", "switches"},
    "trap-sheet-h100": {"switches"},
    "trap-juniper-weka": {"leaf"},
}
"""The published figures that contradict their own inputs, by case that is run."""


WITHOUT_A_RULE = {"sp-h100-127-other"}
"""Cases whose counts follow from no stated rule; those that ours give all the same are run."""

RUNS: dict[str, Callable[[Case], Counts]] = {
    **{
        f"sp-h100-{su}": superpods.superpod("dgx-h100", "qm9700")
        for su in ("1su-ufm", "2su-ufm", "3su-ufm", "4su-ufm", "8su", "16su", "64su")
    },
    "sp-h100-doc-typos": superpods.superpod_typos,
    "sp-b200-2su": superpods.superpod("dgx-b200", "qm9700"),
    **{f"sp-b300-spx-{su}su": superpods.spectrum for su in (1, 2, 4, 16)},
    **{
        f"sp-b300-xdr-{su}su": superpods.superpod("dgx-b300", "q3400-ra") for su in (1, 2, 4, 8, 18)
    },
    "sp-rubin-nvl8-8su": superpods.superpod("rubin-nvl8", "q3400-ra"),
    "sp-gb200-1su-shape": superpods.gb200_unit,
    "sp-h100-127-cables": superpods.superpod_cables,
    "sp-h100-127-storage": superpods.superpod_storage,
    "sp-h100-127-other": superpods.superpod_other,
    "nvlink-h100-256": superpods.nvlink_network,
    "nvlink-nvl72": superpods.nvl72,
    "fail-spine": superpods.spine_failures,
    "ds-ft2": papers.deepseek,
    "ds-mpft": papers.deepseek,
    "ds-ft3": papers.deepseek,
    "ds-sf": direct.deepseek_slim_fly,
    "ds-df": direct.deepseek_dragonfly,
    "ff-zone2": papers.fire_flyer_zones,
    "ff-10000-3l": papers.fire_flyer_dgx,
    "railonly-64-base": papers.rail_optimised_prices,
    "railonly-64": papers.rail_only,
    "hpn-segment": papers.hpn_segment,
    "hpn-pod": papers.hpn_pod,
    "hpn-scale-ladder": papers.hpn_ladder,
    "meta-24k": papers.meta,
    "mrc-2tier": papers.mrc,
    "leonardo-dfplus": direct.leonardo,
    "apetops-512n": papers.apetops,
    "trap-sheet-h100": papers.dgx_sizes,
    "trap-juniper-weka": papers.juniper_stripes,
    "juniper-qpp": papers.juniper_lab,
    "kedios-b300-32": papers.kedios,
    "hx-ft-small": papers.hamming_mesh_clos,
    "hx-ft-large": papers.hamming_mesh_clos,
    "hx-df-small": direct.dragonfly_prices,
    **{
        f"hx-{name}": direct.boards
        for name in ("hyperx-small", "hyperx-large", "hx2-small", "hx2-large", "hx4-small")
    },
    "hx-torus-small": direct.torus,
    "hx-torus-large": direct.torus,
    **{f"sf-q{q}": direct.slim_fly for q in (5, 7, 8)},
    "df-242": direct.dragonfly,
    "df-484": direct.dragonfly,
    "hyperx-22x22": direct.hyperx,
    "pf-q7": direct.polarfly,
    "xgft-k4": papers.smallest_three_tiers,
    "dmodk-cps-full": routes.d_mod_k,
    "dmodk-oversub": routes.d_mod_k,
    "ecmp-maxload": routes.hashed,
}


def assert_expected(case: Case, found: Counts) -> None:
    """Every expected figure is found, apart from those listed for later, which are not."""
    later = LATER_KEYS.get(case["id"], {})
    wanted = {key: value for key, value in case["expected"].items() if key not in later}
    assert wanted, "all figures of the case are left for later: list the case itself"
    assert {key: found.get(key, "not counted") for key in wanted} == wanted
    met = [key for key in later if key in found and found[key] == case["expected"][key]]
    assert not met, "listed for later, but found"


@pytest.mark.parametrize("name", [name for name in RUNS if name not in MISPRINTED])
def test_the_program_gives_the_published_figures(name: str) -> None:
    case = CASES[name]
    assert case["reproduces"] is True or name in WITHOUT_A_RULE
    assert_expected(case, RUNS[name](case))


@pytest.mark.parametrize("name", MISPRINTED)
def test_the_published_figure_is_misprinted_and_the_program_gives_the_right_one(name: str) -> None:
    case = CASES[name]
    assert case["reproduces"] is False
    found = RUNS[name](case)
    assert_expected(case, found)
    published = case["published"]
    differing = {key for key in published if key in found and published[key] != found[key]}
    assert differing == MISPRINTED[name], f"{name}: the source prints {published}"


def test_every_case_is_run_or_listed_for_later_with_a_reason() -> None:
    assert set(RUNS) | set(LATER) == set(CASES)
    assert not set(RUNS) & set(LATER)
    assert all(LATER.values())


def test_every_figure_listed_for_later_exists_and_has_a_reason() -> None:
    for name, keys in LATER_KEYS.items():
        assert name in RUNS
        assert set(keys) <= set(CASES[name]["expected"])
        assert all(keys.values())


def test_every_misprint_that_is_run_is_tested_as_one() -> None:
    assert set(MISPRINTED) == {name for name in RUNS if CASES[name]["reproduces"] is False}
    assert {name for name in RUNS if CASES[name]["reproduces"] is None} == WITHOUT_A_RULE


def test_every_case_names_a_source_that_can_be_found_again() -> None:
    sources = DOCUMENT["sources"]
    assert {case["source"] for case in CASES.values()} <= set(sources)
    for key, source in sources.items():
        assert source["title"], key
        assert source["author"], key
        assert source["url"].startswith("https://") or key == "computed"
    assert len(CASES) == len(DOCUMENT["cases"]), "two cases share an id"
