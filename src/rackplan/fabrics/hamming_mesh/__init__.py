r"""HammingMesh: boards of meshed accelerators, whose rows and columns meet in switches.

    a board of 3 x 2 accelerators       4 x 3 boards; row line r of a row of boards meets the west
                                        and east ports of row r of all its boards
       N   N   N
       |   |   |                        [board]  [board]  [board]  [board]
    W--A---A---A--E                      |   |    |   |    |   |    |   |
       |   |   |                       ==o===o====o===o====o===o====o===o==  row line: one switch,
    W--A---A---A--E                                                          or leaves and spines
       |   |   |
       S   S   S                        and the column lines meet the north and south ports

Accelerator (row, column) of a board is its number `row * a + column`; boards fill the rows of
boards one after another. Port 2k of a line is the west (north) port of its k-th board, port 2k + 1
the east (south) port. A switch takes as many lines as it has ports for; a line that is longer than
a switch is a tree of two tiers, leaves below and spines above.

A host is an accelerator, with four ports in each plane: north, east, south, west. Or it is a whole
board whose mesh is its own business, with the `2 * (a + b)` outward ports of the board in each
plane: north by column, east by row, south by column, west by row. The number of its ports tells.

Reference: T. Hoefler, T. Bonato, D. De Sensi, S. Di Girolamo, S. Li, M. Heddes, J. Belk, D. Goel,
M. Castro, S. Scott, "HammingMesh: A Network Topology for Large-Scale Deep Learning", SC 2022.
"""

from __future__ import annotations

from rackplan.fabrics.hamming_mesh.sizing import size
from rackplan.fabrics.hamming_mesh.spec import Shape, Spec
from rackplan.fabrics.hamming_mesh.wires import wire

__all__ = ["Shape", "Spec", "size", "wire"]
