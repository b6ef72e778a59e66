r"""HyperX: routers at the points of a lattice, all routers of a line joined with each other.

      o---o---o---o     every two routers of a row have K_1 parallel links (tier dim_1),
      |   |   |   |
      o---o---o---o     every two of a column K_2 (tier dim_2), and so on
      |   |   |   |
      o---o---o---o     network ports of a router: K_1 (S_1 - 1) + K_2 (S_2 - 1) + ...

The router at (x_1, x_2, x_3 ...) has the number `x_1 + S_1 (x_2 + S_2 (x_3 + ...))`; its group is
its row of dimension 1. Ports of a router: its T hosts; then, dimension by dimension, K_i ports for
every other router of the line, by its place there. A path has at most one link in a dimension.

Source: J. H. Ahn, N. Binkert, A. Davis, M. McLaren and R. S. Schreiber, "HyperX: Topology,
Routing, and Packaging of Efficient Large-Scale Networks", SC 2009.
"""

from __future__ import annotations

from rackplan.fabrics.hyperx.sizing import size
from rackplan.fabrics.hyperx.spec import Shape, Spec
from rackplan.fabrics.hyperx.wires import wire

__all__ = ["Shape", "Spec", "size", "wire"]
