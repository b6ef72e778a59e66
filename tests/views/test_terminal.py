"""The terminal tables: every topology has its row, and what is unknown is a dash."""

from __future__ import annotations

import io
from collections.abc import Callable

import pytest
from rich.console import Console

from rackplan.build import Plan
from rackplan.fabrics import FABRICS
from rackplan.plan_summary import summary
from rackplan.views.terminal import plan_view

HARDWARE = """
hardware:
  switches: {s: {ports: 48, port_gbps: 400}}
  nodes: {n: {gpus: 4, nics: 4}}
"""

TOPOLOGIES = {
    "fat-tree": "switch: s",
    "rail-only": "switch: s",
    "two-zone": "switch: s",
    "dragonfly": "switch: s",
    "dragonfly-plus": "switch: s",
    "slim-fly": "switch: s",
    "polarfly": "switch: s",
    "hyperx": "switch: s, shape: [4, 4], hosts_per_router: 8",
    "torus": "port_gbps: 400, shape: [5, 6]",
    "hamming-mesh": "switch: s, board: [2, 1], boards: [3, 5]",
}


@pytest.fixture
def shown(planned: Callable[[str], Plan]) -> Callable[[str], list[str]]:
    """Return a function that prints a plan: its lines."""

    def lines(text: str) -> list[str]:
        console = Console(file=io.StringIO(), width=200)
        console.print(plan_view(summary(planned(text))))
        assert isinstance(console.file, io.StringIO)
        return console.file.getvalue().splitlines()

    return lines


def row(lines: list[str], table: str, name: str) -> str:
    """The row of a name in a table, spaces between its cells as one."""
    after = lines[lines.index(next(line for line in lines if line.startswith(table))) :]
    return " ".join(next(line for line in after if line.startswith(f"{name} ")).split())


def test_every_topology_is_shown_here() -> None:
    assert TOPOLOGIES.keys() == FABRICS.keys()


@pytest.mark.parametrize("topology", TOPOLOGIES)
def test_every_topology_has_a_row_with_its_notation_and_its_switches(
    shown: Callable[[str], list[str]], planned: Callable[[str], Plan], topology: str
) -> None:
    text = f"""{HARDWARE}
compute: [{{node: n, count: 30}}]
fabrics: {{compute: {{topology: {topology}, {TOPOLOGIES[topology]}}}}}
"""
    size = planned(text).fabric("compute").size
    found = row(shown(text), "Fabrics", "compute")
    assert found.startswith(f"compute {topology} {size.notation} ")
    for role in size.roles:
        assert f" {role.switches} {role.name.replace('_', '-')} " in found
    cut = size.bisection_gbps
    assert found.endswith(" —" if cut is None else f" {float(cut) / 1000:,.1f}")


def test_what_no_formula_gives_is_a_dash(shown: Callable[[str], list[str]]) -> None:
    lines = shown(f"""{HARDWARE}
compute: [{{node: n, count: 100}}]
fabrics: {{compute: {{topology: dragonfly, switch: s, routers_per_group: 4}}}}
""")
    assert row(lines, "Fabrics", "compute").endswith(" —")


def test_a_torus_of_hosts_has_no_switch_and_no_oversubscription(
    shown: Callable[[str], list[str]],
) -> None:
    lines = shown(f"""{HARDWARE}
compute: [{{node: n, count: 64}}]
fabrics: {{compute: {{topology: torus, shape: [8, 8], port_gbps: 400}}}}
""")
    assert row(lines, "Fabrics", "compute") == "compute torus torus(8x8) — 0 1 1 — — 6.4"
    assert row(lines, "Links", "compute, dim-1") == "compute, dim-1 64 400 1"


def test_tiers_show_their_rates_and_the_panels_that_they_cross(
    shown: Callable[[str], list[str]],
) -> None:
    lines = shown("""
hardware: {nodes: {n: {gpus: 8, nics: 8}}}
compute: [{node: n, count: 128, nodes_per_su: 32}]
fabrics:
  compute:
    topology: fat-tree
    switch: sn5600
    port_gbps: 200
    link_gbps: 800
    optics: {tiers: {leaf_spine: {panel: ocs-lumentum-r300}}}
""")
    assert row(lines, "Links", "compute, host-leaf") == "compute, host-leaf 1,024 200 —"
    assert row(lines, "Links", "compute, leaf-spine").endswith(" ocs-lumentum-r300")
    assert " 256 800 8 " in row(lines, "Links", "compute, leaf-spine")
