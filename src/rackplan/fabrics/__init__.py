"""Topologies: one file each, with `Spec`, `size()` and `wire()`; `FABRICS` lists them."""

from __future__ import annotations

from types import ModuleType
from typing import Annotated, TypeAlias

from pydantic import Field

from rackplan.fabrics import (
    dragonfly,
    dragonfly_plus,
    fat_tree,
    hamming_mesh,
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
    "dragonfly": dragonfly,
    "dragonfly-plus": dragonfly_plus,
    "hyperx": hyperx,
    "slim-fly": slim_fly,
    "polarfly": polarfly,
    "torus": torus,
    "hamming-mesh": hamming_mesh,
}

AnySpec: TypeAlias = Annotated[
    fat_tree.Spec
    | rail_only.Spec
    | two_zone.Spec
    | dragonfly.Spec
    | dragonfly_plus.Spec
    | hyperx.Spec
    | slim_fly.Spec
    | polarfly.Spec
    | torus.Spec
    | hamming_mesh.Spec,
    Field(discriminator="topology"),
]
"""The spec of any topology, told apart by its `topology`."""
