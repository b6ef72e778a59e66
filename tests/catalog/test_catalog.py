"""What holds for every entry of the built-in catalog."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from rackplan.catalog import (
    KINDS,
    Accounting,
    Cable,
    Gpu,
    Nic,
    Node,
    Rack,
    Switch,
    System,
    Transceiver,
)
from rackplan.catalog.base import ID_PATTERN, E, Entry
from rackplan.catalog.consistency import contradictions
from rackplan.catalog.facts import claim_origin, facts
from rackplan.load.catalog_reader import FileCatalog, open_catalog
from rackplan.load.data import data_folder

FILES = sorted(data_folder("catalogs").glob("*/*.yaml"))


@cache
def catalog() -> FileCatalog:
    return open_catalog()


def entry_of(file: Path) -> Entry:
    return catalog().find(KINDS[file.parent.name], file.stem)


def name_of(file: Path) -> str:
    return f"{file.parent.name}/{file.stem}"


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_every_entry_reads_and_its_file_name_is_an_id(file: Path) -> None:
    assert file.parent.name in KINDS
    assert ID_PATTERN.fullmatch(file.stem)
    assert entry_of(file).id == file.stem
    assert entry_of(file).name


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_every_number_has_a_known_source_and_a_status(file: Path) -> None:
    entry, sources = entry_of(file), catalog().sources()
    unsourced = []
    for name, fact in facts(entry):
        for claim in (fact, *fact.alternatives):
            key, status = claim_origin(entry, claim)
            if key not in sources or status is None:
                unsourced.append((name, claim.value, key, status))
    assert unsourced == []


@pytest.mark.parametrize("file", FILES, ids=name_of)
def test_every_entry_closes_on_itself(file: Path) -> None:
    assert contradictions(entry_of(file)) == []


def test_sources_are_complete_and_used() -> None:
    sources = catalog().sources()
    used = {
        claim_origin(entry, claim)[0]
        for entry in map(entry_of, FILES)
        for _, fact in facts(entry)
        for claim in (fact, *fact.alternatives)
    } | {entry_of(file).source for file in FILES}
    used |= {claim.source for record in catalog().conflicts().values() for claim in record.claims}
    assert sorted(set(sources) - used) == []
    for key, source in sources.items():
        assert source.url.startswith("https://"), key
        assert source.date[:2] == "20" or source.date[:2] == "19", key


def test_cpo_twins_name_each_other_and_have_the_same_ports() -> None:
    found = 0
    for switch_id in catalog().ids(Switch):
        switch = catalog().find(Switch, switch_id)
        if switch.cpo_twin is not None:
            twin = catalog().find(Switch, switch.cpo_twin)
            assert twin.pluggable_twin == switch.id
            assert twin.co_packaged is not None
            assert switch.co_packaged is None
            assert (twin.ports.value, twin.port_gbps.value) == (
                switch.ports.value,
                switch.port_gbps.value,
            )
            found += 1
    assert found >= 1


def entries(kind: type[E]) -> list[E]:
    return [catalog().find(kind, entry_id) for entry_id in catalog().ids(kind)]


def test_systems_stand_in_racks_that_exist_and_hold_nodes_that_exist() -> None:
    for system in entries(System):
        catalog().find(Rack, system.rack)
        catalog().find(Node, system.node)


def test_nodes_name_gpus_nics_and_modules_that_exist() -> None:
    for node in entries(Node):
        if node.gpu:
            catalog().find(Gpu, node.gpu)
        for group in node.nics:
            for kind, wanted in ((Nic, group.nic), (Transceiver, group.module)):
                if wanted:
                    catalog().find(kind, wanted)


def test_the_cord_of_a_transceiver_has_its_connector() -> None:
    for module in entries(Transceiver):
        if module.cable:
            assert catalog().find(Cable, module.cable).connector == module.connector.value


def test_the_modules_that_a_switch_names_fit_its_cages() -> None:
    for switch in entries(Switch):
        for mode in switch.all_modes():
            if mode.module:
                module = catalog().find(Transceiver, mode.module)
                assert module.form == switch.cage, (switch.id, module.id)


def test_names_with_several_meanings_and_aliases_lead_to_entries() -> None:
    import yaml

    names = yaml.safe_load((data_folder("catalogs") / "names.yaml").read_text(encoding="utf-8"))
    for folder, ambiguous in names["ambiguous"].items():
        for meanings in ambiguous.values():
            assert set(meanings) <= set(catalog().ids(KINDS[folder]))
    for folder, aliases in names["aliases"].items():
        assert set(aliases.values()) <= set(catalog().ids(KINDS[folder]))


def test_the_four_accounting_presets_carry_their_published_watts() -> None:
    watts = {
        key: (preset.pluggable_port_w.value, preset.cpo_port_w.value, preset.basis)
        for key in catalog().ids(Accounting)
        for preset in [catalog().find(Accounting, key)]
    }
    assert watts == {
        "keynote": (30, 9, "port"),
        "analyst": (16.5, 4.5, "port"),
        "measured": (15, 5.4, "port"),
        "datasheet": (16.75, None, "switch"),
    }


def test_a_users_folder_lies_over_the_built_in_catalog_entry_by_entry(tmp_path: Path) -> None:
    (tmp_path / "switches").mkdir()
    (tmp_path / "switches" / "q3400-ra.yaml").write_text("ports: 100\nport_gbps: 800\n")
    own = open_catalog([tmp_path])
    assert own.find(Switch, "q3400-ra").ports.value == 100
    assert own.find(Switch, "qm9700").ports.value == 64


def test_a_plan_reads_only_the_entries_that_it_needs() -> None:
    from rackplan.load.deployment_reader import read_deployment_file
    from rackplan.resolve import resolve

    file = read_deployment_file(data_folder("examples") / "gb300-8-racks.yaml")
    resolve(file.deployment, file.catalog)
    read = {entry.id for entry in file.catalog.read_so_far()}
    assert read == {
        "gb300-nvl72", "gb300-tray", "b300-nvl", "oberon", "nvswitch-5", "connectx-8",
        "bluefield-3", "q3400-ra", "mms4a00", "mms4a20-xm800", "mms1x00-ns400", "mfp7e30",
        "datasheet", "network-rack", "cdu-generic",
    }  # fmt: skip
