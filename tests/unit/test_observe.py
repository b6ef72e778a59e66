"""Links read from what InfiniBand tools print, and compared with planned ones."""

from __future__ import annotations

import contextlib
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rackplan.errors import FileAccessError, InputError
from rackplan.observe import Links, compare_links, read_discovered
from rackplan.observe.ibnetdiscover import parse_discovered
from rackplan.observe.links import Row

PRINTED = """\
#
# Topology file: generated on Fri Nov 20 16:31:15 2026
#
# Initiated from node 0200ff0000000010 port 0200ff0000000011

vendid=0x2c9
devid=0xd2f4
sysimgguid=0x201001000000000
switchguid=0x201001000000000(201001000000000)
Switch	16 "S-0201001000000000"		# "leaf-1" base port 0 lid 2 lmc 0
[1]	"H-0200ff0000000010"[1](200ff0000000011) 		# "r0001-n01 HCA-1" lid 1 4xSDR
[2]	"H-0200ff0000001010"[1](200ff0000001011) 		# "r0001-n02 HCA-1" lid 3 4xNDR

vendid=0x2c9
devid=0xd2f4
sysimgguid=0x200ff0000000000
caguid=0x200ff0000000010
Ca	1 "H-0200ff0000000010"		# "r0001-n01 HCA-1"
[1](200ff0000000011) 	"S-0201001000000000"[1]		# lid 1 lmc 0 "leaf-1" lid 2 4xSDR

caguid=0x200ff0000001010
Ca	1 "H-0200ff0000001010"		# "r0001-n02 HCA-1"
[1](200ff0000001011) 	"S-0201001000000000"[2]		# lid 3 lmc 0 "leaf-1" lid 2 4xNDR
"""
DUMPED = """\
{ SW Ports:10 SystemGUID:0201001000000000 NodeGUID:0201001000000000 PortGUID:0201001000000000 \
VenID:0002C9 DevID:D2F4 Rev:000000A1 {leaf-1} LID:0002 PN:01 } \
{ CA-SM Ports:01 SystemGUID:0200ff0000000000 NodeGUID:0200FF0000000010 PortGUID:0200ff0000000011 \
VenID:000002C9 DevID:D2F40000 Rev:000000A1 {r0001-n01 HCA-1} LID:0001 PN:01 } \
PHY=4x LOG=ACT SPD=2.5
{ SW Ports:10 SystemGUID:0201001000000000 NodeGUID:0201001000000000 PortGUID:0201001000000000 \
VenID:0002C9 DevID:D2F4 Rev:000000A1 {leaf-1} LID:0002 PN:02 } \
{ CA Ports:01 SystemGUID:0200ff0000001000 NodeGUID:0200ff0000001010 PortGUID:0200ff0000001011 \
VenID:000002C9 DevID:D2F40000 Rev:000000A1 {r0001-n02 HCA-1} LID:0003 PN:01 } \
PHY=4x LOG=ACT SPD=100
"""
ROWS: list[Row] = [
    ("leaf-1", 1, "r0001-n01 HCA-1", 1),
    ("leaf-1", 2, "r0001-n02 HCA-1", 1),
]


@pytest.mark.parametrize("text", [PRINTED, DUMPED, PRINTED.replace("\n", "\r\n")])
def test_both_forms_give_each_link_once(text: str, tmp_path: Path) -> None:
    file = tmp_path / "discovered"
    file.write_text(text, encoding="utf-8", newline="")
    assert read_discovered(file).rows() == ROWS


def test_one_end_is_enough_to_tell_a_link() -> None:
    text = PRINTED.replace('[1](200ff0000001011) 	"S-0201001000000000"[2]', "# ")
    assert parse_discovered(text, "fabric.net").rows() == ROWS


def test_nodes_of_one_description_go_by_their_guid_as_those_without_one_do() -> None:
    text = PRINTED.replace('"r0001-n02 HCA-1"', '"leaf-1"').replace('"r0001-n01 HCA-1"', '""')
    assert parse_discovered(text, "fabric.net").rows() == [
        ("H-0200ff0000000010", 1, "S-0201001000000000", 1),
        ("H-0200ff0000001010", 1, "S-0201001000000000", 2),
    ]


def problems(text: str) -> list[str]:
    with pytest.raises(InputError) as caught:
        parse_discovered(text, "fabric.net")
    return str(caught.value).splitlines()


FORMATS = "give what ibnetdiscover prints, or the opensm-subnet.lst of OpenSM, unchanged"
AGAIN = "the fabric changed meanwhile, or the file was edited: run the discovery again"


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "vendid=0x2c9\n"])
def test_a_file_without_a_node_is_refused(text: str) -> None:
    assert problems(text) == [f"fabric.net:1:1: error[RP040] the file holds no node; {FORMATS}"]


@pytest.mark.parametrize(
    ("text", "line", "quoted"),
    [
        ("name: cluster\ncompute: []\n", 1, "name: cluster"),
        (PRINTED + "[3]	no quotes[1]\n", 24, "[3]\\u0009no quotes[1]"),
        ('[1]	"S-1"[1]\n', 1, '[1]\\u0009"S-1"[1]'),
        (DUMPED + "{ SW Ports:10\n", 3, "{ SW Ports:10"),
        (DUMPED.replace("Ports:01", "Ports:xx"), 1, "{ SW Ports:10 SystemGUID:0201001000000000"),
        ("\x00\x1b]0;owned\x07\n", 1, "\\u0000\\u001b]0;owned\\u0007"),
    ],
)
def test_a_line_of_something_else_is_told_with_its_number(
    text: str, line: int, quoted: str
) -> None:
    first = problems(text)[0]
    assert first.startswith(f"fabric.net:{line}:1: error[RP040] this line is not understood: '")
    assert quoted in first


def test_a_port_that_leads_to_two_places_is_told_with_both_lines() -> None:
    text = PRINTED.replace('"S-0201001000000000"[2]', '"S-0201001000000000"[1]')
    assert problems(text) == [
        "fabric.net:23:1: error[RP041] port 1 of 'H-0200ff0000001010' leads to port 1 of "
        "'S-0201001000000000', and on line 12 to port 2 of 'S-0201001000000000'; " + AGAIN
    ]


def test_a_port_that_leads_to_itself_is_told() -> None:
    text = 'Switch	2 "S-1"		# "leaf-1"\n[1]	"S-1"[1]\n'
    assert problems(text) == [
        f"fabric.net:2:1: error[RP041] port 1 of 'S-1' leads to itself; {AGAIN}"
    ]


def test_two_ports_of_one_node_may_be_joined() -> None:
    text = 'Switch	2 "S-1"		# "leaf-1"\n[1]	"S-1"[2]\n[2]	"S-1"[1]\n'
    assert parse_discovered(text, "fabric.net").rows() == [("leaf-1", 1, "leaf-1", 2)]


def test_a_port_that_its_node_does_not_have_is_told() -> None:
    text = PRINTED.replace('Switch	16 "', 'Switch	1 "')
    assert problems(text) == [
        f"fabric.net:12:1: error[RP041] 'S-0201001000000000' has ports 1 to 1, not 2; {AGAIN}"
    ]


def test_a_node_told_in_two_ways_is_refused() -> None:
    text = DUMPED + DUMPED.replace("{leaf-1}", "{leaf-9}")
    assert len(problems(text)) == 2
    assert problems(text)[0] == (
        f"fabric.net:3:1: error[RP041] node '0201001000000000' is told twice, in two ways; {AGAIN}"
    )


@pytest.mark.parametrize("text", [PRINTED, DUMPED])
def test_a_file_that_is_cut_off_anywhere_is_refused_or_tells_fewer_links(text: str) -> None:
    refused = 0
    for end in range(len(text)):
        try:
            found = parse_discovered(text[:end], "fabric.net")
        except InputError:
            refused += 1
        else:
            assert len(found) <= len(ROWS)
    assert refused > len(text) / 2


def test_a_file_of_nothing_but_garbage_ends_after_fifty_problems() -> None:
    assert len(problems("garbage\n" * 100_000)) == 50


def test_a_binary_file_is_refused(tmp_path: Path) -> None:
    file = tmp_path / "fabric.net"
    file.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
    with pytest.raises(InputError, match=r"error\[RP006\] the file is not UTF-8: byte 0 is 0x89"):
        read_discovered(file)


def test_a_missing_file_is_an_access_error(tmp_path: Path) -> None:
    with pytest.raises(FileAccessError, match=r"error\[RP009\] cannot read: no such file"):
        read_discovered(tmp_path / "fabric.net")


@given(st.text(alphabet='[]{}()"# \tSwitchCaPN:012-lid', max_size=200))
def test_any_text_is_read_or_refused(text: str) -> None:
    with contextlib.suppress(InputError):
        parse_discovered(text, "fabric.net")


# --- comparison ------------------------------------------------------------------------------


def turned(row: Row) -> Row:
    a, p, b, q = row
    return b, q, a, p


def test_equal_links_do_not_differ_whichever_end_and_link_comes_first() -> None:
    observed = Links.of([turned(row) for row in reversed(ROWS)])
    assert not compare_links(Links.of(ROWS), observed)


def test_a_swap_of_two_cables_is_two_missing_and_two_extra_links() -> None:
    planned: list[Row] = [("a", 1, "s", 1), ("b", 1, "s", 2), ("c", 1, "s", 3)]
    observed: list[Row] = [("a", 1, "s", 2), ("s", 1, "b", 1), ("c", 1, "s", 3)]
    found = compare_links(Links.of(planned), Links.of(observed))
    assert found
    assert found.missing.rows() == planned[:2]
    assert found.extra.rows() == [("a", 1, "s", 2), ("b", 1, "s", 1)]


def test_a_node_that_is_not_planned_is_extra_and_one_that_is_not_found_is_missing() -> None:
    found = compare_links(Links.of([("a", 1, "s", 1)]), Links.of([("x", 1, "s", 1)]))
    assert found.missing.rows() == [("a", 1, "s", 1)]
    assert found.extra.rows() == [("s", 1, "x", 1)]


def test_no_links_on_either_side_are_compared_as_well() -> None:
    none, some = Links.of([]), Links.of(ROWS)
    assert not compare_links(none, none)
    assert compare_links(some, none).missing.rows() == ROWS
    assert compare_links(none, some).extra.rows() == ROWS


ENDS = st.tuples(st.sampled_from("abcde"), st.integers(1, 6))
ROW_SETS = st.lists(st.tuples(ENDS, ENDS), max_size=12)


@given(ROW_SETS, ROW_SETS)
def test_the_comparison_is_that_of_sets_of_pairs(
    planned: list[tuple[tuple[str, int], tuple[str, int]]],
    observed: list[tuple[tuple[str, int], tuple[str, int]]],
) -> None:
    def links(pairs: list[tuple[tuple[str, int], tuple[str, int]]]) -> Links:
        return Links.of((*a, *b) for a, b in pairs)

    found = compare_links(links(planned), links(observed))
    sets = [{tuple(sorted(pair)) for pair in pairs} for pairs in (planned, observed)]
    for side, expected in ((found.missing, sets[0] - sets[1]), (found.extra, sets[1] - sets[0])):
        assert {((a, p), (b, q)) for a, p, b, q in side.rows()} == expected


def test_ports_are_whole_numbers_in_two_rows() -> None:
    links = Links.of(ROWS)
    assert links.node.shape == links.port.shape == (2, 2)
    assert links.node.dtype == links.port.dtype == np.int64
    assert len(links) == 2
