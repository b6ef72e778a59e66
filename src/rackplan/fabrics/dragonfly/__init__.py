r"""Dragonfly: groups of routers, each group fully meshed inside and joined to every other group.

    hosts  p each       hosts  p each             a router, its ports in order:
     |||   |||           |||   |||
    [R0]--[R1]          [Ra]--[Ra+1]              0 ... p-1            hosts
     | \  / |            | \  / |                 then L*(a-1)         local, by neighbour
     | /  \ |            | /  \ |                 then up to h         global
    [R2]--[R3]          [...]-[...]
      group 0 ============ group 1                ====  floor(a*h / (g-1)) links a pair of groups

Router r of the plane is router `r mod a` of group `r div a`. The global links follow the relative
arrangement (see `rackplan.groups.GroupJoin`): slot s of group i leads to group `i + 1 + s`, counted
round the groups, and the slots are dealt to the routers in order. A packet crosses at most one
local link, one global link and one local link.

Reference: J. Kim, W. J. Dally, S. Scott, D. Abts, "Technology-Driven, Highly-Scalable Dragonfly
Topology", ISCA 2008.
"""

from __future__ import annotations

from rackplan.fabrics.dragonfly.sizing import size
from rackplan.fabrics.dragonfly.spec import Shape, Spec
from rackplan.fabrics.dragonfly.wires import wire

__all__ = ["Shape", "Spec", "size", "wire"]
