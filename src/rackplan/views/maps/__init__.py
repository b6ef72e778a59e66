"""Maps of direct topologies: groups on a ring, lattices and boards, and one group in detail."""

from __future__ import annotations

from rackplan.views.maps.figure import is_direct, map_figure

__all__ = ["is_direct", "map_figure"]
