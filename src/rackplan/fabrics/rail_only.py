r"""Rail-only: a fat tree of its own for every GPU place of an NVLink domain, none joined.

    domain 0                 domain 1
    GPU 0  GPU 1 ... GPU D-1   GPU 0  GPU 1 ... GPU D-1
      |      |                   |      |
      |      +---------- tree 1 -|------+
      +----------------- tree 0 -+

Traffic between rails first moves inside the domain over NVLink. A domain may span several nodes
(a rack of GB200 NVL72 has 72 places), so rail `node in domain * ports + port` is a plane of one
GPU a domain, each a tree as `fat-tree` builds it. DeepSeek's multi-plane fat tree is the case of
a domain of one node.

Reference: W. Wang et al., "Rail-only: A Low-Cost High-Performance Network for Training LLMs with
Trillion Parameters", 2023, arXiv 2307.12169.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np

from rackplan.errors import InfeasibleError, Problem
from rackplan.sizes import EndBlock, FabricSize
from rackplan.topology import LinkBatch, Offers, Wiring
from rackplan.trees.counting import counted
from rackplan.trees.hosts import host_links, seat
from rackplan.trees.plane import shape_plane
from rackplan.trees.spec import TreeSpec
from rackplan.trees.wires import switch_columns, switch_links

__all__ = ["Spec", "size", "wire"]


class Spec(TreeSpec):
    """Rails that never meet in a switch."""

    topology: Literal["rail-only"]
    """`rail-only`: a separate fat tree for every GPU place of an NVLink domain."""


def size(spec: Spec, blocks: Sequence[EndBlock], offers: Offers) -> FabricSize:
    """Count the switches and links of all rails; `planes` of the result are the rails.

    Raises:
        InfeasibleError: RP301 too few ports, RP305 hosts that differ, RP325 domains cut in two,
            RP110 `planes`, which the rails are here.
    """
    rails = _rails(spec, blocks)
    seating = seat(_one_rail(blocks), 1, 1)
    shape = shape_plane(spec, seating.units, 1, seating.guests, offers)
    return counted(shape, planes=rails, rails=rails, link=offers.link_gbps)


def wire(spec: Spec, sized: FabricSize, blocks: Sequence[EndBlock]) -> Wiring:
    """The links of all rails, port by port."""
    rails = _rails(spec, blocks)
    ports, domain = blocks[0].ports, blocks[0].domain
    one_rail = _one_rail(blocks)
    batches = host_links(one_rail, 1, 1, seat(one_rail, 1, 1), sized.shape)
    rail = np.arange(rails)[:, None]
    hosts = [
        LinkBatch(
            batch.tier,
            batch.lower_role,
            (batch.lower[None, :] * domain + rail // ports).ravel(),
            np.repeat(rail % ports, len(batch.lower)),
            batch.upper_role,
            np.tile(batch.upper, rails),
            np.tile(batch.upper_port, rails),
            np.repeat(rail, len(batch.lower)),
            plane=np.repeat(rail, len(batch.lower)),
        )
        for batch in batches
    ]
    columns = tuple(replace(column, rail=np.full(len(column.rail), -1))
                    for column in switch_columns(sized.shape))  # fmt: skip
    links = tuple(replace(batch, rail=np.full(len(batch.lower), -1))
                  for batch in switch_links(sized.shape))  # fmt: skip
    return Wiring(switches=columns, links=(*hosts, *links), planes=rails)


def _rails(spec: Spec, blocks: Sequence[EndBlock]) -> int:
    """Places of a domain: its nodes times their ports."""
    if spec.planes != 1:
        message = f"'planes: {spec.planes}' does not go with rail-only: every rail is a plane"
        raise InfeasibleError([Problem("RP110", message, "remove it", ("planes",))])
    if len({(block.ports, block.gbps, block.domain) for block in blocks}) > 1:
        message = "the nodes differ in ports, rate or NVLink domain, so they have no common rails"
        hint = "put them on fabrics of their own"
        raise InfeasibleError([Problem("RP305", message, hint)])
    domain = blocks[0].domain
    for block in blocks:
        if block.nodes % domain or block.full_nodes % domain:
            message = (
                f"{block.full_nodes:,} nodes of a scalable unit are no whole number of NVLink "
                f"domains of {domain} nodes"
            )
            raise InfeasibleError([Problem("RP325", message, f"use a multiple of {domain}")])
    return domain * blocks[0].ports


def _one_rail(blocks: Sequence[EndBlock]) -> list[EndBlock]:
    """The blocks as one rail sees them: one host with one port for each domain."""
    return [
        replace(block, nodes=block.nodes // block.domain,
                full_nodes=block.full_nodes // block.domain, ports=1)
        for block in blocks
    ]  # fmt: skip
