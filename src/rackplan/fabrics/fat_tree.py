r"""Fat trees of one to four tiers, rail-optimised or plain, in equal planes.

Two tiers, one plane; every leaf has a bundle of b links to every spine:

    spines        0 ......... s-1             port of leaf l on a spine: l*b ... l*b + b-1
                  | \       / |
    leaves   su0,r0,0   su0,r1,0   su1,r0,0   ports: 0 ... d-1 down, then the uplinks
                 |||        |||
    NIC i of node n: leaf (rail of i, SU of n, n // d), port n % d

Three tiers; a group of g leaves has s spines of its own, and core set j meets the spines of
class j of every group (a class is one spine, or s / core_groups of them):

    core sets     [set 0: w cores] ... [set c-1: w cores]
                     |                     |
    groups        spine 0 ............. spine s-1      (of each group)
                     |  X                  |
                  leaf 0 .............. leaf g-1

Four tiers; groups gather in pods with core sets of their own, and core i of set j of every pod
meets the same supercore switches:

    supercore     [over core 0: v] ...... [over core c*w-1: v]
                     |                        |
    pods          core 0 ................. core c*w-1  (of each pod)

Counts follow the uniform-bundle rule (`rackplan.wiring.uniform_parents`): leaves are counted for
full SUs, leaf-spine cabling is complete, and what a partial SU does not use stays dark. With
`bundles: spread` the links of the top tier are dealt in turn to the fewest switches that hold
them (`rackplan.wiring.dealt`). Planes: port x of a node lies in plane `x % planes` of its rail,
which serves NICs with a port in every plane as well as GPUs with a plane of their own.

Reference: E. Zahavi, "D-Mod-K Routing Providing Non-Blocking Traffic for Shift Permutations on
Real Life Fat Trees", Technion CCIT Report 776, 2010.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from rackplan.sizes import EndBlock, FabricSize
from rackplan.topology import Offers, Wiring
from rackplan.trees.counting import counted
from rackplan.trees.hosts import host_links, seat
from rackplan.trees.plane import shape_plane
from rackplan.trees.spec import TreeSpec
from rackplan.trees.wires import switch_columns, switch_links

__all__ = ["Spec", "size", "wire"]


class Spec(TreeSpec):
    """A fat tree (folded Clos)."""

    topology: Literal["fat-tree"]
    """`fat-tree`: switches in one to four tiers (folded Clos)."""
    rails: Annotated[int, Field(ge=1, le=1024)] = 1
    """Ports of equal index in their node share leaves; 1 is a plain tree."""


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the switches and links of all planes.

    Raises:
        InfeasibleError: RP301 too few ports, RP302 rails and RP307 planes that do not divide,
            RP324 no free port for hosts that do not reach every rail.
    """
    seating = seat(blocks, spec.rails, spec.planes)
    shape = shape_plane(spec, seating.units, spec.rails, seating.guests, offers)
    return counted(shape, planes=spec.planes, rails=spec.rails, link=offers.link_gbps)


def wire(spec: Spec, sized: FabricSize, blocks: Sequence[EndBlock]) -> Wiring:
    """The links of all planes, port by port; see the drawing at the top of the module."""
    seating = seat(blocks, spec.rails, spec.planes)
    hosts = host_links(blocks, spec.rails, spec.planes, seating, sized.shape)
    return Wiring(
        switches=tuple(switch_columns(sized.shape)),
        links=(*hosts, *switch_links(sized.shape)),
        planes=spec.planes,
    )
