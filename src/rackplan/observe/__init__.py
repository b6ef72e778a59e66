"""Files of a running fabric as observed links, and what sets them apart from the planned ones."""

from __future__ import annotations

from rackplan.observe.ibnetdiscover import read_discovered
from rackplan.observe.links import Differences, Links, compare_links, planned_links

__all__ = ["Differences", "Links", "compare_links", "planned_links", "read_discovered"]
