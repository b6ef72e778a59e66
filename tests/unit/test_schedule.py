"""The cable schedule and its companions, counted again from the plan link by link."""

from __future__ import annotations

import csv
import hashlib
import math
import re
import zipfile
from collections import Counter, defaultdict
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

import rackplan
from rackplan.build import Plan
from rackplan.deployment import Deployment
from rackplan.errors import InputError
from rackplan.exports import labels as label_export
from rackplan.exports import port_map as port_map_export
from rackplan.exports import pull_list as pull_list_export
from rackplan.exports import schedule as schedule_export
from rackplan.names import names_of
from rackplan.schedule import COLUMNS, notes, schedule
from rackplan.schedule.labels import letters

Row = dict[str, Any]
FAT_TREE = {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4}
TRUNK = {"panel": "patch-panel-mpo", "trunk": "trunk-mpo-144"}

KINDS: dict[str, dict[str, Any]] = {
    "cords": {},
    "splitters": {"optics": {"host_cable": "mca7k10"}},
    "twin copper": {"optics": {"switch_cable": "mca4k50"}},
    "panels": {"optics": {"tiers": {"leaf_spine": {"panel": "patch-panel-mpo"}}}},
    "trunks": {"optics": {"tiers": {"host_leaf": {"trunk": TRUNK}}}},
}
"""Eight GB300 racks, cabled in every way that a row of the schedule can come about."""


@cache
def planned(kind: str = "cords", naming: str = "", phases: int = 0) -> Plan:
    """The plan of a kind; 576 links of hosts and as many between leaves and spines."""
    names: dict[str, Any] = {}
    if naming:
        key, _, value = naming.partition("=")
        names[key] = value
    data: dict[str, Any] = {
        "name": "x",
        "compute": [{"system": "gb300-nvl72", "count": 8, "racks_per_su": 2 if phases else 8}],
        "fabrics": {"compute": FAT_TREE | KINDS[kind]},
        "names": names,
        "phases": [{"name": f"step {n}", "units": 1} for n in range(phases)],
    }
    if kind != "splitters":  # that copper does not reach from rack to rack
        data["floor"] = {}
    if kind == "panels":  # optics that nobody names break no rule of polarity
        del data["floor"]
        data["compute"] = [{"node": "node", "count": 144}]
        data["hardware"] = {
            "nodes": {"node": {"gpus": 4, "nics": 4}},
            "switches": {"switch": {"ports": 144, "port_gbps": 800}},
        }
        data["fabrics"]["compute"]["switch"] = "switch"
    return rackplan.plan(Deployment.model_validate(data))


def rows_of(plan: Plan) -> list[Row]:
    return schedule(plan).table.to_pylist()


@pytest.mark.parametrize("kind", KINDS)
def test_every_cable_of_the_plan_has_one_id_and_every_id_is_a_cable(kind: str) -> None:
    plan = planned(kind)
    ids = [row["cable_id"] for row in rows_of(plan)]
    assert len(set(ids)) == len(plan.tables["cables"])
    if kind in ("cords", "twin copper", "panels"):
        assert len(ids) == len(set(ids))


def test_a_link_a_cable_makes_a_row_a_link() -> None:
    plan = planned("cords")
    _, names = names_of(plan.tables, plan.design)
    ports, found = plan.ports, rows_of(plan)
    wanted = Counter(
        (names[ports["device"][a]], int(ports["index"][a]) + 1,
         names[ports["device"][b]], int(ports["index"][b]) + 1)
        for a, b in zip(plan.links["a_port"], plan.links["b_port"], strict=True)
    )  # fmt: skip
    told = Counter((r["a_device"], r["a_index"], r["z_device"], r["z_index"]) for r in found)
    assert told == wanted
    assert sum(row["links"] for row in found) == 1152  # 576 of hosts, 576 of leaves


def test_a_splitter_has_a_row_for_each_tail_under_one_id() -> None:
    rows = [row for row in rows_of(planned("splitters")) if row["tier"] == "host_leaf"]
    assert len(rows) == 576
    tails = defaultdict(list)
    for row in rows:
        tails[row["cable_id"]].append(row)
    assert len(tails) == 288
    for pair in tails.values():
        assert len({row["a_device"] + row["a_port"] for row in pair}) == 2
        assert len({(row["z_device"], row["z_cage"]) for row in pair}) == 1
        assert [row["links"] for row in pair] == [1, 1]


def test_twin_port_copper_is_one_row_with_both_ports_of_the_plug() -> None:
    rows = [row for row in rows_of(planned("twin copper")) if row["tier"] == "leaf_spine"]
    assert len(rows) == 288
    assert {row["links"] for row in rows} == {2}
    for row in rows:
        cage = row["a_cage"]
        assert row["a_port"] == f"{cage}/1+{cage}/2"
        assert row["a_module"] is None
        assert row["connector_a"] == row["connector_z"] == "osfp-ihs"
        assert row["media"] == "lacc"


def test_a_link_over_a_panel_has_a_row_for_each_cable() -> None:
    rows = [row for row in rows_of(planned("panels")) if row["tier"] == "leaf_spine"]
    assert len(rows) == 2 * 576
    near = {(r["z_device"], r["z_index"]) for r in rows if "panel" in r["z_device"]}
    far = {(r["a_device"], r["a_index"]) for r in rows if "panel" in r["a_device"]}
    assert near == far
    assert len(near) == 576
    assert {r["z_port"] for r in rows if r["z_index"] == 1 and "panel" in r["z_device"]} == {
        "way 1"
    }


def test_cords_and_trunks_of_structured_cabling_meet_at_the_panels() -> None:
    plan = planned("trunks")
    trunks, rows = plan.tables["trunks"], rows_of(plan)
    own = [r for r in rows if "-pp" in r["a_device"] and "-pp" in r["z_device"]]
    assert len({row["cable_id"] for row in own}) == len(trunks) > 0
    assert sum(row["links"] for row in own) == int(trunks["links"].sum())
    cords = [r for r in rows if r["tier"] == "host_leaf" and r not in own]
    patched = [r for r in cords if "-pp" in r["a_device"] or "-pp" in r["z_device"]]
    assert len(patched) == 2 * int(trunks["links"].sum())


def test_the_id_of_a_cable_is_its_first_device_and_port() -> None:
    rows = rows_of(planned("cords"))
    for row in rows:
        assert row["cable_id"] == f"{row['a_device']}:{row['a_index']}"
    assert rows[0]["cable_id"] == "r0001-n01:1"


@pytest.mark.parametrize("kind", KINDS)
def test_exchanging_the_ends_of_every_link_changes_no_cable_id(kind: str) -> None:
    from rackplan.schedule.ids import cable_ids
    from rackplan.schedule.rows import Rows

    plan = planned(kind)
    made = schedule(plan)
    one = made.rows
    turned = Rows(one.cable, one.link, one.links, one.z, one.a, one.item, one.item_z, one.item_a)
    ids = cable_ids(plan.tables, turned, made.places).to_pylist()
    assert ids == [row["cable_id"] for row in rows_of(plan)]


def test_rows_are_in_order_of_fabric_tier_and_end_a() -> None:
    plan = planned("cords")
    place = {name: row for row, name in enumerate(names_of(plan.tables, plan.design)[1])}
    keys = [
        (row["tier"] != "host_leaf", place[row["a_device"]], row["a_index"])
        for row in rows_of(plan)
    ]
    assert keys == sorted(keys)
    assert [key[0] for key in keys] == [False] * 576 + [True] * 576


def test_a_further_phase_changes_nothing_but_the_column_phase() -> None:
    one, two = (rows_of(planned("cords", "", phases)) for phases in (1, 2))
    for before, after in zip(one, two, strict=True):
        changed = {name for name in COLUMNS if before[name] != after[name]}
        assert changed <= {"phase"}
    assert {row["phase"] for row in one} == {"step 0", "later"}


def test_cables_between_the_same_two_racks_are_one_bundle() -> None:
    rows = rows_of(planned("cords"))
    pairs = {frozenset((row["a_rack"], row["z_rack"])): row["bundle_id"] for row in rows}
    assert len(set(pairs.values())) == len(pairs)
    assert pairs[frozenset(("r0001", "net-0001"))] == "r0001>net-0001"
    for row in rows:
        assert row["bundle_id"] == pairs[frozenset((row["a_rack"], row["z_rack"]))]


def test_lengths_ways_and_parts_are_those_of_the_plan() -> None:
    plan = planned("cords")
    rows, cables = rows_of(plan), plan.cables
    assert Counter(row["length_m"] for row in rows) == Counter(cables["length_m"])
    for row in rows:
        assert row["slack_m"] == pytest.approx(row["length_m"] - row["route_m"], abs=0.011)
        assert (row["cable_part"], row["strands"], row["strands_used"]) == ("MFP7E30-Nxxx", 8, 8)
        assert (row["polarity"], row["gender_a"], row["fiber_mode"]) == ("B", "female", "single")
    first = rows[0]
    assert (first["a_breakout"], first["z_breakout"]) == (None, "2x800G")
    assert (first["a_slot"], first["z_slot"]) == (1, None)
    assert first["a_module_part"] == "980-9IAT0-00XM00"


def test_a_part_number_that_stands_for_a_length_follows_the_ordered_length() -> None:
    rows = [row for row in rows_of(planned("twin copper")) if row["tier"] == "leaf_spine"]
    numbers = {1.0: "980-9IAM5-00X001", 1.5: "980-9IAM5-00X01A", 2.0: "980-9IAM3-00X002",
               2.5: "980-9IAM3-00X02A", 3.0: "980-9IAM3-00X003"}  # fmt: skip
    assert {row["cable_part"] for row in rows} <= set(numbers.values())
    for row in rows:
        assert row["cable_part"] == numbers[row["length_m"]]


# --- labels ---------------------------------------------------------------------------------------

SHAPES = {
    "plain": r"[\w-]+ [\w /+]+ / [\w-]+ [\w /+]+",
    "tia606": r"[\w-]+-\d\d:\d\d+/[\w-]+-\d\d:\d\d+",
    "oracle": r"[\w-]+-U\d+-P\d+[AB]? to [\w-]+-U\d+-P\d+[AB]?",
    "h3c": r"[A-Z]\d\d-\d\d-\d\d-\d\d+ TO [A-Z]\d\d-\d\d-\d\d-\d\d+",
    "xname": r"x\d{4}c0(s\d+b0n0h\d|r\d+j\d+p[01]) / x\d{4}c0(s\d+b0n0h\d|r\d+j\d+p[01])",
}


@pytest.mark.parametrize("style", SHAPES)
def test_labels_of_a_style_are_mirror_images_and_unique(style: str) -> None:
    rows = rows_of(planned("cords", f"style={style}"))
    between = {"tia606": "/", "oracle": " to ", "h3c": " TO "}.get(style, " / ")
    for row in rows:
        assert re.fullmatch(SHAPES[style], row["label_a"]), row["label_a"]
        near, far = re.split(re.escape(between), row["label_a"])
        assert row["label_z"] == far + between + near
    told = [row["label_a"] for row in rows] + [row["label_z"] for row in rows]
    assert len({one.casefold() for one in told}) == len(told)


def test_labels_say_where_the_ends_are() -> None:
    row = rows_of(planned("cords", "style=tia606"))[0]
    near = f"{row['a_rack']}-{int(row['a_u']):02}:01"
    assert row["label_a"].startswith(near + "/")
    row = rows_of(planned("cords", "style=oracle"))[0]
    assert row["label_z"].startswith(f"{row['z_rack']}-U{int(row['z_u'])}-P1A to ")
    row = rows_of(planned("cords", "style=xname"))[0]
    assert row["label_a"].startswith(f"x3000c0s{int(row['a_u'])}b0n0h0 / x8000c0r")


def test_a_label_of_ones_own_may_use_both_ends_and_the_cable() -> None:
    rows = rows_of(planned("cords", "label={cable} {near.row}{near.position:03} {far.rack}"))
    first = rows[0]
    assert first["label_a"] == f"r0001-n01:1 A{first['a_position']:03} {first['z_rack']}"


def test_both_ends_of_one_cable_may_have_one_label() -> None:
    rows = rows_of(planned("splitters", "label={cable}"))
    assert all(row["label_a"] == row["label_z"] == row["cable_id"] for row in rows)


def test_labels_that_two_ends_would_share_are_refused_with_the_field_that_is_missing() -> None:
    plan = planned("cords", "label={near.device} to {far.device}")
    with pytest.raises(InputError) as caught:
        schedule(plan)
    (problem,) = caught.value.problems
    assert problem.code == "RP347"
    assert "would both have the label" in problem.message
    assert "near.port" in problem.hint


def test_a_label_that_says_where_an_end_is_needs_a_floor() -> None:
    plan = planned("splitters", "style=tia606")
    with pytest.raises(InputError, match=r"RP353.*near.rack.* is not known.*'floor'"):
        schedule(plan)


def test_rows_of_a_hall_are_lettered_as_spreadsheets_letter_columns() -> None:
    assert [letters(n) for n in (-1, 0, 25, 26, 27, 701, 702)] == [
        "", "A", "Z", "AA", "AB", "ZZ", "AAA",
    ]  # fmt: skip


# --- files ----------------------------------------------------------------------------------------


def written(plan: Plan, folder: Path) -> Path:
    folder.mkdir()
    for export in (schedule_export, port_map_export, pull_list_export, label_export):
        export.write(plan, folder)
    return folder


def read(file: Path) -> list[dict[str, str]]:
    with file.open(encoding="utf-8", newline="") as handle:
        return list(csv.DictReader(handle))


def test_the_same_plan_gives_the_same_bytes_in_every_file(tmp_path: Path) -> None:
    digests = []
    for name in ("one", "two"):
        planned.cache_clear()
        folder = written(planned("cords"), tmp_path / name)
        digests.append({
            file.name: hashlib.sha256(file.read_bytes()).hexdigest() for file in folder.iterdir()
        })  # fmt: skip
    assert digests[0] == digests[1]
    assert set(digests[0]) == {
        "schedule.csv", "schedule.parquet", "schedule.xlsx",
        "port_map.csv", "pull_list.csv", "labels.csv",
    }  # fmt: skip


def test_csv_parquet_and_workbook_hold_the_same_rows(tmp_path: Path) -> None:
    folder = written(planned("cords"), tmp_path / "x")
    rows = read(folder / "schedule.csv")
    assert list(rows[0]) == list(COLUMNS)
    table = parquet.read_table(folder / "schedule.parquet")
    assert table.column_names == list(COLUMNS)
    assert table["cable_id"].to_pylist() == [row["cable_id"] for row in rows]
    sheet = cells(folder / "schedule.xlsx")
    assert len(sheet) == 1 + len(rows)
    labels = [row[list(COLUMNS).index("label_a")] for row in sheet[1:]]
    assert labels == [row["label_a"] for row in rows]


def cells(file: Path) -> list[dict[int, str]]:
    """The cells of the first sheet by column; fails where one is a formula or a link."""
    with zipfile.ZipFile(file) as archive:
        names = archive.namelist()
        sheet = archive.read("xl/worksheets/sheet1.xml").decode()
    assert "xl/sharedStrings.xml" not in names  # texts stand in their cells
    assert "<f>" not in sheet
    assert "hyperlink" not in sheet
    assert 'state="frozen"' in sheet
    assert "<autoFilter" in sheet
    found = []
    for row in re.findall(r"<row .*?</row>", sheet, re.DOTALL):
        values: dict[int, str] = {}
        for column, kind, body in re.findall(
            r'<c r="([A-Z]+)\d+"[^>]*?(?: t="(\w+)")?>(.*?)</c>', row
        ):
            number = 0
            for letter in column:
                number = number * 26 + ord(letter) - ord("A") + 1
            text = re.sub(r"<[^>]+>", "", body)
            values[number - 1] = text.replace("&gt;", ">").replace("&amp;", "&")
            assert kind in ("", "inlineStr")
        found.append(values)
    return found


def test_a_cell_that_looks_like_a_formula_is_a_text(tmp_path: Path) -> None:
    import pyarrow as pa

    texts = ['=HYPERLINK("http://x")', "@SUM(A1)", "+1", "-2", "http://x", "12", "{=A1}"]
    schedule_export._write_workbook(pa.table({"cable_id": texts}), tmp_path / "x.xlsx")
    shown = [row[0].replace("&quot;", '"') for row in cells(tmp_path / "x.xlsx")[1:]]
    assert shown == texts


def test_the_port_map_has_every_port_of_every_switch_once() -> None:
    plan = planned("cords")
    rows = port_map_export.port_map(plan).to_pylist()
    assert len(rows) == int(plan.devices.loc[plan.devices["kind"] == "switch", "port_count"].sum())
    assert len({(row["device"], row["index"]) for row in rows}) == len(rows)
    assert len({(row["device"], row["port"]) for row in rows}) == len(rows)
    used = [row for row in rows if row["state"] == "used"]
    assert len(used) == 576 + 2 * 576  # a host link has one end at a switch
    assert all(row["cable_id"] and row["far_device"] and row["far_port"] for row in used)
    free = [row for row in rows if row["state"] == "free"]
    assert len(free) == len(rows) - len(used)
    assert not any(row["cable_id"] or row["far_device"] for row in free)


def test_both_ends_of_a_link_name_each_other_and_one_cable_in_the_port_map() -> None:
    rows = port_map_export.port_map(planned("cords")).to_pylist()
    at = {(row["device"], row["port"]): row for row in rows}
    between = [row for row in rows if row["tier"] == "leaf_spine"]
    assert between
    for row in between:
        far = at[row["far_device"], row["far_port"]]
        assert (far["far_device"], far["far_port"]) == (row["device"], row["port"])
        assert far["cable_id"] == row["cable_id"]


def test_ports_that_a_leaf_keeps_are_called_reserved() -> None:
    plan = rackplan.plan(Deployment.model_validate({
        "name": "x",
        "compute": [{"system": "gb300-nvl72", "count": 4}],
        "fabrics": {"compute": FAT_TREE | {"reserved_ports": 4}},
    }))  # fmt: skip
    rows = port_map_export.port_map(plan).to_pylist()
    kept = Counter(row["device"] for row in rows if row["state"] == "reserved")
    leaves = int((plan.devices["role"] == "leaf").sum())
    assert len(kept) == leaves > 0
    assert set(kept.values()) == {4}


@pytest.mark.parametrize("kind", KINDS)
def test_the_pull_list_counts_every_cable_and_metre_once(kind: str) -> None:
    plan = planned(kind)
    rows = pull_list_export.pull_list(plan).to_pylist()
    cables = plan.cables
    assert sum(row["cables"] for row in rows) == len(cables)
    counted = Counter[tuple[str | None, float | None]]()
    for row in rows:
        counted[row["cable_type"], row["length_m"]] += row["cables"]
    wanted = Counter(
        (None if kind == "unspecified" else kind, None if math.isnan(metres) else metres)
        for kind, metres in zip(cables["type"], cables["length_m"], strict=True)
    )
    assert counted == wanted
    if kind == "cords":
        kilos = sum(row["total_kg"] for row in rows)
        assert kilos == pytest.approx(cables["length_m"].sum() * 0.009, rel=1e-3)


def test_there_are_two_labels_a_row_end_a_first() -> None:
    plan = planned("cords")
    rows, found = rows_of(plan), label_export.label_rows(plan).to_pylist()
    assert len(found) == 2 * len(rows)
    for number, row in enumerate(rows):
        first, second = found[2 * number : 2 * number + 2]
        assert (first["end"], second["end"]) == ("A", "Z")
        assert (first["line_1"], second["line_1"]) == (row["label_a"], row["label_z"])
        assert first["cable_id"] == second["cable_id"] == row["cable_id"]
        assert (first["device"], second["device"]) == (row["a_device"], row["z_device"])
        assert first["line_3"] == f"mfp7e30 {row['length_m']:g} m"


def test_a_schedule_too_long_for_a_workbook_says_what_to_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("rackplan.schedule.WORKBOOK_ROWS", 1000)
    monkeypatch.setattr("rackplan.exports.schedule.WORKBOOK_ROWS", 1000)
    plan = planned("cords")
    assert notes(plan) == (
        "1,152 rows: the workbook ends at 1,000; use schedule.csv or schedule.parquet",
    )
    schedule_export.write(plan, tmp_path)
    assert sorted(file.name for file in tmp_path.iterdir()) == ["schedule.csv", "schedule.parquet"]
