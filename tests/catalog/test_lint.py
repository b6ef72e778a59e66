"""`catalog lint`, entries that extend others, claims, imports and generations."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import rackplan
from rackplan.api import catalog_differences
from rackplan.catalog import KINDS, Switch, System
from rackplan.catalog.facts import claim_origin
from rackplan.deployment import Deployment
from rackplan.errors import InputError, Problem
from rackplan.generations import generations
from rackplan.lint import lint
from rackplan.load.catalog_reader import FileCatalog, open_catalog
from rackplan.load.netbox import import_device_type

SOURCES = """\
here: {title: t, author: a, date: 2026-01-01, url: https://example.com, kind: report}
"""


def folder(tmp_path: Path, **files: str) -> Path:
    """A catalog folder of its own; keys are `kind__id`, or names of files at the top."""
    for name, text in {"sources": SOURCES, **files}.items():
        kind, _, entry = name.rpartition("__")
        target = tmp_path / kind / f"{(entry or name).replace('_', '-')}.yaml"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return tmp_path


def findings(root: Path) -> list[Problem]:
    catalog = FileCatalog([root])
    return [catalog.place(problem) for problem in lint(catalog, catalog.conflicts())]


def told(root: Path) -> list[str]:
    return [problem.text.replace(f"{root}/", "").partition(";")[0] for problem in findings(root)]


def test_the_built_in_catalog_has_no_errors_and_says_that_gb300_loses_its_redundancy() -> None:
    catalog = open_catalog()
    found = lint(catalog, catalog.conflicts())
    assert [problem.text for problem in found if problem.severity == "error"] == []
    texts = [catalog.place(problem).text for problem in found]
    gb300 = [text for text in texts if "gb300-nvl72.yaml" in text]
    assert any(
        "provisioned power is 142.0 kW, its shelves give 132.0 kW at N+N" in t for t in gb300
    )


def test_a_number_without_source_or_status_is_an_error_with_its_place(tmp_path: Path) -> None:
    root = folder(tmp_path, switches__bare="ports: 64\nport_gbps: 800\nsource: here\n",
                  gpus__guess="dies: {value: 2, source: nowhere, status: vendor}\n")  # fmt: skip
    assert told(root) == [
        "gpus/guess.yaml:1:7: error[RP501] dies: no source 'nowhere'",
        "switches/bare.yaml:1:8: error[RP502] ports has no status",
        "switches/bare.yaml:2:12: error[RP502] port_gbps has no status",
    ]


def test_a_source_that_nobody_cites_is_an_error(tmp_path: Path) -> None:
    root = folder(tmp_path)
    assert told(root) == ["sources.yaml:1:7: error[RP503] source 'here' is never used"]


def test_references_that_lead_nowhere_are_errors(tmp_path: Path) -> None:
    text = "source: here\nstatus: vendor\ngpus: 8\nnics: [{count: 8, nic: cx-7}]\ngpu: h100\n"
    root = folder(tmp_path, nodes__node=text)
    assert told(root) == [
        "nodes/node.yaml:5:6: error[RP504] no GPU 'h100'",
        "nodes/node.yaml:4:24: error[RP504] no NIC 'cx-7'",
    ]


def test_an_estimate_needs_its_reasoning(tmp_path: Path) -> None:
    text = "source: here\nstatus: estimate\ndies: 2\n"
    assert told(folder(tmp_path, gpus__guess=text)) == [
        "gpus/guess.yaml:3:7: error[RP508] dies is an estimate without its reasoning"
    ]


def test_one_source_with_two_values_needs_a_note_that_tells_them_apart(tmp_path: Path) -> None:
    text = "source: here\nstatus: vendor\ndies: {value: 2, alternatives: [{value: 1}]}\n"
    assert told(folder(tmp_path, gpus__twice=text)) == [
        "gpus/twice.yaml:3:7: error[RP509] dies: 'here' claims two values alike"
    ]


def test_optics_that_do_not_close_on_the_ports_are_errors(tmp_path: Path) -> None:
    text = """\
source: here
status: vendor
ports: 144
port_gbps: 800
co_packaged: {asics: 2, subassemblies_per_asic: 6, engines_per_subassembly: 3,
  data_fibers_per_engine: 16, laser_sources: 18, lasers_per_source: 8, fibers_per_port: 8}
"""
    assert told(folder(tmp_path, switches__cpo=text)) == [
        "switches/cpo.yaml:5:14: error[RP505] 36 engines have 576 data fibers, 144 ports need 1,152"
    ]


def test_shelves_bus_bar_weight_and_room_are_held_against_each_other(tmp_path: Path) -> None:
    common = "source: here\nstatus: vendor\n"
    root = folder(
        tmp_path,
        racks__frame=common + "units: 40\nbus_v: 50\nbus_a: 1000\n",
        nodes__tall=common + "gpus: 4\nnics: 4\nheight_u: 4\nweight_kg: 100\n",
        systems__full=common + "rack: frame\nnode: tall\nnodes: 11\nweight_kg: 900\n"
        "power: {peak_w: 60000}\nshelves: {count: 4, shelf_w: 20000, redundancy: N+N}\n",
    )
    at = "systems/full.yaml:7:17: warning"
    assert told(root) == [
        f"{at}[RP506] peak power is 60.0 kW, its shelves give 40.0 kW at N+N",
        f"{at}[RP507] peak power is 1,200 A at 50 V, frame carries 1,000 A",
        "systems/full.yaml:6:12: error[RP513] 11 nodes of 100 kg weigh more than the rack's 900 kg",
        "systems/full.yaml:5:8: error[RP512] 44 U of nodes stand in 40 U of frame",
    ]


def test_nvlink_pairs_must_fit_their_housings_and_the_count_of_the_source(tmp_path: Path) -> None:
    common = "source: here\nstatus: vendor\n"
    root = folder(
        tmp_path,
        gpus__gpu=common + "dies: 1\nnvlink: {generation: 4, links: 2, gbytes_per_s: 100, "
        "lane_gbps: 100}\n",
        nvlink__chip=common + "generation: 4\nlanes: 64\nlane_gbps: 100\n",
        nodes__node=common + "gpus: 8\nnics: 8\ngpu: gpu\nscale_up:\n  topology: switched\n"
        "  chip: chip\n  chips: 2\n  published_pairs: 60\n"
        "  faces: [{name: compute, housings: 8, pairs_per_housing: 7}]\n",
    )
    assert told(root) == [
        "nodes/node.yaml:11:10: error[RP511] 64 pairs do not fit the compute face: fill 114%",
        "nodes/node.yaml:10:20: error[RP511] the formula gives 64 pairs, the source 60",
    ]


def test_conflict_records_name_facts_and_sources_that_exist(tmp_path: Path) -> None:
    record = "c1: {topic: t, choice: c, reason: r, facts: [gpu.colour],\n"
    record += "  claims: [{says: a, source: here}, {says: b, source: there}]}\n"
    assert told(folder(tmp_path, conflicts=record)) == [
        "conflicts.yaml:2:55: error[RP510] c1: no source 'there'",
        "conflicts.yaml:1:46: error[RP510] c1: no fact 'gpu.colour'",
    ]


def test_an_entry_that_extends_another_keeps_the_sources_of_what_it_takes(tmp_path: Path) -> None:
    text = "extends: q3400-ra\nsource: here\nstatus: user\nname: Mine\nport_gbps: 400\n"
    catalog = open_catalog([folder(tmp_path, switches__mine=text)])
    mine, parent = catalog.find(Switch, "mine"), catalog.find(Switch, "q3400-ra")
    assert (mine.name, mine.port_gbps.value, mine.ports.value) == ("Mine", 400, 144)
    assert claim_origin(mine, mine.port_gbps) == ("here", "user")
    assert claim_origin(mine, mine.ports) == claim_origin(parent, parent.ports)
    assert mine.power.provisioned_w.alternatives == parent.power.provisioned_w.alternatives


def test_an_entry_may_extend_the_one_that_it_replaces_and_the_plan_says_so(tmp_path: Path) -> None:
    folder(tmp_path / "own", switches__q3400_ra="extends: q3400-ra\nweight_kg: 61\n")
    plan = tmp_path / "x.yaml"
    plan.write_text(
        "name: x\ncatalog: [own]\ncompute: [{system: gb300-nvl72, count: 8}]\n"
        "fabrics: {compute: {topology: fat-tree, switch: q3400-ra, rails: 4}}\n"
    )
    made = rackplan.plan(plan)
    assert made.design.fabrics[0].switches["leaf"].weight_kg.value == 61
    assert made.design.fabrics[0].switches["leaf"].ports.value == 144
    assert made.design.overrides == ("switch 'q3400-ra' comes from 'own'",)
    assert catalog_differences(tmp_path / "own") == [
        {"entry": "q3400-ra", "fact": "weight_kg", "built_in": 60.0, "folder": 61.0}
    ]


def gb300(**claims: float) -> rackplan.Plan:
    data = {"name": "x", "compute": [{"system": "gb300-nvl72", "count": 1}], "claims": claims}
    return rackplan.plan(Deployment.model_validate(data))


@pytest.mark.parametrize("name", ["power.peak_w", "peak_w", "peak"])
def test_a_claim_is_named_in_full_or_by_its_last_part(name: str) -> None:
    with pytest.raises(InputError, match=r"nobody claims 1 for gb300-nvl72\.power\.peak_w"):
        gb300(**{f"gb300-nvl72.{name}": 1})


def test_a_plan_on_another_claim_draws_that_power_and_says_what_it_stands_for() -> None:
    plan = gb300(**{"gb300-nvl72.power.provisioned_w": 150000})
    assert rackplan.summary(plan)["totals"]["power_w"]["provisioned"] == 150000
    (text,) = plan.design.claims
    assert text.startswith("gb300-nvl72.power.provisioned_w is 150,000 (")
    assert text.endswith("instead of 142,000")


def test_claims_of_the_trip_report_give_its_own_table_of_gpus() -> None:
    """Dies, dense FP4 per die, HBM per die and dies per NVLink domain, as the report has them."""
    printed = {
        "gb200-nvl72": (2, 5, 96, 144),
        "gb300-nvl72": (2, 7.5, 144, 144),
        "vr-nvl72": (2, 25, 144, 144),
        "kyber-nvl576": (4, 25, 256, 576),
    }
    found = {}
    for system in printed:
        data = {"name": "x", "compute": [{"system": system, "count": 1}],
                "claims_from": "lockwood-gtc25"}  # fmt: skip
        plan = rackplan.plan(Deployment.model_validate(data))
        (population,) = plan.design.populations
        gpu = population.gpu
        assert gpu is not None
        dies = gpu.dies.value
        assert gpu.fp4_dense_pflops.value is not None
        assert gpu.hbm_gb.value is not None
        found[system] = (dies, gpu.fp4_dense_pflops.value / dies, gpu.hbm_gb.value / dies,
                         plan.design.dies)  # fmt: skip
    assert found == printed


def test_generations_compare_power_for_each_rack_width() -> None:
    rows = {row["system"]: row for row in generations(open_catalog()).rows}
    assert set(rows) == set(open_catalog().ids(System))
    kyber = rows["kyber-nvl576"]
    assert (kyber["gpus"], kyber["dies"], kyber["pairs"], kyber["pins"]) == (144, 576, 10368, 87552)
    assert rows["gb300-nvl72"]["fp4_dense_pflops"] == 72 * 15


def test_kyber_draws_three_times_the_power_of_ex4000_for_each_rack_width() -> None:
    rows = {row["system"]: row for row in generations(open_catalog()).rows}
    cray, kyber = rows["ex4000-ex154n"], rows["kyber-nvl576"]
    assert kyber["w_per_width"] == 3 * cray["w_per_width"] == 600000


def test_ex4000_has_near_128_gpus_for_each_rack_width_by_slots_and_112_by_blades() -> None:
    rows = {row["system"]: row for row in generations(open_catalog()).rows}
    assert rows["ex4000-ex154n"]["gpus_per_width"] == 112
    cabinet = open_catalog().find(System, "ex4000-ex154n")
    slots = max(claim.value for claim in cabinet.nodes.alternatives if claim.value)
    assert slots * 4 / 2 == 128


def test_ir7000_is_shown_with_30_nodes_and_takes_36() -> None:
    rows = {row["system"]: row for row in generations(open_catalog()).rows}
    assert (rows["ir7000-xe8712-30"]["gpus"], rows["ir7000-xe8712"]["gpus"]) == (120, 144)


def test_the_whole_catalog_is_small_enough_to_be_read_at_once() -> None:
    catalog = open_catalog()
    entries = [
        catalog.find(kind, wanted) for kind in KINDS.values() for wanted in catalog.ids(kind)
    ]
    assert len(entries) == len(catalog.read_so_far()) > 150


DEVICE_TYPE = """\
manufacturer: Acme
model: S-144
slug: acme-s-144
part_number: A-1
u_height: 4
weight: 100
weight_unit: lb
power-ports:
  - {name: PSU1, type: iec-60320-c20, maximum_draw: 875}
  - {name: PSU2, type: iec-60320-c20, maximum_draw: 875}
interfaces:
  - {name: eth0, type: 1000base-t, mgmt_only: true}
  - {name: sw1p1, type: infiniband-xdr}
  - {name: sw1p2, type: infiniband-xdr}
  - {name: uplink, type: 100gbase-x-qsfp28}
"""


def test_a_device_type_becomes_a_switch_entry_that_names_what_it_lacks(tmp_path: Path) -> None:
    source = tmp_path / "S-144.yaml"
    source.write_text(DEVICE_TYPE)
    made = import_device_type(source)
    assert made.id == "acme-s-144"
    assert made.lacks == (
        "cages and their form", "module", "typical power",
        "what the other ports are for (1 x 100 Gb/s)",
    )  # fmt: skip
    (tmp_path / "own" / "switches").mkdir(parents=True)
    (tmp_path / "own" / "switches" / "acme-s-144.yaml").write_text(made.text)
    switch = open_catalog([tmp_path / "own"]).find(Switch, "acme-s-144")
    assert (switch.ports.value, switch.port_gbps.value, switch.protocol) == (2, 800, "infiniband")
    assert switch.power.provisioned_w.value == 1750
    assert switch.weight_kg.value == 45.359
    assert switch.cages.value is None


@pytest.mark.parametrize("text", ["a: 1\n", "interfaces: []\n", "interfaces: [{type: virtual}]\n"])
def test_what_is_no_device_type_is_refused(tmp_path: Path, text: str) -> None:
    source = tmp_path / "x.yaml"
    source.write_text(text)
    with pytest.raises(InputError, match="RP213"):
        import_device_type(source)


def test_explanations_are_trees_of_plain_data() -> None:
    from rackplan.api import explain_fact

    told = explain_fact("gb300-nvl72.provisioned").as_data()
    assert told["name"] == "gb300-nvl72.power.provisioned_w"
    assert told["value"] == 142000
    assert "https://" in told["source"]
    assert {claim["value"] for claim in told["claims"]} >= {132000, 150000}
    json.dumps(told)


def test_a_number_that_an_extending_entry_states_is_not_the_parents(tmp_path: Path) -> None:
    text = "extends: q3400-ra\nports: 72\npower: {provisioned_w: 5000}\n"
    mine = open_catalog([folder(tmp_path, switches__mine=text)]).find(Switch, "mine")
    assert claim_origin(mine, mine.ports) == (None, None)
    assert claim_origin(mine, mine.power.provisioned_w) == (None, None)
    assert claim_origin(mine, mine.port_gbps)[0] == "nvidia-xdr-manual"
    assert (mine.cpo_twin, mine.cages.value) == (None, None), "they belong to 144 ports"


def test_a_claim_for_an_id_that_no_entry_has_is_an_error_with_the_nearest() -> None:
    with pytest.raises(
        InputError, match=r"RP201.*'gb300-nv72' to take a claim for; nearest: gb300"
    ):
        gb300(**{"gb300-nv72.power.peak_w": 1})


def test_claims_of_a_source_that_contradict_an_entry_are_left_out() -> None:
    data = {
        "name": "x",
        "claims_from": "lockwood-gtc25",
        "compute": [{"system": "kyber-nvl576", "count": 4}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "q3450-ld", "rails": 8}},
    }
    plan = rackplan.plan(Deployment.model_validate(data))
    optics = plan.fabric("compute").switches["leaf"].co_packaged
    assert optics is not None
    assert optics.asics.value == 4, "with the two that the report saw, the fibers do not close"
    assert not any("asics" in text for text in plan.design.claims)
