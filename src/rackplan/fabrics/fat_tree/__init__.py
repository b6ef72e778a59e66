r"""Fat trees of one, two and three tiers, rail-optimised or plain, in equal planes.

Two tiers, one plane; every leaf has a bundle of b links to every spine:

    spines        0 ......... s-1             port of leaf l on a spine: l*b ... l*b + b-1
                  | \\       / |
    leaves   r0,su0,0   r0,su1,0   r1,su0,0   ports: 0 ... d-1 down, d ... d+U-1 up
                 |||        |||
    NIC i of node n: leaf (rail of i, SU of n, n // d), port n % d

Three tiers; a group of g leaves has spines of its own, spine j of every group meets core set j:

    core sets     [set 0: w cores] ... [set s-1: w cores]
                     |                     |
    groups        spine 0 ............. spine s-1      (of each group)
                     |  X                  |
                  leaf 0 .............. leaf g-1

Counts follow the uniform-bundle rule (`rackplan.wiring.uniform_parents`): leaves are counted for
full SUs, leaf-spine cabling is complete, and what a partial SU does not use stays dark.
"""

from __future__ import annotations

from rackplan.fabrics.fat_tree.sizing import size
from rackplan.fabrics.fat_tree.spec import Shape, Spec
from rackplan.fabrics.fat_tree.wires import wire

__all__ = ["Shape", "Spec", "size", "wire"]
