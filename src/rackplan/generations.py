"""Generations of rack-scale systems side by side: power, density, arithmetic, pairs and pins."""

from __future__ import annotations

from collections.abc import Iterator

from rackplan.catalog import Gpu, Node, NvlinkChip, Rack, System
from rackplan.catalog.base import Catalog
from rackplan.fabrics import nvlink
from rackplan.tables import Column, Result

_COLUMNS = {
    "system": Column("str", "", "catalog id"),
    "name": Column("str", "", "product name"),
    "release": Column("str", "", "when its GPU was released or is announced for"),
    "gpus": Column("int", "", "GPU packages of one rack"),
    "dies": Column("int", "", "GPU dies of one rack"),
    "rack_w": Column("float", "W", "power that one rack is planned with"),
    "kind": Column("str", "", "which power that is"),
    "widths": Column("float", "", "standard rack widths that it takes; empty when unknown"),
    "w_per_width": Column("float", "W", "power for each standard rack width"),
    "gpus_per_width": Column("float", "", "GPU packages for each standard rack width"),
    "fp4_dense_pflops": Column("float", "PFLOPS", "dense FP4 of one rack"),
    "fp4_pflops_per_kw": Column("float", "PFLOPS/kW", "dense FP4 for each kW"),
    "pairs": Column("int", "", "NVLink pairs at the GPUs of one domain"),
    "pins": Column("int", "", "NVLink connector pins installed on all faces of one domain"),
}


def generations(catalog: Catalog) -> Result:
    """One row for every system of the catalog, by power of the rack; unknown numbers stay empty."""
    rows = [_row(catalog.find(System, wanted), catalog) for wanted in catalog.ids(System)]
    rows.sort(key=lambda row: (row["rack_w"] is None, row["rack_w"] or 0, row["system"]))
    return Result("generations", "Generations of rack-scale systems", _COLUMNS, tuple(rows))


def _row(system: System, catalog: Catalog) -> dict[str, object]:
    node, rack = catalog.find(Node, system.node), catalog.find(Rack, system.rack)
    gpu = catalog.find(Gpu, node.gpu) if node.gpu else None
    planned = system.power.planning()
    watts = planned[1] if planned else None
    gpus = system.nodes.value * node.gpus.value // system.racks.value
    flops = gpu.fp4_dense_pflops.value if gpu else None
    widths = rack.standard_widths.value
    pairs, pins = next(_domain(system, node, gpu, catalog), (None, None))
    return {
        "system": system.id,
        "name": system.title,
        "release": gpu.release.value if gpu else None,
        "gpus": gpus,
        "dies": gpus * gpu.dies.value if gpu else None,
        "rack_w": watts,
        "kind": planned[0] if planned else "",
        "widths": widths,
        "w_per_width": watts / widths if watts and widths else None,
        "gpus_per_width": gpus / widths if widths else None,
        "fp4_dense_pflops": None if flops is None else flops * gpus,
        "fp4_pflops_per_kw": None if flops is None or not watts else flops * gpus / watts * 1000,
        "pairs": pairs,
        "pins": pins,
    }


def _domain(
    system: System, node: Node, gpu: Gpu | None, catalog: Catalog
) -> Iterator[tuple[int, int | None]]:
    """Pairs and installed pins of one NVLink domain, where both are known."""
    scale_up = system.scale_up or node.scale_up
    if scale_up is None or gpu is None:
        return
    nodes = system.nodes.value if system.scale_up else 1
    chip = catalog.find(NvlinkChip, scale_up.chip) if scale_up.chip else None
    top = catalog.find(NvlinkChip, scale_up.second.chip) if scale_up.second else None
    size = nvlink.size(scale_up, gpu, nodes * node.gpus.value, chip, top)
    if size is not None:
        yield size.nets, size.installed_pins_all_faces
