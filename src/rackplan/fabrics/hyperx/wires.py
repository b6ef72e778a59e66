"""The links of a HyperX, port by port."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from rackplan import direct
from rackplan.fabrics.hyperx.spec import Shape, Spec
from rackplan.sizes import EndBlock, FabricSize
from rackplan.topology import LinkBatch, SwitchColumns, Wiring


def wire(spec: Spec, sized: FabricSize, blocks: Sequence[EndBlock]) -> Wiring:
    """The links of one plane, port by port."""
    shape: Shape = sized.shape
    hosts = direct.host_links(blocks, spec.planes, shape.per_router, "host_router", "router")
    links = [_dimension(shape, dimension) for dimension in range(len(shape.sides))]
    group = np.arange(shape.routers) // shape.sides[0]
    column = SwitchColumns("router", np.full(shape.routers, -1), group)
    return Wiring((column,), (hosts, *links), spec.planes)


def _dimension(shape: Shape, dimension: int) -> LinkBatch:
    """The links along one dimension: line by line, every pair of its routers."""
    side, width = shape.sides[dimension], shape.widths[dimension]
    stride = math.prod(shape.sides[:dimension])
    line = np.flatnonzero(np.arange(shape.routers) // stride % side == 0)[:, None, None]
    low, high = (place[:, None] for place in np.triu_indices(side, k=1))
    port = shape.first_port + sum(shape.ports[:dimension]) + np.arange(width)
    columns = (line + low * stride, port + (high - 1) * width, line + high * stride,
               port + low * width)  # fmt: skip
    ends = [column.ravel() for column in np.broadcast_arrays(*columns)]
    return direct.links_between(f"dim_{dimension + 1}", "router", *ends)
