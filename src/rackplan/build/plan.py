"""The Plan: the tables, and the design they came from."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from rackplan.audit import Check
from rackplan.build.facility import Facility
from rackplan.design import Design, SizedFabric
from rackplan.fabrics import nvlink
from rackplan.graph import to_csr, to_networkx
from rackplan.names import names_of
from rackplan.placement.place import Placement
from rackplan.tables import BLOCKS, LINKS, Array, Table

if TYPE_CHECKING:
    import networkx as nx
    import pandas as pd
    import scipy.sparse as sp


class Plan:
    """Everything enumerated. `tables` holds numpy columns; the properties give DataFrames."""

    def __init__(
        self,
        design: Design,
        tables: Mapping[str, Table],
        checks: tuple[Check, ...],
        placed: Placement | None = None,
        found: Facility | None = None,
    ) -> None:
        """Take the design, its tables and the audit; none is changed afterwards.

        `placed` is where everything stands, `found` what building and floor must give; None
        without a floor.
        """
        self.design = design
        self.placed = placed
        self.facility = found
        self.power = found.power if found is not None else None
        self.cooling = found.cooling if found is not None else None
        self.weights = found.weights if found is not None else None
        self.checks = checks
        self.tables = {**tables, "blocks": _blocks(design)}

    @property
    def racks(self) -> pd.DataFrame:
        """Racks with compute in them."""
        return self.tables["racks"].frame()

    @property
    def devices(self) -> pd.DataFrame:
        """Compute nodes and switches."""
        return self.tables["devices"].frame()

    @property
    def ports(self) -> pd.DataFrame:
        """Logical network ends, used or free."""
        return self.tables["ports"].frame()

    @property
    def links(self) -> pd.DataFrame:
        """Port-to-port connections of the scale-out fabrics."""
        return self.tables["links"].frame()

    @property
    def cables(self) -> pd.DataFrame:
        """Orderable cable assemblies."""
        return self.tables["cables"].frame()

    @property
    def modules(self) -> pd.DataFrame:
        """Transceivers and plugs, one a populated cage."""
        return self.tables["modules"].frame()

    @property
    def cages(self) -> pd.DataFrame:
        """Receptacles for modules and plugs."""
        return self.tables["cages"].frame()

    @property
    def blocks(self) -> pd.DataFrame:
        """What repeats: one row an NVLink domain, with its number of copies."""
        return self.tables["blocks"].frame()

    def rack_names(self) -> list[str]:
        """The name of every rack, in row order."""
        return self._names[0]

    def device_names(self) -> list[str]:
        """The name of every device, in row order."""
        return self._names[1]

    @cached_property
    def _names(self) -> tuple[list[str], list[str]]:
        return names_of(self.tables, self.design)

    def fabric(self, name: str) -> SizedFabric:
        """The sized fabric of a name.

        Raises:
            KeyError: no such fabric; the message lists those there are.
        """
        for fabric in self.design.fabrics:
            if fabric.name == name:
                return fabric
        message = f"no fabric '{name}'; there are {[f.name for f in self.design.fabrics]}"
        raise KeyError(message)

    def expand(self, block: int, copy: int = 0) -> pd.DataFrame:
        """The NVLink rows of one copy of a block.

        Columns: tier, a (GPU or lower chip), a_port, b (chip or other GPU), b_port, numbered
        within the domain, and the copy.

        Raises:
            IndexError: no such block or copy.
        """
        import pandas as pd

        domains = [p.domain for p in self.design.populations if p.domain is not None]
        domain = domains[block]
        if not 0 <= copy < domain.copies:
            message = f"block {block} has copies 0 to {domain.copies - 1}, not {copy}"
            raise IndexError(message)
        frames = [
            pd.DataFrame({
                "tier": pd.Categorical([level.tier]).repeat(len(level.a)),
                "a": level.a, "a_port": level.a_port, "b": level.b, "b_port": level.b_port,
                "copy": np.full(len(level.a), copy),
            })
            for level in nvlink.wire(domain.size)
        ]  # fmt: skip
        return pd.concat(frames, ignore_index=True)

    def graph(self, cut: str = "folded", *, fabric: str | None = None) -> nx.MultiGraph[str]:
        """A networkx graph of the fabrics; see `rackplan.graph.to_networkx` for the cuts."""
        return to_networkx(self, cut, fabric=fabric)

    def adjacency(self, fabric: str | None = None) -> sp.csr_array:
        """The adjacency of all devices as scipy CSR; see `rackplan.graph.to_csr`."""
        return to_csr(self, fabric)

    def links_of(self, fabric: str) -> dict[str, Array]:
        """The link columns of one fabric."""
        table = self.tables["links"]
        rows = table.where("fabric", fabric)
        return {name: table[name][rows] for name in LINKS.columns}


def _blocks(design: Design) -> Table:
    domains = [p.domain for p in design.populations if p.domain is not None]
    names = tuple(dict.fromkeys(domain.name for domain in domains))
    sizes = [domain.size for domain in domains]
    columns = {
        "name": [names.index(domain.name) for domain in domains],
        "copies": [domain.copies for domain in domains],
        "gpus": [size.gpus for size in sizes],
        "chips": [sum(size.chips) for size in sizes],
        "links": [size.all_links for size in sizes],
        "pairs": [size.nets for size in sizes],
    }
    return Table(BLOCKS, {k: np.asarray(v, dtype=np.int64) for k, v in columns.items()},
                 {"name": names})  # fmt: skip
