"""YAML is read strictly, within limits, and every part keeps its place."""

from __future__ import annotations

import codecs
from typing import Any

import pytest

from rackplan.errors import InputError, Problem
from rackplan.load.yaml_document import (
    MAX_BYTES,
    MAX_DEPTH,
    MAX_EXPANDED,
    MAX_NODES,
    parse_yaml,
)


def data(text: str) -> Any:
    return parse_yaml(text.encode(), "f.yaml").data


def problems(content: bytes | str) -> list[tuple[str, int, int]]:
    """Code, line and column of everything that is wrong with a file."""
    with pytest.raises(InputError) as caught:
        parse_yaml(content.encode() if isinstance(content, str) else content, "f.yaml")
    assert all(problem.file == "f.yaml" for problem in caught.value.problems)
    return [(p.code, p.line, p.column) for p in caught.value.problems]


# --- scalars ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("8", 8),
        ("-8", -8),
        ("+8", 8),
        ("0", 0),
        ("1_000", 1000),
        ("999999999999999", 999_999_999_999_999),
        ("1.5", 1.5),
        ("1e3", 1000.0),
        ("1_000.5", 1000.5),
        (".inf", float("inf")),
        ("-.INF", float("-inf")),
        ("1e309", float("inf")),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
    ],
)
def test_a_plain_scalar_is_what_json_would_make_of_it(written: str, read: object) -> None:
    found = data(f"a: {written}")["a"]
    assert found == read
    assert type(found) is type(read)


@pytest.mark.parametrize(
    "written",
    ["yes", "no", "on", "off", "NO", "True", "TRUE", "Null", "12:30", "010", "0x10", "0o10", "1__0",
     "2025-03-18", "1.", ".5", "1e", "0b1", "gb300-nvl72", "=1+1", "nan", "inf", "_1", "1_"],
)  # fmt: skip
def test_everything_else_stays_a_text(written: str) -> None:
    assert data(f"a: {written}") == {"a": written}


@pytest.mark.parametrize("written", ['"8"', "'8'", "|-\n 8", ">-\n 8"])
def test_what_is_quoted_stays_a_text(written: str) -> None:
    assert data(f"a: {written}") == {"a": "8"}


def test_keys_stay_texts() -> None:
    assert data("8: a\ntrue: b\n~: c\n1.5: d") == {"8": "a", "true": "b", "~": "c", "1.5": "d"}


def test_not_a_number_is_read_so_that_the_model_can_refuse_it() -> None:
    found = data("a: .nan")["a"]
    assert found != found  # noqa: PLR0124


@pytest.mark.parametrize("digits", [16, 5000])
def test_a_number_beyond_fifteen_digits_is_out_of_range(digits: int) -> None:
    assert problems(f"a: 1\nb: {'9' * digits}") == [("RP103", 2, 4)]


# --- documents -------------------------------------------------------------------------------


def test_a_byte_order_mark_is_accepted_and_moves_no_column() -> None:
    document = parse_yaml(codecs.BOM_UTF8 + b"name: x\n", "f.yaml")
    assert document.data == {"name": "x"}
    assert document.values["name",] == (1, 7)


@pytest.mark.parametrize("content", [b"", b"\n\n", b"# only this\n", codecs.BOM_UTF8])
def test_a_file_without_a_value_reads_as_nothing(content: bytes) -> None:
    document = parse_yaml(content, "f.yaml")
    assert document.data is None
    assert document.values == {}


def test_an_alias_stands_for_its_value_and_is_placed_where_it_is_written() -> None:
    document = parse_yaml(b"a: &x {count: 8}\nb: *x\n", "f.yaml")
    assert document.data == {"a": {"count": 8}, "b": {"count": 8}}
    placed = document.place(Problem("RP103", "", path=("b", "count")))
    assert (placed.line, placed.column) == (2, 4)


def test_an_anchor_may_be_defined_anew() -> None:
    assert data("a: &x 1\nb: *x\nc: &x 2\nd: *x") == {"a": 1, "b": 1, "c": 2, "d": 2}


def test_a_problem_is_placed_at_its_value_its_key_or_what_holds_it() -> None:
    document = parse_yaml(b"# head\ncompute:\n  - system: a\n    count: 8\n", "f.yaml")
    path = ("compute", 0, "count")
    places = [
        document.place(Problem("RP103", "", path=path)),
        document.place(Problem("RP104", "", path=path, at_key=True)),
        document.place(Problem("RP101", "", path=("compute", 0, "missing", "deeper"))),
        document.place(Problem("RP101", "")),
    ]
    assert [(p.line, p.column) for p in places] == [(4, 12), (4, 5), (3, 5), (2, 1)]


# --- what is refused -------------------------------------------------------------------------


def test_every_repeated_key_is_told_in_the_order_of_the_file() -> None:
    assert problems("a: 1\nb: {c: 1, c: 2}\na: 3\na: 4\n") == [
        ("RP004", 2, 11),
        ("RP004", 3, 1),
        ("RP004", 4, 1),
    ]


def test_tags_and_repeated_keys_are_told_together_with_what_ends_the_reading() -> None:
    assert problems("a: !!int 3\na: 1\nb: *none\n") == [
        ("RP005", 1, 4),
        ("RP004", 2, 1),
        ("RP002", 3, 4),
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("a: &x [*x]", ("RP002", 1, 8)),
        ("a: &x {b: [1, *x]}", ("RP002", 1, 15)),
        ("a: *x", ("RP002", 1, 4)),
        ("a: 1\n---\nb: 2", ("RP007", 2, 1)),
        ("[a, b]: 1", ("RP008", 1, 1)),
        ("? {a: 1}\n: 1", ("RP008", 1, 3)),
        ("a: &x b\n*x : 1", ("RP008", 2, 1)),
        ("a: [1, 2", ("RP008", 2, 1)),
        ("a: ! 8", ("RP005", 1, 4)),
        ("a: 1\n b: 2", ("RP008", 2, 3)),
        ("\ta: 1", ("RP008", 1, 1)),
        ("a: @b", ("RP008", 1, 4)),
        ("a: `b`", ("RP008", 1, 4)),
        ('a: "\\q"', ("RP008", 1, 5)),
        ("%YAML 3.0\n---\na: 1", ("RP008", 1, 1)),
        ("a: !!python/object/apply:os.system [ls]", ("RP005", 1, 4)),
        ("a: 1\nb: é\aé", ("RP006", 2, 5)),
        ("a: é\n# \x7f", ("RP006", 2, 3)),
        (b"a: 1\nb: \xff", ("RP006", 2, 4)),
        (b"a: 1\0", ("RP006", 1, 1)),
        (codecs.BOM_UTF16_BE + b"\0a", ("RP006", 1, 1)),
    ],
)
def test_a_construct_that_is_not_allowed_is_refused_where_it_stands(
    content: bytes | str, expected: tuple[str, int, int]
) -> None:
    assert problems(content) == [expected]


# --- limits ----------------------------------------------------------------------------------


def test_nesting_ends_at_the_limit() -> None:
    assert parse_yaml(b"[" * MAX_DEPTH + b"]" * MAX_DEPTH, "f.yaml").data is not None
    assert problems("[" * (MAX_DEPTH + 1)) == [("RP003", 1, MAX_DEPTH + 1)]


@pytest.mark.parametrize("opening", [b"[", b"{a: ", b"- ", b"? ", b"{? [", b"a: ["])
def test_nesting_without_end_costs_neither_recursion_nor_time(opening: bytes) -> None:
    with pytest.raises(InputError):
        parse_yaml(opening * 100_000, "f.yaml")


def test_the_size_of_a_file_ends_at_the_limit() -> None:
    content = b"a: 1\n#" + b"x" * (MAX_BYTES - 6)
    assert parse_yaml(content, "f.yaml").data == {"a": 1}
    assert problems(content + b"x") == [("RP006", 1, 1)]


def test_the_number_of_values_ends_at_the_limit() -> None:
    assert len(data("- 1\n" * (MAX_NODES - 1))) == MAX_NODES - 1
    assert problems("- 1\n" * MAX_NODES) == [("RP001", MAX_NODES, 3)]


def test_aliases_expand_up_to_the_limit_and_no_further() -> None:
    anchor = "a: &a [" + "1, " * 998 + "1]\n"
    copies = MAX_EXPANDED // 1000 - 3
    assert data(anchor + "b: [" + "*a, " * copies + "*a]\n")["b"][-1][0] == 1
    assert problems(anchor + "b: [" + "*a, " * (copies + 3) + "*a]\n")[0][0] == "RP001"


def test_a_bomb_is_told_with_its_size() -> None:
    lines = ["a0: &a0 [1, 2]"] + [f"a{i}: &a{i} [*a{i - 1}, *a{i - 1}]" for i in range(1, 30)]
    with pytest.raises(InputError, match=r"aliases expand to [0-9,]{10,} values, 200,000 are"):
        parse_yaml("\n".join(lines).encode(), "f.yaml")
