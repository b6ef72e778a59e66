"""The catalog: what can be bought. `KINDS` maps each folder of `catalogs/` to its model."""

from __future__ import annotations

from rackplan.catalog.accounting import Accounting
from rackplan.catalog.base import Entry
from rackplan.catalog.cables import Cable
from rackplan.catalog.cpus import Cpu
from rackplan.catalog.gpus import Gpu
from rackplan.catalog.nics import Nic
from rackplan.catalog.nodes import Node
from rackplan.catalog.nvlink import NvlinkChip
from rackplan.catalog.optics import Transceiver
from rackplan.catalog.parts import Part
from rackplan.catalog.prices import PriceList
from rackplan.catalog.racks import Rack
from rackplan.catalog.switches import Switch
from rackplan.catalog.systems import System

__all__ = [
    "KINDS",
    "Accounting",
    "Cable",
    "Cpu",
    "Gpu",
    "Nic",
    "Node",
    "NvlinkChip",
    "Part",
    "PriceList",
    "Rack",
    "Switch",
    "System",
    "Transceiver",
]

KINDS: dict[str, type[Entry]] = {
    kind.folder: kind
    for kind in (
        Rack,
        System,
        Node,
        Gpu,
        Cpu,
        Nic,
        NvlinkChip,
        Switch,
        Transceiver,
        Cable,
        Part,
        PriceList,
        Accounting,
    )
}
