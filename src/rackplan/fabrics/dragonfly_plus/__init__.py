r"""Dragonfly+ (Megafly): groups of leaves and spines, whose spines join every two groups.

    hosts   p each       hosts   p each
     |||     |||          |||     |||         leaf:   0 ... p-1 hosts, then b uplinks to each spine
    [L0]    [L1]         [L0]    [L1]
     |  \  /  |           |  \  /  |          b links from each leaf to each spine of its group
     |  /  \  |           |  /  \  |
    [S0]    [S1]         [S0]    [S1]         spine:  b ports to each leaf, then up to h global
      \______|_____________/      |
             |____________________|           floor(s*h / (g-1)) links a pair of groups

Leaf x of the plane is leaf `x mod l` of group `x div l`, and so are the spines. The global links
follow the relative arrangement (see `rackplan.groups.GroupJoin`); where every spine has a port for
every other group, spine k of a group meets spine k of all others.

Reference: A. Shpiner, Z. Haramaty, S. Eliad, V. Zdornov, B. Gafni, E. Zahavi, "Dragonfly+: Low
Cost Topology for Scaling Datacenters", HiPINEB 2017.
"""

from __future__ import annotations

from rackplan.fabrics.dragonfly_plus.sizing import size
from rackplan.fabrics.dragonfly_plus.spec import Shape, Spec
from rackplan.fabrics.dragonfly_plus.wires import wire

__all__ = ["Shape", "Spec", "size", "wire"]
