"""Diagrams of a plan: the fabrics in layers, one NVLink domain, and a page with all of them."""

from __future__ import annotations

from rackplan.views.diagram_fabric import fabric_figure
from rackplan.views.diagram_nvlink import nvlink_figure
from rackplan.views.diagram_page import diagram_html

__all__ = ["diagram_html", "fabric_figure", "nvlink_figure"]
