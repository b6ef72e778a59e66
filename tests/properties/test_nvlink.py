"""Properties of NVLink domains: every domain of the catalog, and random ones."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import scipy.sparse as sp
from hypothesis import given
from hypothesis import strategies as st
from scipy.sparse.csgraph import connected_components

import rackplan
from rackplan.catalog import Gpu, Node, NvlinkChip, System
from rackplan.catalog.nvlink import ScaleUp
from rackplan.deployment import Deployment
from rackplan.design import Domain
from rackplan.errors import InfeasibleError
from rackplan.fabrics import nvlink
from rackplan.load.catalog_reader import open_catalog

CATALOG = open_catalog()


@dataclass(frozen=True)
class Ends:
    """All link ends of one domain; each row is a device and a port of it."""

    gpus: np.ndarray
    first: np.ndarray
    """Ends at chips of the first level, from either side."""
    second: np.ndarray


def ends_of(size: nvlink.DomainSize) -> Ends:
    gpus, first, second = [], [], []
    for level in nvlink.wire(size):
        a, b = np.stack([level.a, level.a_port], 1), np.stack([level.b, level.b_port], 1)
        if level.tier == "gpu_gpu":
            gpus += [a, b]
        elif level.tier == "gpu_chip":
            gpus.append(a)
            first.append(b)
        else:
            first.append(a)
            second.append(b)
    empty = np.zeros((0, 2), dtype=np.int64)
    return Ends(*(np.concatenate([empty, *parts]) for parts in (gpus, first, second)))


def assert_domain_is_sound(size: nvlink.DomainSize, lanes: int | None) -> None:
    """What holds for every domain."""
    levels = nvlink.wire(size)
    assert {level.tier: len(level.a) for level in levels} == size.links
    assert size.nets == next(iter(size.pairs.values()))
    assert size.nets * (2 if size.tree is None else 1) == size.gpus * size.pairs_per_gpu
    ends = ends_of(size)
    for side in (ends.gpus, ends.first, ends.second):
        assert len(np.unique(side, axis=0)) == len(side), "a port carries two links"
        assert (side >= 0).all()
    gpus = np.bincount(ends.gpus[:, 0], minlength=size.gpus)
    assert gpus.tolist() == [size.links_per_gpu] * size.gpus
    assert ends.gpus[:, 1].max() == size.links_per_gpu - 1
    chips = [ends.first, ends.second][: len(size.chips)]
    for count, side in zip(size.chips, chips, strict=True):
        assert len(np.unique(side[:, 0])) == side[:, 0].max() + 1 == count
    if size.ports_per_chip is not None:
        used, present = size.ports_per_chip
        assert np.bincount(ends.first[:, 0]).max() == used <= present
        assert ends.first[:, 1].max() < present
        assert lanes is None or present == lanes
    assert parts_of(size) == 1


def parts_of(size: nvlink.DomainSize) -> int:
    """Connected parts of a domain of GPUs and chips."""
    a, b = [], []
    for level in nvlink.wire(size):
        below = 0 if level.tier != "chip_chip" else size.gpus
        above = {"gpu_gpu": 0, "gpu_chip": size.gpus}.get(
            level.tier, size.gpus + sum(size.chips[:1])
        )
        a.append(level.a + below)
        b.append(level.b + above)
    ends = np.concatenate(a), np.concatenate(b)
    total = size.gpus + sum(size.chips)
    graph = sp.coo_array((np.ones(len(ends[0])), ends), shape=(total, total))
    return int(connected_components(graph, directed=False)[0])


def entries() -> list[tuple[str, str]]:
    return [("system", name) for name in CATALOG.ids(System)] + [
        ("node", name) for name in CATALOG.ids(Node)
    ]


def domain_of(kind: str, name: str) -> tuple[Domain, rackplan.Plan] | None:
    wanted = {"name": "one", "compute": [{kind: name, "count": 1}]}
    plan = rackplan.plan(Deployment.model_validate(wanted), CATALOG)
    (population,) = plan.design.populations
    return None if population.domain is None else (population.domain, plan)


DOMAINS = [entry for entry in entries() if domain_of(*entry) is not None]


def test_every_system_and_every_node_that_owns_a_domain_is_checked() -> None:
    owners = {("system", name) for name in CATALOG.ids(System)}
    owners |= {("node", n) for n in CATALOG.ids(Node) if CATALOG.find(Node, n).scale_up}
    assert set(DOMAINS) == owners


@pytest.mark.parametrize(("kind", "name"), DOMAINS)
def test_a_domain_of_the_catalog_is_sound(kind: str, name: str) -> None:
    found = domain_of(kind, name)
    assert found is not None
    domain, _ = found
    chip = domain.scale_up.chip
    lanes = None if chip is None else CATALOG.find(NvlinkChip, chip).lanes.value
    ports = None if lanes is None else int(lanes / domain.size.lanes_per_link)
    assert_domain_is_sound(domain.size, ports)


@pytest.mark.parametrize(("kind", "name"), DOMAINS)
def test_expanding_a_copy_gives_a_row_for_every_link(kind: str, name: str) -> None:
    found = domain_of(kind, name)
    assert found is not None
    domain, plan = found
    rows = plan.expand(0, domain.copies - 1)
    assert len(rows) == domain.size.all_links == plan.blocks["links"][0]
    assert set(rows["copy"]) == {domain.copies - 1}
    assert not rows.duplicated(["tier", "a", "a_port"]).any()
    with pytest.raises(IndexError):
        plan.expand(0, domain.copies)


@pytest.mark.parametrize(("kind", "name"), DOMAINS)
def test_all_gpus_of_a_level_meet_on_every_chip_or_directly(kind: str, name: str) -> None:
    found = domain_of(kind, name)
    assert found is not None
    domain, plan = found
    rows, size = plan.expand(0), domain.size
    first = rows[rows["tier"] != "chip_chip"]
    pairs = first.groupby(["a", "b"]).size()
    if size.tree is None:
        assert len(pairs) == size.gpus * (size.gpus - 1) // 2
        assert set(pairs) == {size.links_per_gpu // (size.gpus - 1)}
        return
    groups = domain.scale_up.groups.value
    assert len(pairs) == size.gpus * size.chips[0] // groups
    for group in range(groups):
        inside = first[first["a"] // (size.gpus // groups) == group]
        assert inside["b"].nunique() == size.chips[0] // groups
    up = rows[rows["tier"] == "chip_chip"]
    if len(up):
        widths = up.groupby(["a", "b"]).size()
        assert widths.nunique() == 1
        tops = up.groupby("b")["a"].nunique()
        assert set(tops) == {groups}, "a chip of the second level meets every group"


@pytest.mark.parametrize("name", CATALOG.ids(System))
def test_a_system_is_one_domain_or_one_domain_a_node(name: str) -> None:
    found = domain_of("system", name)
    assert found is not None
    domain, plan = found
    system = CATALOG.find(System, name)
    assert domain.copies == (1 if system.scale_up is not None else system.nodes.value)
    assert domain.copies * domain.size.gpus == plan.design.gpus


def gpu(links: int, lanes: int) -> Gpu:
    """A GPU whose links have a number of lanes of 200 Gb/s each."""
    data: dict[str, Any] = {
        "dies": 1,
        "nvlink": {
            "generation": 9,
            "links": links,
            "gbytes_per_s": links * lanes * 200 / 8 * 2,
            "lane_gbps": 200,
        },
    }
    return Gpu.model_validate(data)


@given(
    gpus=st.integers(1, 24),
    bundles=st.lists(st.integers(1, 5), min_size=1, max_size=8),
    lanes=st.sampled_from([1, 2]),
)
def test_a_random_one_level_domain_is_sound(gpus: int, bundles: list[int], lanes: int) -> None:
    ports = gpus * max(bundles)
    chip = NvlinkChip.model_validate({"generation": 9, "lanes": ports * lanes, "lane_gbps": 200})
    scale_up = ScaleUp.model_validate(
        {"topology": "switched", "chip": "c", "chips": len(bundles), "links_to_chip": bundles}
    )
    size = nvlink.size(scale_up, gpu(sum(bundles), lanes), gpus, chip, None)
    assert size is not None
    assert_domain_is_sound(size, ports)


@given(gpus=st.integers(2, 12), bundle=st.integers(1, 6))
def test_a_random_clique_is_sound(gpus: int, bundle: int) -> None:
    scale_up = ScaleUp.model_validate({"topology": "clique"})
    size = nvlink.size(scale_up, gpu(bundle * (gpus - 1), 1), gpus, None, None)
    assert size is not None
    assert_domain_is_sound(size, None)


@given(
    below=st.integers(1, 12),
    groups=st.integers(2, 6),
    chips=st.integers(1, 6),
    bundle=st.integers(1, 3),
    taper=st.sampled_from([1.0, 1.5, 2.0, 3.0]),
    top_ports=st.integers(2, 64),
)
def test_a_random_two_level_domain_is_sound_or_refused(
    below: int, groups: int, chips: int, bundle: int, taper: float, top_ports: int
) -> None:
    down = below * bundle
    chip = NvlinkChip.model_validate({"generation": 9, "lanes": 2 * down, "lane_gbps": 200})
    top = NvlinkChip.model_validate({"generation": 9, "lanes": top_ports, "lane_gbps": 200})
    scale_up = ScaleUp.model_validate({
        "topology": "two-level", "chip": "c", "groups": groups, "chips": chips,
        "second": {"chip": "t", "taper": taper},
    })  # fmt: skip
    try:
        size = nvlink.size(scale_up, gpu(chips * bundle, 1), below * groups, chip, top)
    except InfeasibleError:
        return
    assert size is not None
    assert_domain_is_sound_in_levels(size, top_ports)


def assert_domain_is_sound_in_levels(size: nvlink.DomainSize, top_ports: int) -> None:
    """Ports and counts of two levels; the parts of the domain are as many as sets of chips."""
    ends = ends_of(size)
    for side in (ends.gpus, ends.first, ends.second):
        assert len(np.unique(side, axis=0)) == len(side)
    assert ends.second[:, 1].max() < top_ports
    assert {level.tier: len(level.a) for level in nvlink.wire(size)} == size.links
    assert parts_of(size) == 1
