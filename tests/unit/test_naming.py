"""Templates of names: what they may say, what they make, and what is refused."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

import rackplan
from rackplan.build import Plan
from rackplan.deployment import Deployment
from rackplan.errors import InputError
from rackplan.names import device_names, names_of, rack_names
from rackplan.naming import FIELDS, NamingSpec, TemplateError, parse_template


def planned(names: dict[str, Any] | None = None, *, floor: bool = False) -> Plan:
    """Four GB300 racks: a leaf for each of four rails, and spines above."""
    data = {
        "name": "x",
        "compute": [{"system": "gb300-nvl72", "count": 4}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "q3400-ra", "rails": 4}},
        "names": names or {},
    }
    if floor:
        data["floor"] = {}
    return rackplan.plan(Deployment.model_validate(data))


def test_default_names_are_those_of_rack_slot_fabric_plane_role_rail_and_number() -> None:
    plan = planned()
    racks, devices = names_of(plan.tables, plan.design)
    assert racks == ["r0001", "r0002", "r0003", "r0004"]
    assert devices[:2] == ["r0001-n01", "r0001-n02"]
    assert devices[17:19] == ["r0001-n18", "r0002-n01"]
    switches = [name for name in devices if name.startswith("compute-")]
    leaves = [f"compute-p0-leaf-r{rail}-0001" for rail in range(4)]
    assert switches == [*leaves, "compute-p0-spine-0001", "compute-p0-spine-0002"]
    assert "power-shelf-0001" in devices


def test_racks_of_each_purpose_have_numbers_of_their_own() -> None:
    plan = planned(floor=True)
    racks, _ = names_of(plan.tables, plan.design)
    assert racks == ["r0001", "r0002", "r0003", "r0004", "net-0001"]


def test_templates_say_how_racks_nodes_and_switches_are_called() -> None:
    plan = planned({"rack": "A{rack:02}", "node": "{rack}.{slot}", "switch": "sw-{rail}-{number}"})
    racks, devices = names_of(plan.tables, plan.design)
    assert racks == ["A01", "A02", "A03", "A04"]
    assert devices[0] == "A01.1"
    assert devices[35] == "A02.18"
    assert [name for name in devices if name.startswith("sw-")] == [f"sw-{n}-1" for n in range(4)]


@pytest.mark.parametrize("field", ["__class__", "rack.__class__", "rack[0]", "0", ""])
def test_a_template_looks_nothing_up_in_its_fields(field: str) -> None:
    with pytest.raises(TemplateError, match="unknown field"):
        parse_template("{" + field + "}", "node")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{rack}-{slat}", "unknown field 'slat' at character 8"),
        ("{rack!r}", "bad format of field 'rack' at character 1"),
        ("{slot:>9999999999}", "bad format of field 'slot'"),
        ("{slot:{node}}", "a single"),
        ("{rack}-{slot", "a single '{' at character 8"),
        ("{rack:04}", "is no number"),
        ("fixed", "has no field"),
        ("{rack}<b>{slot}", "has the character '<'"),
        ("{rack}\t{slot}", "has the character"),
        ("{rack}\u202e{slot}", "has the character"),
    ],
)
def test_a_wrong_template_is_refused_with_its_place(text: str, told: str) -> None:
    with pytest.raises(ValidationError) as caught:
        NamingSpec(node=text)
    (found,) = caught.value.errors()
    assert found["type"] == "RP353"
    assert told in found["msg"]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t", " "])
def test_no_name_and_no_label_begins_as_a_formula_does(start: str) -> None:
    for kind, field in (("node", "{node}"), ("label", "{near.device}")):
        with pytest.raises(TemplateError, match="begins with"):
            parse_template(start + field, kind)


def test_names_that_two_devices_would_share_are_refused_with_the_field_that_is_missing() -> None:
    plan = planned()
    naming = NamingSpec(node="{rack}")
    with pytest.raises(InputError) as caught:
        device_names(plan.tables["devices"], naming)
    (problem,) = caught.value.problems
    assert problem.code == "RP347"
    assert problem.path == ("names", "node")
    assert "r0001-n01 and r0001-n02 would both be called 'r0001'" in problem.message
    assert problem.hint.startswith("add {slot}")


def test_names_that_differ_only_in_case_are_the_same() -> None:
    plan = planned()
    naming = NamingSpec(node="X{node}", switch="x{rail}{number}")  # X11 and x11
    with pytest.raises(InputError, match=r"RP347.* begin differently"):
        device_names(plan.tables["devices"], naming)


def test_racks_of_two_kinds_may_not_share_a_name() -> None:
    plan = planned(floor=True)
    columns = {name: plan.tables["racks"][name] for name in ("purpose", "hall", "su")}
    with pytest.raises(InputError, match=r"RP347.*r0001 and net-0001 would both be called 'R1'"):
        rack_names(columns, ("",), NamingSpec(rack="R{rack}", network_rack="R{rack}"))


def test_every_field_of_a_device_template_can_be_used() -> None:
    for kind in ("node", "switch"):
        text = "-".join("{" + field + "}" for field in FIELDS[kind])
        plan = planned({kind: "x" + text})
        assert len(set(names_of(plan.tables, plan.design)[1])) == len(plan.tables["devices"])


def test_a_brace_is_written_twice() -> None:
    parts = parse_template("a{{{near.device}}}", "label")
    assert "".join(part.literal for part in parts) == "a{}"
    assert [part.field for part in parts if part.field] == ["near.device"]
