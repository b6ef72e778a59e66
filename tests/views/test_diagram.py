"""The diagrams: every link is in a line, the page is closed to the network, nothing is markup."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rackplan.build import Plan
from rackplan.views.diagram import diagram_html, fabric_figure, nvlink_figure

HOSTILE = "</script><img src=x onerror=alert(1)>"

DEPLOYMENTS = {
    "one tier": """
compute: [{system: gb300-nvl72, count: 1}]
fabrics: {compute: {topology: fat-tree, switch: q3400-ra}}
""",
    "rails": """
compute: [{node: dgx-h100, count: 127, nodes_per_su: 32}]
fabrics: {compute: {topology: fat-tree, switch: qm9700, rails: 8}}
""",
    "planes": """
compute: [{system: gb300-nvl72, count: 16, racks_per_su: 8}]
fabrics: {compute: {topology: fat-tree, switch: q3400-ra, rails: 2, planes: 2}}
""",
    "three tiers": """
compute: [{system: gb300-nvl72, count: 160, racks_per_su: 8}]
fabrics: {compute: {topology: fat-tree, switch: q3400-ra, rails: 4, tiers: 3}}
""",
    "many leaves": """
compute: [{system: gb300-nvl72, count: 80, racks_per_su: 8}]
fabrics: {compute: {topology: fat-tree, switch: q3400-ra, rails: 4, tiers: 2}}
""",
    "clique": """
compute: [{node: xe8712, count: 72, rack: ir7000, nodes_per_rack: 36}]
fabrics: {compute: {topology: fat-tree, switch: q3400-ra, rails: 4}}
""",
    "two levels": """
compute: [{system: kyber-nvl576, count: 1}]
fabrics: {compute: {topology: fat-tree, switch: q3400-ra, rails: 4}}
""",
    "own switch": f"""
title: "{HOSTILE}"
hardware: {{switches: {{lab: {{name: "<b>{HOSTILE}", ports: 64, port_gbps: 400}}}}}}
compute: [{{node: hgx-h100, count: 24}}]
fabrics: {{compute: {{topology: fat-tree, switch: lab}}}}
""",
}


TREES = {
    "four tiers": """
hardware: {switches: {s: {ports: 32, port_gbps: 400}}, nodes: {n: {gpus: 1, nics: 1}}}
compute: [{node: n, count: 9216, nodes_per_su: 256}]
fabrics: {compute: {topology: fat-tree, switch: s, tiers: 4}}
""",
    "four small tiers": """
hardware: {switches: {s: {ports: 8, port_gbps: 400}}, nodes: {n: {gpus: 1, nics: 1}}}
compute: [{node: n, count: 96}]
fabrics: {compute: {topology: fat-tree, switch: s, tiers: 4}}
""",
    "rail-only": """
compute: [{system: gb200-nvl72, count: 64}]
fabrics: {compute: {topology: rail-only, switch: qm9700}}
""",
    "two zones": """
compute: [{node: hgx-h100, count: 50}]
hardware: {switches: {s: {ports: 40, port_gbps: 400}}}
fabrics: {compute: {topology: two-zone, switch: s}}
""",
    "large zones": """
hardware: {switches: {s: {ports: 40, port_gbps: 200}}, nodes: {n: {gpus: 8, nics: 1}}}
compute: [{node: n, count: 1520}]
fabrics: {compute: {topology: two-zone, switch: s, zones: 2}}
""",
    "three zones": """
hardware: {switches: {s: {ports: 8, port_gbps: 400}}, nodes: {n: {gpus: 1, nics: 1}}}
compute: [{node: n, count: 60, nodes_per_su: 20}]
fabrics: {compute: {topology: two-zone, switch: s, zones: 3, tiers: 3, interzone_links: 2}}
""",
    "rates": """
hardware: {nodes: {n: {gpus: 8, nics: 8}}}
compute: [{node: n, count: 128, nodes_per_su: 32}]
fabrics: {compute: {topology: fat-tree, switch: sn5600, port_gbps: 200, link_gbps: 800}}
""",
    "switches by role": """
compute: [{system: gb300-nvl72, count: 16, racks_per_su: 8}]
fabrics:
  compute:
    {topology: fat-tree, switch: q3400-ra, rails: 4, switch_by_role: {spine: q3450-ld}}
""",
    "panels": """
compute: [{system: gb300-nvl72, count: 16, racks_per_su: 8}]
fabrics:
  compute:
    topology: fat-tree
    switch: q3400-ra
    rails: 4
    optics: {tiers: {leaf_spine: {panel: ocs-lumentum-r300}, host_leaf: {panel: shuffle-48}}}
""",
    "halls": """
hardware: {switches: {s: {ports: 64, port_gbps: 400}}, nodes: {n: {gpus: 8, nics: 8}}}
halls: {north: {distance_m: {south: 800}}, south: {}}
compute:
- {node: n, count: 64, nodes_per_su: 32, hall: north}
- {node: n, count: 64, nodes_per_su: 32, hall: south}
fabrics: {compute: {topology: fat-tree, switch: s, rails: 8}}
""",
    "many leaves in a unit": """
hardware: {switches: {s: {ports: 64, port_gbps: 100}}, nodes: {n: {gpus: 8, nics: 8}}}
compute: [{node: n, count: 256}]
fabrics: {compute: {topology: fat-tree, switch: s}}
""",
}
"""Trees of all kinds; their nodes need no NVLink domain."""

MANAGED = """
compute: [{node: dgx-h100, count: 127, nodes_per_su: 32, rack: eia-48u, nodes_per_rack: 4}]
services:
- {node: generic-storage-server, count: 24}
- {node: ufm-appliance, count: 4}
- {part: pdu-px3-5747v, count: 108}
fabrics:
  compute: {topology: fat-tree, switch: qm9700, rails: 8}
  storage: {topology: fat-tree, switch: qm9700}
  oob:
    topology: fat-tree
    switch: sn2201
    switch_by_role: {spine: sn4600c}
    management: true
    port_gbps: 1
    link_gbps: 100
"""


@pytest.fixture
def plan_of(planned: Callable[[str], Plan]) -> Callable[[str], Plan]:
    return lambda name: planned((DEPLOYMENTS | TREES)[name])


def drawn_links(figure: Any, part: str | None = None) -> Counter[str]:
    links: Counter[str] = Counter()
    for trace in figure.data:
        meta = trace.meta or {}
        if "tier" in meta and meta.get("part") == part:
            links[meta["tier"]] += sum(count for count, _ in trace.customdata)
    return links


def drawn_devices(figure: Any, part: str = "whole") -> Counter[str]:
    devices: Counter[str] = Counter()
    for trace in figure.data:
        meta = trace.meta or {}
        if "role" in meta and meta["part"] == part:
            devices[meta["role"]] += sum(count for count, _ in trace.customdata)
    return devices


def hovers(figure: Any, part: str = "whole") -> list[str]:
    return [
        text
        for trace in figure.data
        if (trace.meta or {}).get("part") == part
        for _, text in trace.customdata
    ]


def texts(figure: Any) -> str:
    return "\n".join(text for trace in figure.data for text in (trace.text or ()))


@pytest.mark.parametrize("name", [*DEPLOYMENTS, *TREES])
def test_the_lines_of_a_fabric_stand_for_all_its_links(
    plan_of: Callable[[str], Plan], name: str
) -> None:
    made = plan_of(name)
    size = made.fabric("compute").size
    drawn = drawn_links(fabric_figure(made, "compute"), "whole")
    assert {tier: count * size.planes for tier, count in drawn.items()} == size.links_by_tier()


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_the_lines_of_a_domain_stand_for_all_its_links(
    plan_of: Callable[[str], Plan], name: str
) -> None:
    made = plan_of(name)
    domain = made.design.populations[0].domain
    assert domain is not None
    assert drawn_links(nvlink_figure(made)) == domain.size.links


@pytest.mark.parametrize("name", [*DEPLOYMENTS, *TREES])
def test_every_device_of_a_plane_is_in_a_box(plan_of: Callable[[str], Plan], name: str) -> None:
    made = plan_of(name)
    size = made.fabric("compute").size
    drawn = drawn_devices(fabric_figure(made, "compute"))
    hosts = drawn.pop("host")
    assert drawn == {role.name: role.switches // size.planes for role in size.roles}
    assert hosts == made.design.hosts // (18 if name == "rail-only" else 1)


@pytest.mark.parametrize("name", [*DEPLOYMENTS, *TREES])
def test_a_fabric_of_any_size_is_few_traces_and_few_lines(
    plan_of: Callable[[str], Plan], name: str
) -> None:
    figure = fabric_figure(plan_of(name), "compute")
    assert len(figure.data) < 100
    assert sum(len(trace.x) for trace in figure.data) < 20_000


def test_a_small_fabric_has_a_box_for_every_switch(plan_of: Callable[[str], Plan]) -> None:
    figure = fabric_figure(plan_of("rails"), "compute")
    boxes = {
        trace.meta["role"]: len(trace.x) for trace in figure.data if "role" in (trace.meta or {})
    }
    assert boxes == {"host": 4, "leaf": 32, "spine": 16}
    assert "Every switch is drawn" in figure.layout.title.text


def test_a_large_fabric_says_what_is_folded_and_shows_one_pod(
    plan_of: Callable[[str], Plan],
) -> None:
    made = plan_of("three tiers")
    figure = fabric_figure(made, "compute")
    shape = made.fabric("compute").size.shape
    assert "Folded" in figure.layout.title.text
    assert f"one of {shape.grouping.groups} pods" in texts(figure)
    inside = drawn_links(figure, "detail")
    assert inside["leaf_spine"] == shape.largest_group * shape.up
    assert inside["spine_core"] == shape.above.spines * shape.above.spine_up


def test_one_of_several_planes_is_drawn_and_the_figure_says_so(
    plan_of: Callable[[str], Plan],
) -> None:
    title = fabric_figure(plan_of("planes"), "compute").layout.title.text
    assert "2 equal planes" in title
    assert "the fabric is 2 times this" in title


def test_hgx_h100_shows_five_four_four_and_five_links(plan_of: Callable[[str], Plan]) -> None:
    labels = re.findall(r" <b>(\d)</b>", texts(nvlink_figure(plan_of("own switch"))))
    assert labels == ["5", "4", "4", "5"]


def test_a_clique_has_six_links_on_each_of_six_pairs(plan_of: Callable[[str], Plan]) -> None:
    assert texts(nvlink_figure(plan_of("clique"))).count("<b>6 links</b>") == 6


def test_a_second_level_nobody_published_is_called_an_assumption(
    plan_of: Callable[[str], Plan],
) -> None:
    assert "Assumption" in nvlink_figure(plan_of("two levels")).layout.title.text


def test_the_page_carries_plotly_once_and_loads_nothing(plan_of: Callable[[str], Plan]) -> None:
    page = diagram_html(plan_of("rails"))
    assert page.count("<script>") == 2
    assert page.count("plotly.js v") == 1
    markup = re.sub(r"<script.*?</script>", "", page, flags=re.DOTALL)
    assert not re.search(r"(?:src|href)\s*=|url\(|@import", markup)
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    assert policy[1].startswith("default-src 'none'; script-src 'sha256-")
    assert "unsafe-eval" not in policy[1]


def test_the_page_has_the_same_bytes_twice(plan_of: Callable[[str], Plan]) -> None:
    assert diagram_html(plan_of("planes")) == diagram_html(plan_of("planes"))


def test_the_page_has_one_figure_for_every_fabric_and_domain(
    plan_of: Callable[[str], Plan],
) -> None:
    page = diagram_html(plan_of("rails"))
    assert re.findall(r'<div id="([^"]*)"', page) == ["fabric-1", "nvlink-1"]


def test_text_of_the_user_is_text_and_never_markup(plan_of: Callable[[str], Plan]) -> None:
    made = plan_of("own switch")
    page = diagram_html(made)
    assert "<img" not in page.split("<script>")[0]
    assert "&lt;/script&gt;&lt;img src=x onerror=alert(1)&gt;" in page
    for trace in fabric_figure(made, "compute").data:
        for text in [*(trace.text or ()), *(text for _, text in (trace.customdata or ()))]:
            assert "<img" not in text
            assert "</script" not in text


def test_the_way_up_of_a_pod_of_four_tiers_holds_what_the_pod_reaches(
    plan_of: Callable[[str], Plan],
) -> None:
    made = plan_of("four tiers")
    figure = fabric_figure(made, "compute")
    above = made.fabric("compute").size.shape.above
    inside = drawn_links(figure, "detail")
    assert inside["spine_core"] == above.spines * above.spine_up
    assert drawn_devices(figure, "detail")["core"] == above.sets * above.cores
    assert "sets of" in texts(figure)
    assert "pods of 5" not in texts(figure)


def test_a_unit_with_too_many_leaves_is_shown_by_one_of_them(
    plan_of: Callable[[str], Plan],
) -> None:
    figure = fabric_figure(plan_of("many leaves in a unit"), "compute")
    assert "What repeats: one leaf, with its hosts and its way up" in texts(figure)
    assert drawn_devices(figure, "detail")["leaf"] == 1
    assert drawn_links(figure, "detail")["leaf_spine"] == 32


@pytest.mark.parametrize("name", ["two zones", "large zones"])
def test_the_switches_between_two_zones_stand_between_them(
    plan_of: Callable[[str], Plan], name: str
) -> None:
    figure = fabric_figure(plan_of(name), "compute")
    at = {
        trace.meta["role"]: list(zip(trace.x, trace.y, strict=True))
        for trace in figure.data
        if (trace.meta or {}).get("part") == "whole" and "role" in trace.meta
    }
    spines, between = [x for x, _ in at["spine"]], [x for x, _ in at["interzone"]]
    half = len(spines) // 2
    assert max(spines[:half]) < min(between) <= max(between) < min(spines[half:])
    assert len({round(y) for _, y in [*at["interzone"], *at["spine"]]}) == 1
    assert "zone 1: " in texts(figure)
    assert "inter-zone switches" in texts(figure)


def test_rails_that_never_meet_are_called_so(plan_of: Callable[[str], Plan]) -> None:
    made = plan_of("rail-only")
    title = fabric_figure(made, "compute").layout.title.text
    assert "72 rails that share no link" in title
    assert "planes" not in title
    assert "a tree of its own, its rail" in diagram_html(made)


def test_rates_and_panels_stand_beside_the_tiers(plan_of: Callable[[str], Plan]) -> None:
    assert "<b>1,024 links</b>, 200 Gb/s" in texts(fabric_figure(plan_of("rates"), "compute"))
    panels = plan_of("panels")
    written = texts(fabric_figure(panels, "compute")).replace("<br>", " ")
    assert "via 4 Lumentum R300 optical circuit switch" in written
    assert "4 Lumentum R300 optical circuit switch</td>" in diagram_html(panels)


def test_halls_are_named_where_there_are_several(plan_of: Callable[[str], Plan]) -> None:
    written = texts(fabric_figure(plan_of("halls"), "compute"))
    assert "32 nodes, south" in written
    assert "r0, north" in written
    assert "north" not in texts(fabric_figure(plan_of("rails"), "compute"))


def test_hosts_of_a_management_fabric_are_all_that_has_such_a_port(
    planned: Callable[[str], Plan],
) -> None:
    made = planned(MANAGED)
    figure = fabric_figure(made, "oob")
    assert drawn_devices(figure)["host"] == 127 + 24 + 4 + 108 + 48 + 17
    for name in ("SU 4", "storage: qm9700", "compute: qm9700", "pdu-px3-5747v"):
        assert name in texts(figure)
    told = "compute-p0-leaf-r0-0001 ... compute-p0-spine-0016<br>48 hosts, 1 port each"
    assert f"<b>compute: qm9700</b><br>{told}" in hovers(figure)


def test_a_management_port_is_none_of_a_fabrics_own(planned: Callable[[str], Plan]) -> None:
    made = planned(MANAGED)
    assert "64 of 64 ports" in texts(fabric_figure(made, "compute"))
    for fabric in made.design.fabrics:
        assert not [text for text in hovers(fabric_figure(made, fabric.name)) if "-1 free" in text]


@pytest.mark.browser
@pytest.mark.parametrize(
    "name", ["rails", "three tiers", "two levels", "clique", "own switch", "two zones", "rail-only"]
)
def test_a_browser_draws_every_figure(
    plan_of: Callable[[str], Plan], name: str, browse: Callable[[str], tuple[str, Path]]
) -> None:
    markup, picture = browse(diagram_html(plan_of(name)))
    assert markup.count('class="modebar-container"') == 2
    assert markup.count('class="main-svg"') >= 2
    assert "<img src=" not in markup
    assert picture.stat().st_size > 30_000
