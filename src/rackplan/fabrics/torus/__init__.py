r"""Torus: a lattice whose lines are rings, of routers or of the hosts themselves.

      .-----------------------.
      '-- o --- o --- o --- o-'    dim_1: every line of dimension 1 is a ring
          |     |     |     |
      .-- o --- o --- o --- o-.    dim_2: every line of dimension 2 is a ring, and so on
      '---|-----|-----|-----|-'

A node has two ports in every dimension, towards the next and the previous one of its ring; a ring
of two has two parallel links. Node (x_1, x_2, x_3 ...) has the number
`x_1 + S_1 (x_2 + S_2 (x_3 + ...))`.

With a switch, the nodes are routers: ports of a router are its hosts, then next and previous of
dimension 1, then of dimension 2, and so on; its group is its ring of dimension 1. Without one, the
hosts are the nodes: the ports of a host in a plane are next and previous of each dimension in
turn. Hosts may stand on boards that hold a block of the torus; links on a board are a tier of
their own, and need no cable:

          board     board
        +-------+ +-------+
     ---| o - o |-| o - o |---    a board of 2 x 2: half of the links of both dimensions
        | |   | | | |   | |       run on boards (tier board), half between them
        | o - o |-| o - o |---
        +-------+ +-------+

Sources: W. J. Dally, "Performance Analysis of k-ary n-cube Interconnection Networks", IEEE Trans.
Computers 39, 1990; boards: T. Hoefler et al., "HammingMesh: A Network Topology for Large-Scale Deep
Learning", SC 2022.
"""

from __future__ import annotations

from rackplan.fabrics.torus.sizing import size
from rackplan.fabrics.torus.spec import Shape, Spec
from rackplan.fabrics.torus.wires import wire

__all__ = ["Shape", "Spec", "size", "wire"]
