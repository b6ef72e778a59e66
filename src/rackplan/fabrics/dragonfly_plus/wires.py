"""The links of a dragonfly+, port by port."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rackplan.direct import host_links, links_between
from rackplan.fabrics.dragonfly_plus.spec import Shape, Spec
from rackplan.sizes import EndBlock, FabricSize
from rackplan.topology import LinkBatch, SwitchColumns, Wiring
from rackplan.wiring import bundled


def wire(spec: Spec, sized: FabricSize, blocks: Sequence[EndBlock]) -> Wiring:
    """One plane, port by port; see the drawing at the top of the file."""
    shape: Shape = sized.shape
    join = shape.join
    leaf = np.arange(join.groups * shape.leaves)
    group, member = np.divmod(leaf, shape.leaves)
    up = bundled(group * join.members, member, [shape.local_links] * join.members)
    batches = [
        host_links(blocks, spec.planes, shape.hosts, "host_leaf", "leaf"),
        LinkBatch(
            "leaf_spine", "leaf", up.lower, up.lower_port + shape.first,
            "spine", up.upper, up.upper_port, np.full(len(up.lower), -1),
        ),
    ]  # fmt: skip
    if join.used:
        low, low_port, high, high_port = join.wires()
        low_port, high_port = low_port + shape.down, high_port + shape.down
        batches.append(links_between("global", "spine", low, low_port, high, high_port))
    spine = np.arange(join.groups * join.members)
    columns = (
        SwitchColumns("leaf", np.full(len(leaf), -1), group),
        SwitchColumns("spine", np.full(len(spine), -1), spine // join.members),
    )
    return Wiring(columns, tuple(batches), spec.planes)
