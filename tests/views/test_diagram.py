"""The diagrams: every link is in a line, the page is closed to the network, nothing is markup."""

from __future__ import annotations

import re
import subprocess
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from rackplan.api import plan
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


@pytest.fixture(scope="module")
def plan_of(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Plan]:
    folder = tmp_path_factory.mktemp("deployments")
    plans: dict[str, Plan] = {}

    def make(name: str) -> Plan:
        if name not in plans:
            file = folder / "deployment.yaml"
            file.write_text(f"name: test\n{DEPLOYMENTS[name]}", encoding="utf-8")
            plans[name] = plan(file)
        return plans[name]

    return make


def drawn_links(figure: Any, part: str | None = None) -> Counter[str]:
    links: Counter[str] = Counter()
    for trace in figure.data:
        meta = trace.meta or {}
        if "tier" in meta and meta.get("part") == part:
            links[meta["tier"]] += sum(count for count, _ in trace.customdata)
    return links


def texts(figure: Any) -> str:
    return "\n".join(text for trace in figure.data for text in (trace.text or ()))


@pytest.mark.parametrize("name", DEPLOYMENTS)
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


@pytest.mark.parametrize("name", DEPLOYMENTS)
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


@pytest.mark.browser
@pytest.mark.parametrize("name", ["rails", "three tiers", "two levels", "clique", "own switch"])
def test_a_browser_draws_every_figure(
    plan_of: Callable[[str], Plan],
    name: str,
    tmp_path: Path,
    require_program: Callable[..., Path],
) -> None:
    page = tmp_path / "page.html"
    page.write_text(diagram_html(plan_of(name)), encoding="utf-8")
    picture = tmp_path / "page.png"
    browser = [
        str(require_program("chromium", "chromium-browser", "google-chrome")),
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking",
        "--disable-dev-shm-usage", "--no-first-run", "--enable-logging=stderr",
        f"--user-data-dir={tmp_path / 'profile'}", "--virtual-time-budget=10000",
        "--window-size=1600,1000",
    ]  # fmt: skip
    url = page.as_uri()
    dom = subprocess.run(
        [*browser, "--dump-dom", url], capture_output=True, text=True, timeout=120, check=True
    )
    assert dom.stdout.count('class="modebar-container"') == 2
    assert dom.stdout.count('class="main-svg"') >= 2
    assert "<img src=" not in re.sub(r"<script.*?</script>", "", dom.stdout, flags=re.DOTALL)
    assert "Content Security Policy" not in dom.stderr
    assert "Uncaught" not in dom.stderr
    subprocess.run([*browser, f"--screenshot={picture}", url], capture_output=True, timeout=120,
                   check=True)  # fmt: skip
    assert picture.stat().st_size > 30_000
