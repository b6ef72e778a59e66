"""The links of a fat tree, port by port."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np

from rackplan.design import EndBlock, FabricSize
from rackplan.fabrics.fat_tree.sizing import ports_per_rail
from rackplan.fabrics.fat_tree.spec import Shape, Spec
from rackplan.topology import LinkBatch, SwitchColumns, Wiring
from rackplan.wiring import IntArray, wire_level


def wire(spec: Spec, sized: FabricSize, blocks: Sequence[EndBlock]) -> Wiring:
    """The links of all planes, port by port; see the drawing at the top of the package."""
    shape: Shape = sized.shape
    per_node = ports_per_rail(spec, blocks)
    leaf_place = _leaf_places(shape, spec.rails)
    one_plane = [_hosts_to_leaves(spec, blocks, per_node, shape)]
    if shape.tiers > 1:
        up = wire_level(shape.tree, 1, leaf_place)
        rails = np.repeat(np.arange(spec.rails), shape.leaves_per_rail * shape.up)
        one_plane.append(
            LinkBatch("leaf_spine", "leaf", up.lower, up.lower_port + shape.down,
                      "spine", up.upper, up.upper_port, rails)
        )  # fmt: skip
    if shape.tiers > 2:
        top = wire_level(shape.tree, 2, np.arange(shape.groups))
        spine_down = shape.group * (shape.up // shape.spines)
        rails = np.repeat(_group_rails(shape, spec.rails), shape.spines * shape.spine_up)
        one_plane.append(
            LinkBatch("spine_core", "spine", top.lower, top.lower_port + spine_down,
                      "core", top.upper, top.upper_port, rails)
        )  # fmt: skip
    return Wiring(
        switches=tuple(_switches(spec, sized, shape)),
        links=tuple(one_plane),
        planes=spec.planes,
    )


def _leaf_places(shape: Shape, rails: int) -> IntArray:
    """The place of every leaf in the full tree (groups of the last rail part may have holes)."""
    in_rail = np.arange(shape.leaves_per_rail)
    if shape.tiers < 3:
        return np.arange(rails * shape.leaves_per_rail)
    groups_per_rail = shape.groups // rails
    rail = np.arange(rails)[:, None]
    return (rail * groups_per_rail * shape.group + in_rail[None, :]).ravel()


def _group_rails(shape: Shape, rails: int) -> IntArray:
    return np.repeat(np.arange(rails), shape.groups // rails)


def _hosts_to_leaves(
    spec: Spec, blocks: Sequence[EndBlock], per_node: int, shape: Shape
) -> LinkBatch:
    """Host links of one plane, ordered by node, rail and port; `lower_port` is for plane 0.

    Port x of a node (x counts its ports on the fabric) lies on rail `x // (ports / rails)`, and
    within the rail plane `x % planes` takes it. The loop is over SUs, not over nodes.
    """
    rails, planes = spec.rails, spec.planes
    node, leaf, leaf_port = [], [], []
    first_leaf = first_port = 0
    for block in blocks:
        node.append(np.repeat(block.first_node + np.arange(block.nodes), per_node * rails))
        if shape.tiers == 1:
            ends = block.nodes * per_node * rails
            leaf.append(np.zeros(ends, dtype=np.int64))
            leaf_port.append(first_port + np.arange(ends))
            first_port += ends
            continue
        by_node = np.arange(block.nodes * per_node).reshape(block.nodes, 1, per_node)
        rail_first = np.arange(rails).reshape(1, rails, 1) * shape.leaves_per_rail
        leaf.append((rail_first + first_leaf + by_node // shape.down).ravel())
        leaf_port.append(np.broadcast_to(by_node % shape.down,
                                         (block.nodes, rails, per_node)).ravel())  # fmt: skip
        first_leaf += -(-block.full_nodes * per_node // shape.down)
    nodes = np.concatenate(node)
    x = np.arange(per_node * rails)
    in_plane = (x // per_node) * (per_node * planes) + (x % per_node) * planes
    port = np.tile(in_plane, len(nodes) // len(x))
    rail = np.tile(x // per_node, len(nodes) // len(x))
    return LinkBatch("host_leaf", "host", nodes, port,
                     "leaf", np.concatenate(leaf), np.concatenate(leaf_port), rail)  # fmt: skip


def _switches(spec: Spec, sized: FabricSize, shape: Shape) -> Iterator[SwitchColumns]:
    """Rail and group of every switch of one plane, role by role."""
    planes = spec.planes
    for role in sized.roles:
        count = role.switches // planes
        rail = np.full(count, -1)
        group = np.full(count, -1)
        if role.name == "leaf" and shape.tiers > 1:
            rail = np.repeat(np.arange(spec.rails), shape.leaves_per_rail)
            if shape.tiers > 2:
                group = _leaf_places(shape, spec.rails) // shape.group
        elif role.name == "spine" and shape.tiers > 2:
            group = np.repeat(np.arange(shape.groups), shape.spines)
            rail = np.repeat(_group_rails(shape, spec.rails), shape.spines)
        elif role.name == "core":
            group = np.repeat(np.arange(shape.spines), shape.cores)
        yield SwitchColumns(role.name, rail, group)
