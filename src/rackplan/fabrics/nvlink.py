"""NVLink domains: one level of switch chips, a clique without chips, or two levels of chips.

One level, PGFT(1; gpus; chips; p): link k of GPU g goes to chip k, port g (NVL72: 18 chips of
generation 5, 36 of generation 6; Kyber of 2026: 72 chips over one lane each). HGX H100 has bundles
of 5, 4, 4 and 5 links. A clique joins every pair of GPUs with links / (gpus - 1) links.

Two levels, PGFT(2; gpus of a group, groups; chips, w; p, q): chip c of every group meets the second
level chips of set c. The second level of the systems that need one is unpublished: it follows from
the assumed chip and taper in the catalog.

Pairs and pins: lanes = bandwidth / 2 * 8 / lane rate; a differential pair carries one lane, or one
lane each way at once (simultaneous bidirectional); a net that crosses a connector face uses two
pins on it. Grounds, shields and sideband are left out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rackplan.catalog.gpus import Gpu
from rackplan.catalog.nvlink import Face, NvlinkChip, ScaleUp
from rackplan.errors import InfeasibleError, Problem
from rackplan.wiring import IntArray, Pgft, uniform_parents, wire_level

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
        tree: the shape, None for a clique.
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
    tree, chips, used = _tree(
        scale_up, gpus, links_per_gpu, lanes_per_link, nvlink.lane_gbps.value, chip, top
    )
    links = {"gpu_chip": gpus * links_per_gpu}
    pairs = {"gpu_chip": gpus * pairs_per_gpu}
    assumption = ""
    if len(chips) > 1:
        uplinks = sum(tree.bundles[1])
        links["chip_chip"] = chips[0] * uplinks
        pairs["chip_chip"] = round(chips[0] * uplinks * pairs_per_link)
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


def _tree(  # what fixes the tree
    scale_up: ScaleUp,
    gpus: int,
    links_per_gpu: int,
    lanes_per_link: float,
    gpu_lane_gbps: float,
    chip: NvlinkChip,
    top: NvlinkChip | None,
) -> tuple[Pgft, tuple[int, ...], int]:
    """The shape of the domain, its chips by level, and the ports that a first-level chip uses."""
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
    down = per_group * max(bundles)
    up = 0
    if scale_up.second is not None:
        up = max(1, int(down / scale_up.second.taper.value))
    if down + up > ports:
        message = f"{chip.title} needs {down + up:,} ports of a chip, has {ports:,}"
        raise InfeasibleError([Problem("RP320", message, "use more chips or fewer links")])
    if scale_up.second is None or top is None:
        return Pgft((per_group,), (tuple(bundles),)), (chips * groups,), down
    top_ports = _chip_ports(top, lanes_per_link)
    parents = uniform_parents(up, groups, top_ports)
    if parents is None:
        message = (
            f"{groups} groups are more than {top.title} can join with {top_ports} ports a chip"
        )
        raise InfeasibleError([Problem("RP320", message, "use a larger second-level chip")])
    tree = Pgft((per_group, groups), (tuple(bundles), (up // parents,) * parents))
    return tree, (chips * groups, chips * parents), down + up


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


def _assumption(scale_up: ScaleUp, chips: tuple[int, ...], uplinks: int) -> str:
    second = scale_up.second
    if second is None:
        return ""
    return (
        f"second level assumed, no source describes it: {chips[1]} chips '{second.chip}', "
        f"{uplinks} uplinks a first-level chip, taper {second.taper.value:g}:1"
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
        groups, below = sized.tree.children[1], sized.tree.children[0]
        top = wire_level(sized.tree, 1, np.arange(groups))
        down = below * max(sized.tree.bundles[0])
        levels.append(
            DomainLinks("chip_chip", top.lower, top.lower_port + down, top.upper, top.upper_port)
        )
    return tuple(levels)


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
