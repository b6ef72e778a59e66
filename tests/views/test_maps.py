"""Maps of direct topologies: all links and devices are accounted for, and nothing overlaps."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Callable, Sequence
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rackplan.build import Plan
from rackplan.errors import InfeasibleError
from rackplan.fabrics import FABRICS
from rackplan.views.diagram import diagram_html, fabric_figure
from rackplan.views.diagram_plane import plane_of
from rackplan.views.maps.figure import _map
from rackplan.views.maps.part import first_group
from rackplan.views.maps.spots import SWITCH, Map


def deployment(ports: int, nics: int, count: int, fabric: str) -> str:
    switches = f"switches: {{s: {{ports: {ports}, port_gbps: 400}}}}, " if ports else ""
    switch = "switch: s, " if ports else "port_gbps: 400, "
    return f"""
hardware: {{{switches}nodes: {{n: {{gpus: 4, nics: {nics}}}}}}}
compute: [{{node: n, count: {count}}}]
fabrics: {{compute: {{{switch}{fabric}}}}}
"""


DEPLOYMENTS = {
    "dragonfly": deployment(8, 1, 70, "topology: dragonfly"),
    "dragonfly, 32 groups": deployment(16, 1, 1000, "topology: dragonfly"),
    "dragonfly, 141 groups": deployment(
        64, 8, 9000,
        "topology: dragonfly, hosts_per_router: 16, routers_per_group: 32, global_ports: 16",
    ),
    "dragonfly, 2 groups": deployment(
        64, 4, 224, "topology: dragonfly, hosts_per_router: 15, routers_per_group: 30, groups: 2"
    ),
    "dragonfly, 1 group": deployment(
        64, 1, 200, "topology: dragonfly, groups: 1, routers_per_group: 8, local_links: 4"
    ),
    "dragonfly, planes": deployment(12, 2, 200, "topology: dragonfly, planes: 2"),
    "dragonfly+": deployment(12, 1, 200, "topology: dragonfly-plus"),
    "dragonfly+, large": deployment(40, 1, 3456, "topology: dragonfly-plus"),
    "slim fly": deployment(11, 1, 200, "topology: slim-fly"),
    "slim fly, even": deployment(9, 1, 90, "topology: slim-fly, q: 4"),
    "slim fly, large": deployment(64, 8, 3000, "topology: slim-fly"),
    "slim fly, folded": deployment(128, 8, 9000, "topology: slim-fly"),
    "polarfly": deployment(12, 1, 220, "topology: polarfly"),
    "polarfly, even": deployment(8, 1, 60, "topology: polarfly, q: 4"),
    "polarfly, large": deployment(64, 8, 3000, "topology: polarfly"),
    "hyperx": deployment(64, 8, 60, "topology: hyperx, shape: [5, 5], hosts_per_router: 20"),
    "hyperx, bars": deployment(
        48, 8, 256, "topology: hyperx, shape: [8, 16], hosts_per_router: 16"
    ),
    "hyperx, folded": deployment(
        128, 8, 2048, "topology: hyperx, shape: [22, 22], hosts_per_router: 40"
    ),
    "hyperx, 1 dimension": deployment(
        64, 8, 40, "topology: hyperx, shape: [16], hosts_per_router: 20"
    ),
    "hyperx, 3 dimensions": deployment(
        48, 6, 64, "topology: hyperx, shape: [4, 4, 4], hosts_per_router: 6"
    ),
    "hyperx, large": deployment(
        64, 8, 1728, "topology: hyperx, shape: [12, 12, 12], width: [1, 1, 2], hosts_per_router: 8"
    ),
    "torus": deployment(16, 4, 64, "topology: torus, shape: [8, 8]"),
    "torus of hosts": deployment(
        0, 16, 256, "topology: torus, shape: [16, 16], board: [2, 2], planes: 4"
    ),
    "torus of pairs": deployment(16, 1, 20, "topology: torus, shape: [2, 3]"),
    "torus, 1 dimension": deployment(0, 2, 12, "topology: torus, shape: [12]"),
    "torus, long ring": deployment(11, 1, 132, "topology: torus, shape: [66]"),
    "torus, 3 dimensions": deployment(32, 1, 1000, "topology: torus, shape: [4, 4, 4]"),
    "torus of hosts, large": deployment(0, 6, 4096, "topology: torus, shape: [16, 16, 16]"),
    "torus, 4 dimensions": deployment(16, 1, 200, "topology: torus, shape: [3, 3, 4, 5]"),
    "torus, one long side": deployment(16, 1, 300, "topology: torus, shape: [2, 97]"),
    "hamming mesh": deployment(64, 16, 1024, "topology: hamming-mesh, planes: 4, boards: [16, 16]"),
    "hamming mesh, trees": deployment(64, 4, 16384, "topology: hamming-mesh, boards: [64, 64]"),
    "hamming mesh, whole boards": deployment(
        64, 16, 60, "topology: hamming-mesh, board: [4, 4], boards: [8, 8]"
    ),
    "hamming mesh, shared switches": deployment(
        64, 4, 480, "topology: hamming-mesh, board: [3, 4]"
    ),
    "hamming mesh, partial": deployment(
        16, 8, 2400, "topology: hamming-mesh, planes: 2, board: [3, 4]"
    ),
}  # fmt: skip


@pytest.fixture
def plan_of(planned: Callable[[str], Plan]) -> Callable[[str], Plan]:
    return lambda name: planned(DEPLOYMENTS[name])


def map_of(made: Plan) -> Map:
    return _map(plane_of(made, made.fabric("compute")))[0]


def drawn(figure: Any, key: str, part: str = "whole") -> Counter[str]:
    """Links by tier or devices by role that the hover points of a part stand for."""
    counts: Counter[str] = Counter()
    for trace in figure.data:
        meta = trace.meta or {}
        if key in meta and meta["part"] == part:
            counts[meta[key]] += sum(count for count, _ in trace.customdata)
    return counts


def hovers(figure: Any, **wanted: str) -> list[str]:
    return [
        text
        for trace in figure.data
        if trace.meta and wanted.items() <= trace.meta.items()
        for _, text in trace.customdata
    ]


def texts(figure: Any) -> str:
    written = "\n".join(text for trace in figure.data for text in (trace.text or ()))
    return f"{figure.layout.title.text}\n{written}"


def accounted(made: Plan) -> None:
    """A plane's links and devices are as many as the plan has in each."""
    fabric = made.fabric("compute")
    size, figure = fabric.size, fabric_figure(made, "compute")
    planes = size.planes
    links = {tier: count * planes for tier, count in drawn(figure, "tier").items()}
    assert links == size.links_by_tier()
    devices = drawn(figure, "role")
    for role in size.roles:
        assert devices[role.name] * planes == role.switches
    assert devices["host"] in {0, made.design.hosts}
    assert len(figure.data) < 120
    assert sum(len(trace.x) for trace in figure.data) < 30_000


def test_every_topology_without_layers_has_maps_here() -> None:
    mapped = {re.split(r"topology: ([a-z-]+)", text)[1] for text in DEPLOYMENTS.values()}
    assert mapped == FABRICS.keys() - {"fat-tree", "rail-only", "two-zone"}


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_every_link_and_device_of_a_plane_is_accounted_for(
    plan_of: Callable[[str], Plan], name: str
) -> None:
    accounted(plan_of(name))


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_boxes_lie_in_the_frame_and_do_not_overlap(
    plan_of: Callable[[str], Plan], name: str
) -> None:
    found = map_of(plan_of(name))
    for spot in found.spots:
        for at, half, room in zip(
            spot.at, spot.half, (found.frame.width, found.frame.height), strict=True
        ):
            assert half - 0.5 <= at <= room - half + 0.5
    for one, other in combinations(found.spots, 2):
        apart = [abs(a - b) for a, b in zip(one.at, other.at, strict=True)]
        reach = [a + b for a, b in zip(one.half, other.half, strict=True)]
        assert any(distance > need - 0.01 for distance, need in zip(apart, reach, strict=True))


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_every_device_stands_in_its_own_place_inside_its_box(
    plan_of: Callable[[str], Plan], name: str
) -> None:
    found = map_of(plan_of(name))
    if found.dots is None:
        return
    seen = set()
    for spot in found.spots:
        if spot.place == SWITCH:
            continue
        for x, y in found.dots[spot.group.rows].tolist():
            assert abs(x - spot.at[0]) < spot.half[0]
            assert abs(y - spot.at[1]) < spot.half[1]
            seen.add((round(x, 2), round(y, 2)))
    assert len(seen) == sum(len(s.group.rows) for s in found.spots if s.place != SWITCH)


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_no_map_draws_more_than_1500_lines(plan_of: Callable[[str], Plan], name: str) -> None:
    found = map_of(plan_of(name))
    if found.dots is None:
        assert sum(len(joined.links) for joined in found.joined) <= 1500


@pytest.mark.parametrize("name", DEPLOYMENTS)
def test_one_group_is_shown_in_detail_with_what_it_is_joined_to(
    plan_of: Callable[[str], Plan], name: str
) -> None:
    made = plan_of(name)
    figure = fabric_figure(made, "compute")
    assert "In detail: " in texts(figure)
    shown = drawn(figure, "role", "detail")
    assert shown["others"]
    assert sum(drawn(figure, "tier", "detail").values())
    if made.fabric("compute").size.roles and "hamming" not in name:
        assert shown["host"]


@pytest.mark.parametrize(
    "name",
    ["dragonfly", "dragonfly+", "slim fly", "polarfly", "hyperx", "torus", "torus of hosts",
     "torus, 1 dimension", "hamming mesh"],
)  # fmt: skip
def test_the_detail_has_every_link_that_ends_in_the_group(
    plan_of: Callable[[str], Plan], name: str
) -> None:
    made = plan_of(name)
    plane = plane_of(made, made.fabric("compute"))
    _, members = first_group(plane)
    ending = sum(
        int((np.isin(a, members) | np.isin(b, members)).sum()) for a, b in plane.ends.values()
    )
    assert drawn(fabric_figure(made, "compute"), "tier", "detail").total() == ending


def test_a_single_link_names_both_of_its_ports(plan_of: Callable[[str], Plan]) -> None:
    port = r"compute-p0-router-00\d\d port \d+"
    for name in ("slim fly", "polarfly", "hyperx", "torus, 3 dimensions"):
        figure = fabric_figure(plan_of(name), "compute")
        between = [
            text for tier in ("cross", "router_router", "dim_1")
            for text in hovers(figure, part="whole", tier=tier)
        ]  # fmt: skip
        assert between
        for text in between:
            assert re.fullmatch(rf"<b>1 link</b> \([a-z0-9 ]+\)<br>{port} to {port}", text), text


def test_hosts_that_are_joined_with_each_other_are_drawn(plan_of: Callable[[str], Plan]) -> None:
    made = plan_of("torus of hosts")
    figure = fabric_figure(made, "compute")
    assert drawn(figure, "role") == {"host": 256}
    assert drawn(figure, "tier") == {"board": 256, "dim_1": 128, "dim_2": 128}
    assert "no switches" in texts(figure)
    assert "no cable" in texts(figure)
    assert "the fabric is 4 times this" in texts(figure)


def test_the_subgraphs_of_a_slim_fly_stand_above_each_other(
    plan_of: Callable[[str], Plan],
) -> None:
    found = map_of(plan_of("slim fly"))
    rows = {spot.at[1] for spot in found.spots}
    assert len(found.spots) == 10
    assert len(rows) == 2
    assert {spot.group.section for spot in found.spots if spot.at[1] == min(rows)} == {0}
    assert "subgraph 2: 5 groups of 5 routers" in texts(
        fabric_figure(plan_of("slim fly"), "compute")
    )


def test_the_centre_of_a_cluster_is_in_its_middle(plan_of: Callable[[str], Plan]) -> None:
    found = map_of(plan_of("polarfly"))
    assert found.dots is not None
    assert found.spots[0].group.name == "quadrics"
    for spot in found.spots[1:]:
        middles = [
            row for row in spot.group.rows.tolist() if math.dist(found.dots[row], spot.at) < 1e-6
        ]
        assert len(middles) == 1


def test_spines_of_a_dragonfly_plus_face_the_other_groups(plan_of: Callable[[str], Plan]) -> None:
    found = map_of(plan_of("dragonfly+"))
    assert found.dots is not None
    centre = (found.frame.width / 2, found.frame.height / 2)
    for spot in found.spots:
        far = {
            role: [math.dist(found.dots[row], centre)
                   for row in spot.group.rows.tolist() if row in found.plane.rows[role]]
            for role in ("leaf", "spine")
        }  # fmt: skip
        assert max(far["spine"]) < min(far["leaf"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("dragonfly", "Every node of the network is drawn"),
        ("dragonfly, 32 groups", "bold: those of group 1"),
        ("dragonfly, 141 groups", "A box stands for 3 groups, 96 routers"),
        ("dragonfly+, large", "A box is a group of 40 switches"),
        ("slim fly, folded", "A box stands for 2 groups, 74 routers"),
        ("polarfly, large", "A box is a cluster of 37 routers"),
        ("hyperx, bars", "a bar joins every two boxes on it"),
        ("hyperx, folded", "A box stands for 2 x 2 routers"),
        ("hyperx, large", "A box is a slice of 144 routers"),
        ("torus, long ring", "A box stands for 2 routers"),
        ("torus of hosts, large", "A box stands for 4 x 4 x 4 hosts"),
        ("torus, 3 dimensions", "open ends meet on the opposite side"),
        ("hamming mesh, trees", "A box stands for up to 16 boards"),
        ("hamming mesh, whole boards", "bars lead from the boards to the switches"),
    ],
)
def test_the_figure_says_what_a_box_and_a_line_stand_for(
    plan_of: Callable[[str], Plan], name: str, said: str
) -> None:
    assert said in fabric_figure(plan_of(name), "compute").layout.title.text


def test_switches_that_rows_of_boards_share_stand_beside_all_of_them(
    plan_of: Callable[[str], Plan],
) -> None:
    found = map_of(plan_of("hamming mesh, shared switches"))
    boards = [spot for spot in found.spots if spot.place != SWITCH]
    switches = [spot for spot in found.spots if spot.place == SWITCH]
    rows = [spot for spot in switches if spot.group.name.startswith("row")]
    held = sum(round(spot.half[1] * 2 / (boards[0].half[1] / 0.33) + 0.2) for spot in rows)
    assert held == len({spot.at[1] for spot in boards})


@pytest.mark.parametrize("name", ["dragonfly, planes", "hamming mesh, partial", "torus of hosts"])
def test_the_page_of_a_map_has_the_same_bytes_twice(
    plan_of: Callable[[str], Plan], name: str
) -> None:
    assert diagram_html(plan_of(name)) == diagram_html(plan_of(name))


def test_a_direct_topology_is_explained_under_its_map(plan_of: Callable[[str], Plan]) -> None:
    page = diagram_html(plan_of("slim fly"))
    assert "one router of every group of the other subgraph" in page
    assert "Two routers are at most 2 links apart." in page
    assert "Links of compute: slim-fly(q=5,p=4)" in page
    assert "Hosts stand at the bottom" not in page
    assert "Switches of" not in diagram_html(plan_of("torus of hosts"))


def test_text_of_the_user_is_text_on_a_map_too(planned: Callable[[str], Plan]) -> None:
    hostile = "</script><img src=x onerror=alert(1)>"
    made = planned(f"""
title: "{hostile}"
hardware:
  switches: {{s: {{name: "<b>{hostile}", ports: 11, port_gbps: 400}}}}
  nodes: {{n: {{name: "<i>{hostile}", gpus: 1, nics: 1}}}}
compute: [{{node: n, count: 200}}]
fabrics: {{compute: {{topology: slim-fly, switch: s}}}}
""")
    assert "<img" not in diagram_html(made).split("<script>")[0]
    for trace in fabric_figure(made, "compute").data:
        for text in [*(trace.text or ()), *(text for _, text in (trace.customdata or ()))]:
            assert "<img" not in text
            assert "</script" not in text
            assert "<i>" not in text


@pytest.mark.browser
@pytest.mark.parametrize(
    "name",
    ["dragonfly", "dragonfly, 141 groups", "dragonfly+", "slim fly", "polarfly", "hyperx",
     "hyperx, bars", "torus", "torus of hosts", "torus, 3 dimensions", "hamming mesh"],
)  # fmt: skip
def test_a_browser_draws_every_map(
    plan_of: Callable[[str], Plan], name: str, browse: Callable[[str], tuple[str, Path]]
) -> None:
    markup, picture = browse(diagram_html(plan_of(name)))
    assert markup.count('class="modebar-container"') == 1
    assert "In detail: " in markup
    assert picture.stat().st_size > 60_000


SIDES = st.lists(st.integers(2, 24), min_size=1, max_size=4).filter(
    lambda sides: math.prod(sides) <= 3000
)


def planned_or_refused(planned: Callable[[str], Plan], text: str) -> Plan | None:
    try:
        return planned(text)
    except InfeasibleError:
        return None


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    sides=SIDES, kind=st.sampled_from(["torus", "torus of hosts", "hyperx"]),
    planes=st.integers(1, 2),
)  # fmt: skip
def test_any_lattice_is_accounted_for(
    planned: Callable[[str], Plan], sides: Sequence[int], kind: str, planes: int
) -> None:
    fabric = f"topology: {kind.split(maxsplit=1)[0]}, shape: {[*sides]}, planes: {planes}"
    ports, nics = (0, 2 * len(sides) * planes) if kind == "torus of hosts" else (200, planes)
    text = deployment(ports, nics, math.prod(sides), fabric)
    made = planned_or_refused(planned, text)
    if made is not None:
        accounted(made)


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    topology=st.sampled_from(["dragonfly", "dragonfly-plus", "slim-fly", "polarfly"]),
    ports=st.sampled_from([8, 11, 16, 24, 36, 48, 64]),
    count=st.integers(2, 3000),
)
def test_any_network_of_groups_is_accounted_for(
    planned: Callable[[str], Plan], topology: str, ports: int, count: int
) -> None:
    made = planned_or_refused(planned, deployment(ports, 1, count, f"topology: {topology}"))
    if made is not None:
        accounted(made)


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    board=st.tuples(st.integers(1, 4), st.integers(1, 4)),
    boards=st.integers(1, 400),
    host=st.sampled_from(["board", "accelerator"]),
    ports=st.sampled_from([16, 64, 144]),
)
def test_any_boards_are_accounted_for(
    planned: Callable[[str], Plan], board: tuple[int, int], boards: int, host: str, ports: int
) -> None:
    nics, count = (4, boards * math.prod(board))
    if host == "board":
        nics, count = 2 * sum(board), boards
    fabric = f"topology: hamming-mesh, board: {[*board]}"
    made = planned_or_refused(planned, deployment(ports, nics, count, fabric))
    if made is not None:
        accounted(made)
