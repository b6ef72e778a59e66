"""Topologies: one file each, with `Spec`, `size()` and `wire()`; `FABRICS` lists them."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, TypeAlias

from pydantic import Field

from rackplan.fabrics import (
    fat_tree,
    hyperx,
    polarfly,
    rail_only,
    slim_fly,
    torus,
    two_zone,
)

FABRICS: dict[str, ModuleType] = {
    "fat-tree": fat_tree,
    "rail-only": rail_only,
    "two-zone": two_zone,
    "hyperx": hyperx,
    "slim-fly": slim_fly,
    "polarfly": polarfly,
    "torus": torus,
}

AnySpec: TypeAlias = Annotated[
    fat_tree.Spec
    | rail_only.Spec
    | two_zone.Spec
    | hyperx.Spec
    | slim_fly.Spec
    | polarfly.Spec
    | torus.Spec,
    Field(discriminator="topology"),
]
"""The spec of any topology, told apart by its `topology`."""
