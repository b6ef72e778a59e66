"""The links of a dragonfly, port by port."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rackplan.direct import host_links, links_between
from rackplan.fabrics.dragonfly.spec import Shape, Spec
from rackplan.sizes import EndBlock, FabricSize
from rackplan.topology import LinkBatch, SwitchColumns, Wiring


def wire(spec: Spec, sized: FabricSize, blocks: Sequence[EndBlock]) -> Wiring:
    """One plane, port by port; see the drawing at the top of the file."""
    shape: Shape = sized.shape
    join = shape.join
    batches = [host_links(blocks, spec.planes, shape.hosts, "host_router", "router")]
    if shape.routers > 1:
        batches.append(_local(shape))
    if join.used:
        low, low_port, high, high_port = join.wires()
        first = shape.first + shape.local_ports
        batches.append(
            links_between("global", "router", low, low_port + first, high, high_port + first)
        )
    router = np.arange(join.groups * shape.routers)
    columns = SwitchColumns("router", np.full(len(router), -1), router // shape.routers)
    return Wiring((columns,), tuple(batches), spec.planes)


def _local(shape: Shape) -> LinkBatch:
    """The links inside the groups; the port towards neighbour j counts the others in order."""
    width, pairs = shape.local_links, np.triu_indices(shape.routers, 1)
    low, high = (np.repeat(side, width) for side in pairs)
    copy = np.tile(np.arange(width), len(pairs[0]))
    group = np.arange(shape.join.groups)[:, None] * shape.routers
    groups = shape.join.groups
    low_port = np.tile(shape.first + (high - 1) * width + copy, groups)
    high_port = np.tile(shape.first + low * width + copy, groups)
    low, high = (group + low).ravel(), (group + high).ravel()
    return links_between("local", "router", low, low_port, high, high_port)
