"""Topologies: one file each, with `Spec`, `size()` and `wire()`; `FABRICS` lists them."""

from __future__ import annotations

from types import ModuleType

from rackplan.fabrics import fat_tree

FABRICS: dict[str, ModuleType] = {"fat-tree": fat_tree}
