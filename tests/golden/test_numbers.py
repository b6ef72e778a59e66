"""Small golden sums against the program: `numbers.yaml`, entry by entry.

Every entry is run here or stands in `LATER` with the reason; one that is neither fails the suite.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from tests.golden import facilities
from tests.golden.facilities import Entry, assert_close

import rackplan
from rackplan.catalog import Accounting, Switch
from rackplan.deployment import Deployment
from rackplan.errors import InputError
from rackplan.load.catalog_reader import open_catalog
from rackplan.load.yaml_document import MAX_EXPANDED, parse_yaml
from rackplan.resolve import resolve

DOCUMENT = yaml.safe_load((Path(__file__).parent / "numbers.yaml").read_text(encoding="utf-8"))
ENTRIES: dict[str, Entry] = {
    entry["id"]: entry for group, rows in DOCUMENT.items() if group != "sources" for entry in rows
}

_REVENUE = "revenue and cost of tokens are not analysed yet"
_FAILURES = "failures, checkpoints and spares are not analysed yet"
LATER: dict[str, str] = {
    **{entry["id"]: _REVENUE for entry in DOCUMENT["revenue"]},
    **{entry["id"]: _FAILURES for entry in DOCUMENT["reliability"]},
    **{entry["id"]: _FAILURES for entry in DOCUMENT["spares_poisson"]},
    **{entry["id"]: "storage is not planned yet" for entry in DOCUMENT["storage"]},
}
"""Entries that the program cannot answer yet, and why."""

CATALOG = open_catalog()


def gb300(racks: int) -> Deployment:
    """GB300 NVL72 in SUs of eight racks on the switches of the public table."""
    return Deployment.model_validate({
        "name": "golden",
        "compute": [{"system": "gb300-nvl72", "count": racks, "racks_per_su": 8}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4}},
    })  # fmt: skip


def savings(racks: int, preset: str) -> dict[str, Any]:
    """The row of one preset for the two variants of a deployment."""
    (row,) = rackplan.compare(gb300(racks), presets=[preset]).savings.rows
    return dict(row)


# --- co-packaged optics ---------------------------------------------------------------------


def keynote_watts(field: str) -> Callable[[Entry], None]:
    """Watts of the optics of a full switch by the keynote's preset."""

    def run(entry: Entry) -> None:
        preset = CATALOG.find(Accounting, "keynote")
        each = getattr(preset, field).value
        ports = CATALOG.find(Switch, "q3450-ld").ports.value
        assert (ports, each) == (entry["in"]["ports"], entry["in"]["w"])
        assert_close(ports * each, entry)

    return run


def keynote_saving(entry: Entry) -> None:
    """Through a comparison of full switches: one SU uses every port of its twelve."""
    assert_close(savings(8, "keynote")["saved_w_per_switch"], entry)
    assert savings(8, "datasheet")["saved_w_per_switch"] == pytest.approx(7000 - 3950)


def public_table(entry: Entry) -> None:
    """Four sizes; the table rounds the kilowatts now up, now down, so it is met within one."""
    exact = {576: 36.6, 4608: 305.0, 10368: 658.8, 41472: 4392.0}
    for row in entry["rows"]:
        compared = rackplan.compare(gb300(row["gpus"] // 72), presets=["datasheet"])
        (saved,) = compared.savings.rows
        for plan in compared.plans.values():
            assert plan.design.gpus == row["gpus"]
            assert plan.fabric("compute").switch_count == row["switches"]
        assert saved["saved_w"] / 1000 == pytest.approx(exact[row["gpus"]], rel=1e-9)
        assert abs(saved["saved_w"] / 1000 - row["kw"]) < 1, "not what the table prints"
        assert saved["extra_gpus"] == row["extra_gpus"]


def strands(entry: Entry) -> None:
    optics = CATALOG.find(Switch, "q3450-ld").co_packaged
    assert optics is not None
    given = (optics.asics, optics.subassemblies_per_asic, optics.engines_per_subassembly)
    assert [fact.value for fact in given] == list(entry["in"].values())[:3]
    assert_close(optics.data_fibers, entry)


def port_ends(entry: Entry) -> None:
    """131,072 GPUs on three tiers: five switch ports a GPU; the source prints them rounded."""
    wanted = Deployment.model_validate({
        "name": "golden",
        "hardware": {
            "switches": {"switch": {"ports": 128, "port_gbps": 800}},
            "nodes": {"node": {"gpus": 8, "nics": 8}},
        },
        "compute": [{"node": "node", "count": 131072 // 8}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch", "tiers": 3,
                                "rails": 8}},
    })  # fmt: skip
    (fabric,) = resolve(wanted, open_catalog((), wanted.hardware.entries())).fabrics
    ends = sum(role.ports_used for role in fabric.size.roles)
    assert_close(ends, entry)
    assert ends // 1000 == entry["printed"] // 1000


# --- SuperPOD tables ------------------------------------------------------------------------


def superpod(node: str, switch: str, planes: int) -> Callable[[Entry], None]:
    """Whole tables row by row; with two planes they count cages of two links."""

    def run(entry: Entry) -> None:
        for values in entry["rows"]:
            row = dict(zip(entry["cols"], values, strict=True))
            plan = rackplan.plan(Deployment.model_validate({
                "name": "golden",
                "compute": [{"node": node, "count": row["nodes"],
                             "nodes_per_su": row["nodes"] // row["su"]}],
                "fabrics": {"compute": {"topology": "fat-tree", "switch": switch, "rails": 8,
                                        "planes": planes}},
            }))  # fmt: skip
            roles = plan.devices["role"].value_counts()
            tiers = plan.links["tier"].value_counts() // planes
            for key in row.keys() & {"leaf", "spine", "core"}:
                assert roles.get(key, 0) == row[key], (row, key)
            for key, tier in (("node_leaf", "host_leaf"), ("leaf_spine", "leaf_spine"),
                              ("spine_core", "spine_core")):  # fmt: skip
                assert tiers.get(tier, 0) == row.get(key, 0), (row, key)

    return run


# --- pins, safety ---------------------------------------------------------------------------


def kyber_pins(column: str) -> Callable[[Entry], None]:
    """The first reading of the pins: the one that the catalog uses."""

    def run(entry: Entry) -> None:
        wanted = Deployment.model_validate(
            {"name": "golden", "compute": [{"system": "kyber-nvl576", "count": 1}]}
        )
        assert_close(rackplan.summary(rackplan.plan(wanted))["pins"][0][column], entry)

    return run


def bomb(entry: Entry) -> None:
    """Nine lists of ten, each list of aliases of the one before."""
    letters = "abcdefghi"
    lines = [f"a: &a [{','.join('x' * 10)}]"]
    lines += [
        f"{name}: &{name} [{','.join([f'*{below}'] * 10)}]" for below, name in pairwise(letters)
    ]
    content = "".join(f"{line}\n" for line in lines).encode()
    assert len(content) == entry["bytes"]
    size, total = 1, 1  # the nodes of one list, and of the mapping with its nine keys
    for _ in letters:
        size = 1 + 10 * size
        total += 1 + size
    assert total == entry["out"] > MAX_EXPANDED
    with pytest.raises(InputError, match=re.compile(r"error\[RP00\d\]")):
        parse_yaml(content, "bomb.yaml")


RUNS: dict[str, Callable[[Entry], None]] = {
    "gtc25_pluggable_w": keynote_watts("pluggable_port_w"),
    "gtc25_cpo_w": keynote_watts("cpo_port_w"),
    "gtc25_saving_w": keynote_saving,
    "lambda_table": public_table,
    "q3450_strands": strands,
    "transceivers_131072_gpus_3level_switch_ends": port_ends,
    "dgx_b200": superpod("dgx-b200", "qm9700", 1),
    "dgx_b300": superpod("dgx-b300", "sn5610", 2),
    **facilities.RUNS,
    "kyber_pins_per_side": kyber_pins("pins_per_midplane_face"),
    "kyber_pins_rack": kyber_pins("installed_pins_all_faces"),
    "bomb_expanded_nodes": bomb,
}


@pytest.mark.parametrize("name", RUNS)
def test_the_program_gives_the_golden_number(name: str) -> None:
    RUNS[name](ENTRIES[name])


def test_every_entry_is_run_or_listed_for_later_with_a_reason() -> None:
    assert set(RUNS) | set(LATER) == set(ENTRIES)
    assert not set(RUNS) & set(LATER)
    assert all(LATER.values())


def test_every_source_of_an_entry_can_be_found_again() -> None:
    used = {entry["src"] for entry in ENTRIES.values() if "src" in entry}
    assert used <= set(DOCUMENT["sources"])
    assert all(source["url"].startswith("https://") for source in DOCUMENT["sources"].values())
