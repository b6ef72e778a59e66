"""NVLink domains: one level of switch chips, a clique without chips, or two levels of chips.

One level, PGFT(1; gpus; chips; p): link k of GPU g goes to chip k, port g (NVL72: 18 chips of
generation 5, 36 of generation 6; Kyber of 2026: 72 chips over one lane each). HGX H100 has bundles
of 5, 4, 4 and 5 links. A clique joins every pair of GPUs with links / (gpus - 1) links.

Two levels, PGFT(2; gpus of a group, groups; chips, w; p, q): chip c of every group meets the second
level chips of set c; a chip with more links below has more above. The 256 GPUs of a DGX H100 NVLink
network have 5, 4, 4 and 5 links to a chip and a taper of 2: 20, 16, 16 and 20 uplinks, 72 a node.
Where a second level is unpublished, it follows from the assumed chip and taper in the catalog.

Pairs and pins: lanes = bandwidth / 2 * 8 / lane rate; a differential pair carries one lane, or one
lane each way at once (simultaneous bidirectional); a net that crosses a connector face uses two
pins on it. Grounds, shields and sideband are left out.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from rackplan.catalog.gpus import Gpu
from rackplan.catalog.nvlink import Face, NvlinkChip, ScaleUp
from rackplan.errors import InfeasibleError, Problem
from rackplan.wiring import IntArray, Pgft, bundled, uniform_parents, wire_level

PINS_PER_PAIR = 2


@dataclass(frozen=True)
class FacePins:
    """One connector face: room and use. `fill` is used pairs over installed pairs."""

    name: str
    housings: int
    pairs_per_housing: int
    installed_pins: int
    fill: float
    note: str


@dataclass(frozen=True)
class InstalledClaim:
    """What one reading of the sources gives for the installed pins on all faces."""

    pins: int
    source: str | None
    note: str


@dataclass(frozen=True)
class DomainSize:
    """One NVLink domain in numbers.

    Attributes:
        gpus: GPU packages.
        chips: switch chips by level.
        links: links by level (`gpu_chip` and `chip_chip`, or `gpu_gpu`).
        links_per_gpu: links of one package.
        lanes_per_link: lanes of one link, each direction.
        pairs_per_gpu: differential pairs of one package.
        pairs: differential pairs (nets) by level.
        faces: connector faces on the way; empty when the links stay on a board.
        claims: installed pins on all faces, one entry a reading; the first is the one in use.
        ports_per_chip: ports that one first-level chip uses, and has.
        published_pairs: the pairs that a source counted, if any.
        tree: the shape, None for a clique; of two levels that of the first chip of a group.
        uplinks: links to the second level of each chip of a group; empty in one level.
        parents: second-level chips that each chip of a group meets.
        assumption: what is assumed of an unpublished second level.
    """

    gpus: int
    chips: tuple[int, ...]
    links: dict[str, int]
    links_per_gpu: int
    lanes_per_link: float
    pairs_per_gpu: int
    pairs: dict[str, int]
    faces: tuple[FacePins, ...]
    claims: tuple[InstalledClaim, ...]
    ports_per_chip: tuple[int, int] | None
    published_pairs: int | None
    tree: Pgft | None
    assumption: str
    uplinks: tuple[int, ...] = ()
    parents: tuple[int, ...] = ()

    @property
    def nets(self) -> int:
        """Differential pairs that GPUs use: the first level of the domain."""
        return next(iter(self.pairs.values()))

    @property
    def all_links(self) -> int:
        """Links of all levels."""
        return sum(self.links.values())

    @property
    def signal_pins_per_face(self) -> int:
        """Pins that carry signals on one connector face."""
        return self.nets * PINS_PER_PAIR

    @property
    def installed_pins_per_face(self) -> int | None:
        """Pins installed on the compute face; None where there is no connector."""
        return self.faces[0].installed_pins if self.faces else None

    @property
    def installed_pins_all_faces(self) -> int | None:
        """Pins installed on all faces, in the reading in use; None without connectors."""
        return self.claims[0].pins if self.claims else None


def size(
    scale_up: ScaleUp, gpu: Gpu, gpus: int, chip: NvlinkChip | None, top: NvlinkChip | None
) -> DomainSize | None:
    """Count one domain; None when the GPU's NVLink bandwidth or links are unpublished.

    Raises:
        InfeasibleError: RP320 links or ports that do not close.
    """
    nvlink = gpu.nvlink
    if nvlink is None or nvlink.gbytes_per_s.value is None or nvlink.lane_gbps.value is None:
        return None
    links_per_gpu = scale_up.links_per_gpu.value or nvlink.links.value
    if links_per_gpu is None:
        return None
    lanes = nvlink.gbytes_per_s.value / 2 * 8 / nvlink.lane_gbps.value
    both_ways = 1 if nvlink.simultaneous_bidirectional.value else 2
    pairs_per_gpu = round(lanes * both_ways)
    lanes_per_link = lanes / links_per_gpu
    pairs_per_link = pairs_per_gpu / links_per_gpu
    if scale_up.topology == "clique":
        return _clique(scale_up, gpus, links_per_gpu, lanes_per_link, pairs_per_gpu)
    if chip is None or scale_up.chips.value is None:
        return None
    tree, used, uplinks, parents = _tree(
        scale_up, gpus, links_per_gpu, lanes_per_link, nvlink.lane_gbps.value, chip, top
    )
    groups = scale_up.groups.value
    chips = (groups * scale_up.chips.value, sum(parents))[: 2 if parents else 1]
    links = {"gpu_chip": gpus * links_per_gpu}
    pairs = {"gpu_chip": gpus * pairs_per_gpu}
    assumption = ""
    if len(chips) > 1:
        links["chip_chip"] = groups * sum(uplinks)
        pairs["chip_chip"] = round(groups * sum(uplinks) * pairs_per_link)
        assumption = _assumption(scale_up, chips, uplinks)
    return DomainSize(
        gpus=gpus,
        chips=chips,
        links=links,
        links_per_gpu=links_per_gpu,
        lanes_per_link=lanes_per_link,
        pairs_per_gpu=pairs_per_gpu,
        pairs=pairs,
        faces=_faces(scale_up, pairs["gpu_chip"]),
        claims=_claims(scale_up),
        ports_per_chip=(used, _chip_ports(chip, lanes_per_link)),
        published_pairs=scale_up.published_pairs.value,
        tree=tree,
        assumption=assumption,
        uplinks=uplinks,
        parents=parents,
    )


def _clique(
    scale_up: ScaleUp, gpus: int, links_per_gpu: int, lanes_per_link: float, pairs_per_gpu: int
) -> DomainSize:
    if gpus < 2 or links_per_gpu % (gpus - 1):  # a pair needs two
        message = f"{links_per_gpu} links cannot be shared out over {gpus - 1} other GPUs"
        raise InfeasibleError([Problem("RP320", message, "correct the links of the GPU")])
    return DomainSize(
        gpus=gpus,
        chips=(),
        links={"gpu_gpu": gpus * links_per_gpu // 2},
        links_per_gpu=links_per_gpu,
        lanes_per_link=lanes_per_link,
        pairs_per_gpu=pairs_per_gpu,
        pairs={"gpu_gpu": gpus * pairs_per_gpu // 2},
        faces=_faces(scale_up, gpus * pairs_per_gpu // 2),
        claims=_claims(scale_up),
        ports_per_chip=None,
        published_pairs=scale_up.published_pairs.value,
        tree=None,
        assumption="",
    )


Uplinks = tuple[int, ...]
Parents = tuple[int, ...]


def _tree(  # what fixes the tree
    scale_up: ScaleUp,
    gpus: int,
    links_per_gpu: int,
    lanes_per_link: float,
    gpu_lane_gbps: float,
    chip: NvlinkChip,
    top: NvlinkChip | None,
) -> tuple[Pgft, int, Uplinks, Parents]:
    """The shape, the most ports that a first-level chip uses, and the second level by chip."""
    groups, chips = scale_up.groups.value, scale_up.chips.value or 0
    _check_levels(scale_up, gpu_lane_gbps, chip)
    per_group = gpus // groups
    bundles = scale_up.links_to_chip or (links_per_gpu // chips,) * chips
    if gpus % groups or sum(bundles) != links_per_gpu or len(bundles) != chips:
        message = (
            f"{links_per_gpu} links of a GPU do not divide over {chips} chips "
            f"in each of {groups} group{'s' if groups > 1 else ''}, with {gpus} GPUs in all"
        )
        raise InfeasibleError([Problem("RP320", message, "correct chips or links_to_chip")])
    ports = _chip_ports(chip, lanes_per_link)
    down = [per_group * bundle for bundle in bundles]
    uplinks: Uplinks = ()
    if scale_up.second is not None:
        taper = scale_up.second.taper.value
        uplinks = tuple(max(1, int(links / taper)) for links in down)
    used = max(map(sum, zip_longest(down, uplinks, fillvalue=0)))
    if used > ports:
        message = f"{chip.title} needs {used:,} ports of a chip, has {ports:,}"
        raise InfeasibleError([Problem("RP320", message, "use more chips or fewer links")])
    if scale_up.second is None or top is None:
        return Pgft((per_group,), (tuple(bundles),)), used, (), ()
    top_ports = _chip_ports(top, lanes_per_link)
    parents = [uniform_parents(up, groups, top_ports) for up in uplinks]
    known = tuple(count for count in parents if count is not None)
    if len(known) < len(parents):
        message = (
            f"{groups} groups are more than {top.title} can join with {top_ports} ports a chip"
        )
        raise InfeasibleError([Problem("RP320", message, "use a larger second-level chip")])
    above = (uplinks[0] // known[0],) * known[0]
    return Pgft((per_group, groups), (tuple(bundles), above)), used, uplinks, known


def _check_levels(scale_up: ScaleUp, gpu_lane_gbps: float, chip: NvlinkChip) -> None:
    """RP320 where the words of a domain contradict each other."""
    wrong = ""
    if (scale_up.topology == "two-level") != (scale_up.second is not None):
        wrong = f"the topology is {scale_up.topology}, a second level is "
        wrong += "given" if scale_up.second is not None else "missing"
    elif scale_up.groups.value > 1 and scale_up.second is None:
        wrong = f"{scale_up.groups.value} groups have nothing that joins them"
    elif chip.lane_gbps.value != gpu_lane_gbps:
        wrong = f"lanes of the GPU run {gpu_lane_gbps:g} Gb/s, of {chip.title} "
        wrong += f"{chip.lane_gbps.value:g}"
    if wrong:
        raise InfeasibleError([Problem("RP320", wrong, "correct the scale_up block")])


def _chip_ports(chip: NvlinkChip, lanes_per_link: float) -> int:
    """Ports of a chip; the small term keeps a whole quotient whole (35 lanes at 7/3 a link)."""
    return int(chip.lanes.value / lanes_per_link + 1e-9)


def _assumption(scale_up: ScaleUp, chips: tuple[int, ...], uplinks: Uplinks) -> str:
    second = scale_up.second
    if second is None or second.taper.status not in ("estimate", None):
        return ""
    return (
        f"second level assumed, no source describes it: {chips[1]} chips '{second.chip}', "
        f"{max(uplinks)} uplinks a first-level chip, taper {second.taper.value:g}:1"
    )


def _faces(scale_up: ScaleUp, pairs: int) -> tuple[FacePins, ...]:
    return tuple(_face(face, pairs) for face in scale_up.faces)


def _face(face: Face, pairs: int) -> FacePins:
    installed = face.housings.value * face.pairs_per_housing.value
    return FacePins(
        name=face.name,
        housings=face.housings.value,
        pairs_per_housing=face.pairs_per_housing.value,
        installed_pins=installed * PINS_PER_PAIR,
        fill=pairs / installed,
        note=face.note or face.housings.note,
    )


def _claims(scale_up: ScaleUp) -> tuple[InstalledClaim, ...]:
    """All readings of the installed pins: one face at a time takes an alternative count."""
    if not scale_up.faces:
        return ()
    used = [face.housings.value for face in scale_up.faces]
    readings = [InstalledClaim(_pins(scale_up, used), None, "housings as in the catalog")]
    for index, face in enumerate(scale_up.faces):
        for claim in face.housings.alternatives:
            if claim.value is not None:
                other = [*used[:index], claim.value, *used[index + 1 :]]
                readings.append(InstalledClaim(_pins(scale_up, other), claim.source, claim.note))
    return tuple(readings)


def _pins(scale_up: ScaleUp, housings: list[int]) -> int:
    pairs = sum(
        count * face.pairs_per_housing.value
        for count, face in zip(housings, scale_up.faces, strict=True)
    )
    return pairs * PINS_PER_PAIR


@dataclass(frozen=True)
class DomainLinks:
    """The links of one domain: GPUs and chips are numbered within the domain, ports from zero.

    `a` is the GPU (or the lower chip), `b` the chip (or, in a clique, the other GPU).
    """

    tier: str
    a: IntArray
    a_port: IntArray
    b: IntArray
    b_port: IntArray


def wire(sized: DomainSize) -> tuple[DomainLinks, ...]:
    """The links of one domain, level by level."""
    if sized.tree is None:
        return (_wire_clique(sized.gpus, sized.links_per_gpu),)
    first = wire_level(sized.tree, 0, np.arange(sized.gpus))
    levels = [DomainLinks("gpu_chip", first.lower, first.lower_port, first.upper, first.upper_port)]
    if len(sized.chips) > 1:
        levels.append(_second_level(sized, sized.tree))
    return tuple(levels)


def _second_level(sized: DomainSize, tree: Pgft) -> DomainLinks:
    """The links between chips, ordered by lower chip and port. The loop is over chip places."""
    below, groups = tree.children
    places = len(sized.uplinks)
    parts, first = [], 0
    for place, (uplinks, parents) in enumerate(zip(sized.uplinks, sized.parents, strict=True)):
        group = np.arange(groups)
        links = bundled(np.full(groups, first), group, (uplinks // parents,) * parents)
        down = below * tree.bundles[0][place]
        lower = links.lower * places + place
        parts.append(np.stack([lower, links.lower_port + down, links.upper, links.upper_port]))
        first += parents
    joined = np.concatenate(parts, axis=1)
    a, a_port, b, b_port = joined[:, np.argsort(joined[0], kind="stable")]
    return DomainLinks("chip_chip", a, a_port, b, b_port)


def _wire_clique(gpus: int, links_per_gpu: int) -> DomainLinks:
    """Port of a GPU towards another: the other's place among the rest, bundle by bundle."""
    bundle = links_per_gpu // (gpus - 1)
    a, b = np.triu_indices(gpus, k=1)
    within = np.arange(bundle)
    a_port = (b - 1)[:, None] * bundle + within
    b_port = a[:, None] * bundle + within
    return DomainLinks(
        "gpu_gpu", np.repeat(a, bundle), a_port.ravel(), np.repeat(b, bundle), b_port.ravel()
    )
