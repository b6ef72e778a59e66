"""Findings of a model become problems: a rule code, a place, what was found, what to do."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from pydantic import BeforeValidator, Field, RootModel
from pydantic_core import PydanticCustomError

from rackplan.catalog import Switch
from rackplan.catalog.base import Many, Model, Number
from rackplan.errors import InputError, Problem, RackplanError, nearest, path_text
from rackplan.load.validation import describe, validate
from rackplan.load.yaml_document import parse_yaml
from rackplan.units import UnitError, parse_quantity


def lower_case(value: Any) -> Any:
    if isinstance(value, str) and value != value.lower():
        raise PydanticCustomError("RP108", "is not a name", {"hint": "use small letters"})
    return value


Word = Annotated[str, BeforeValidator(lower_case)]


class Part(Model):
    count: Annotated[int, Field(ge=1, le=1_000_000)]
    kind: Literal["leaf", "spine"] = "leaf"
    power_w: Annotated[float, Field(gt=0, lt=1e12)] | None = None


class Whole(Model):
    name: Word
    topology: Literal["fat-tree"] = "fat-tree"
    parts: Annotated[Many[Part], Field(min_length=1, max_length=3)] = ()
    by_name: dict[Word, Part] = {}
    fact: Number = Number()
    flag: bool = False
    title: Annotated[str, Field(max_length=5)] = ""


class Wrapped(RootModel[dict[str, Part]]):
    pass


def texts(content: str, model: Any = Whole) -> list[str]:
    with pytest.raises(InputError) as caught:
        validate(model, parse_yaml(content.encode(), "f"))
    return [problem.text for problem in caught.value.problems]


def test_a_right_file_becomes_a_model() -> None:
    made = validate(Whole, parse_yaml(b"name: x\nparts: [{count: 2}]\nfact: 3", "f"))
    assert made.parts[0].count == 2
    assert made.fact.value == 3


@pytest.mark.parametrize(
    ("content", "place", "told"),
    [
        (
            "name: x\nparts: [{count: true}]",
            "f:2:17",
            "error[RP102] parts[0].count must be a whole number, found true",
        ),
        (
            "name: x\nparts: [{count: '08'}]",
            "f:2:17",
            (
                "error[RP102] parts[0].count must be a whole number, found the text '08'; "
                "write 8, without quotes or leading zeros"
            ),
        ),
        (
            "name: x\nparts: [{count: 2.0}]",
            "f:2:17",
            "error[RP102] parts[0].count must be a whole number, found 2.0; write 2",
        ),
        (
            "name: x\nparts: [{count: 2.5}]",
            "f:2:17",
            "error[RP102] parts[0].count must be a whole number, found 2.5",
        ),
        (
            "name: x\nparts: [{count: 0}]",
            "f:2:17",
            "error[RP103] parts[0].count must be at least 1, found 0",
        ),
        (
            "name: x\nparts: [{count: 1000001}]",
            "f:2:17",
            "error[RP103] parts[0].count must be at most 1,000,000, found 1,000,001",
        ),
        (
            "name: x\nparts: [{count: 1, power_w: 142 kW}]",
            "f:2:29",
            (
                "error[RP102] parts[0].power_w must be a number, found the text '142 kW'; "
                "write a bare number, in W"
            ),
        ),
        (
            "name: x\nparts: [{count: 1, power_w: .inf}]",
            "f:2:29",
            "error[RP106] parts[0].power_w must be a finite number, found inf",
        ),
        (
            "name: x\nparts: [{count: 1, power_w: 0}]",
            "f:2:29",
            "error[RP103] parts[0].power_w must be more than 0, found 0",
        ),
        (
            "name: x\nparts: [{count: 1, kind: core}]",
            "f:2:26",
            "error[RP105] parts[0].kind must be one of 'leaf', 'spine', found the text 'core'",
        ),
        (
            "name: x\ntopology: torus",
            "f:2:11",
            "error[RP105] topology must be 'fat-tree', found the text 'torus'",
        ),
        ("name: x\nparts: []", "f:2:8", "error[RP103] parts must have at least 1 item"),
        (
            "name: x\nparts: [{count: 1}, {count: 1}, {count: 1}, {count: 1}]",
            "f:2:8",
            "error[RP103] parts must have at most 3 items, found 4",
        ),
        ("name: x\ntitle: longer", "f:2:8", "error[RP103] title must have at most 5 characters"),
        (
            "name: x\nparts: {count: 1}",
            "f:2:8",
            "error[RP102] parts must be a list, found a mapping; begin each item with '- '",
        ),
        ("name: x\nby_name: [1]", "f:2:10", "error[RP102] by_name must be a mapping, found a list"),
        (
            "name: x\nflag: yes",
            "f:2:7",
            "error[RP102] flag must be true or false, found the text 'yes'",
        ),
        ("name: x\nfact: a", "f:2:7", "error[RP102] fact must be a number, found the text 'a'"),
        (
            "name: x\nfact: {value: a}",
            "f:2:15",
            "error[RP102] fact.value must be a number, found the text 'a'",
        ),
        (
            "name: x\nfact: {value: 1, sauce: a}",
            "f:2:18",
            "error[RP104] unknown key 'sauce' in fact; did you mean 'source'?",
        ),
        ("name:", "f:1:6", "error[RP102] name must be a text, found nothing"),
        ("name: 3", "f:1:7", "error[RP102] name must be a text, found 3; put it in quotes"),
        ("name: X", "f:1:7", "error[RP108] name: the text 'X' is not a name; use small letters"),
        (
            "name: x\nby_name: {A: {count: 1}}",
            "f:2:11",
            "error[RP108] by_name: the key 'A' is not a name; use small letters",
        ),
        (
            "name: x\nby_name: {a: {}}",
            "f:2:14",
            "error[RP101] missing key 'count' in by_name.a; add it",
        ),
        ("parts: [{count: 1}]", "f:1:1", "error[RP101] missing key 'name'; add it"),
        (
            "name: x\nzzz: 1",
            "f:2:1",
            (
                "error[RP104] unknown key 'zzz'; "
                "allowed: name, topology, parts, by_name, fact, flag, title"
            ),
        ),
        (
            "name: x\n<<: {flag: true}",
            "f:2:1",
            "error[RP104] unknown key '<<'; merge keys are not read; write the keys out",
        ),
        ("", "f:1:1", "error[RP007] the file is empty; start with the keys name"),
        ("~", "f:1:1", "error[RP007] expected a mapping, found nothing; start with the keys name"),
        ("- a", "f:1:1", "error[RP007] expected a mapping, found a list; start with the keys name"),
    ],
)
def test_a_finding_is_told_with_place_rule_and_remedy(content: str, place: str, told: str) -> None:
    assert texts(content) == [f"{place}: {told}"]


def test_all_findings_are_told_at_once_in_the_order_of_the_file() -> None:
    content = "nam: x\nparts:\n  - {count: 0, kidn: leaf}\n  - 7\nflag: 1\n"
    assert [line.split(" ")[0] + line.split("]")[0][-5:] for line in texts(content)] == [
        "f:1:1:RP101",
        "f:1:1:RP104",
        "f:3:13:RP103",
        "f:3:16:RP104",
        "f:4:5:RP102",
        "f:5:7:RP102",
    ]


def test_a_list_with_wrong_items_is_not_told_to_be_too_short() -> None:
    assert len(texts("name: x\nparts: [1]")) == 1


def test_a_model_of_names_alone_is_validated_like_any_other() -> None:
    assert texts("a: {cuont: 1, count: 1}", Wrapped) == [
        "f:1:5: error[RP104] unknown key 'cuont' in a; did you mean 'count'?"
    ]


def test_the_allowed_keys_of_an_entry_leave_out_its_id() -> None:
    (line,) = texts("ports: 1\nport_gbps: 8\nzzz: mine", Switch)
    assert "allowed:" in line
    assert " id," not in line


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (None, "nothing"),
        (True, "true"),
        (1234567, "1,234,567"),
        (0.5, "0.5"),
        ("short", "the text 'short'"),
        ("x" * 41, f"the text '{'x' * 37}...'"),
        ({}, "a mapping"),
        ((), "a list"),
    ],
)
def test_a_value_is_described_briefly(value: object, told: str) -> None:
    assert describe(value) == told


# --- problems --------------------------------------------------------------------------------


def test_a_problem_cannot_command_a_terminal_or_begin_a_line() -> None:
    hostile = "\x1b[31m\x07\n\r\u202e\u2066\x9b\u200b\ufeff"
    text = Problem("RP201", f"no switch '{hostile}'", hostile, file=hostile).text
    assert text.isprintable()
    assert "error[RP201] no switch '\\u001b[31m\\u0007\\u000a" in text


def test_a_problem_does_not_fill_the_screen() -> None:
    quoted = Problem("RP201", f"no switch '{'x' * 5000}'", "nearest: q3400-ra").text
    assert quoted == f"error[RP201] no switch '{'x' * 61}...'; nearest: q3400-ra"
    assert len(Problem("RP201", "x" * 50_000).text) < 1100


def test_text_between_quotes_of_two_words_is_kept() -> None:
    message = f"the site's limit {'is far below ' * 8}'rack_power_w'"
    assert Problem("RP303", message).text == f"error[RP303] {message}"


def test_an_error_shows_fifty_problems_and_counts_the_rest() -> None:
    error = InputError([Problem("RP103", f"{n}", file="f", line=n) for n in range(70, 0, -1)])
    lines = str(error).splitlines()
    assert lines[0] == "f:1: error[RP103] 1"
    assert len(lines) == 51
    assert lines[-1] == "and 20 more problems"


def test_the_same_problem_is_told_once() -> None:
    assert str(RackplanError([Problem("RP1", "x")] * 2)) == "error[RP1] x"


def test_a_path_is_written_as_people_write_it() -> None:
    assert path_text(("compute", 1, "count")) == "compute[1].count"
    assert Problem("RP1", "x", path=("a", 0)).text == "error[RP1] a[0]: x"


def test_a_word_of_a_megabyte_resembles_nothing() -> None:
    assert nearest("a" * 1_000_000, ["a" * 10]) == []
    assert nearest("cuont", ["count", "rack"]) == ["count"]


# --- quantities ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "suffix", "value"),
    [("142 kW", "w", 142e3), ("1.2MW", "w", 1.2e6), (" 1_000 W ", "w", 1000.0),
     ("1e3 W", "w", 1000.0), ("800 Gb/s", "gbps", 800.0), ("30 °C", "c", 30.0),
     ("-5 C", "c", -5.0), ("2 km", "m", 2000.0)],
)  # fmt: skip
def test_a_quantity_is_a_number_and_a_unit(text: str, suffix: str, value: float) -> None:
    assert parse_quantity(text, suffix) == value


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("150 kV", "unknown unit 'kV'; use one of W, kW, MW, GW"),
        ("150 KW", "unknown unit 'KW'; did you mean 'kW'?"),
        ("150", "'150' has no unit; leave the quotes out, or add one of W, kW, MW, GW"),
        ("12:30", "'12:30' is not a quantity; write a number and one of W, kW, MW, GW"),
        ("kW", "'kW' is not a quantity; write a number and one of W, kW, MW, GW"),
        ("", "'' is not a quantity; write a number and one of W, kW, MW, GW"),
        ("\uff11 kW", "'\uff11 kW' is not a quantity; write a number and one of W, kW, MW, GW"),
        ("1,5 kW", "'1,5 kW' is not a quantity; write a number and one of W, kW, MW, GW"),
        ("1e400 W", "'1e400 W' is not a finite quantity"),
    ],
)
def test_what_is_no_quantity_is_told_with_the_units_that_are(text: str, told: str) -> None:
    with pytest.raises(UnitError) as caught:
        parse_quantity(text, "w")
    assert str(caught.value) == told
