"""Structured cabling of a tier: the key `trunk`, and what it says about links and strands."""

from __future__ import annotations

from dataclasses import dataclass

from rackplan.catalog.base import Model
from rackplan.catalog.cables import Cable
from rackplan.catalog.parts import Part
from rackplan.errors import Path, Problem


class TrunkSpec(Model):
    """Cords to patch panels at both ends, and trunks between the panels of two racks.

    Links within one rack keep one direct cord.
    """

    panel: str
    """Patch panel in every rack that such links leave: an id in `parts/`."""
    trunk: str
    """Trunk between the panels of two racks: an id in `parts/`."""
    cord: str | None = None
    """Cord from a device to its panel: an id in `cables/`; when absent, that of the tier."""


@dataclass(frozen=True)
class Trunking:
    """A `TrunkSpec` with the entries in place of their ids."""

    panel: Part
    trunk: Part
    cord: Cable

    @property
    def parts(self) -> tuple[Cable | Part, ...]:
        """What light crosses on its way: cord, panel, trunk, panel, cord."""
        return self.cord, self.panel, self.trunk, self.panel, self.cord

    @property
    def strands_per_link(self) -> int | None:
        """Strands that a link takes in the trunk; None where nobody says.

        A cord with the trunk's own connector takes one whole connector of it: 12 strands for a
        link of 8 fibers on MPO-12. Other cords meet the trunk in a cassette, strand by strand.
        """
        fibers, ports = self.trunk.fibers.value, self.trunk.ports.value
        if self.cord.connector and self.cord.connector == self.trunk.connector.value:
            return fibers // ports if fibers and ports else None
        return self.cord.strands.value

    def problems(self, path: Path = ()) -> list[Problem]:
        """RP312 for parts that do not fit each other, RP327 for unpublished numbers."""
        for part, wanted, key in (
            (self.panel, "patch-panel", "panel"),
            (self.trunk, "trunk", "trunk"),
        ):
            if part.category != wanted:
                message = f"{part.title} is no {wanted} but {part.category}"
                hint = f"name a part of the category '{wanted}'"
                return [Problem("RP312", message, hint, (*path, key))]
        if self.cord.ends.value != 2:
            message = f"{self.cord.title} is a splitter with {self.cord.ends.value} ends"
            return [Problem("RP312", message, "use a straight cord", (*path, "cord"))]
        plugs = self.cord.connector, self.panel.connector.value
        if all(plugs) and plugs[0] != plugs[1]:
            message = f"{self.cord.title} has {plugs[0]}, {self.panel.title} {plugs[1]}"
            hint = "use a panel with the connector of the cord"
            return [Problem("RP312", message, hint, (*path, "panel"))]
        strands = self.strands_per_link
        return [*self._counts(strands, path)]

    def _counts(self, strands: int | None, path: Path) -> list[Problem]:
        """Whether panel and trunk hold at least one link."""
        found = []
        for part, key, keys, links in (
            (self.panel, "panel", "'ports'", links_per_panel(self.panel, strands)),
            (self.trunk, "trunk", "'ports' and 'fibers'", links_per_trunk(self.trunk, strands)),
        ):
            if links is None:
                message = f"nobody says how many links {part.title} takes"
                hint = f"lay an entry with {keys} over the catalog"
                found.append(Problem("RP327", message, hint, (*path, key)))
            elif not links:
                message = f"{part.title} has {part.fibers.value} fibers, a link takes {strands}"
                hint = f"use one with {strands} fibers or more"
                found.append(Problem("RP312", message, hint, (*path, key)))
        return found


def links_per_trunk(trunk: Part, strands_per_link: int | None) -> int | None:
    """Links that one trunk carries: by its fibers, else by its connectors; None if unpublished."""
    if trunk.fibers.value is not None and strands_per_link:
        return trunk.fibers.value // strands_per_link
    return trunk.ports.value


def links_per_panel(panel: Part, strands_per_link: int | None) -> int | None:
    """Links that one panel takes: by its ports, else by its fibers; None if unpublished."""
    if panel.ports.value is None and panel.fibers.value is not None and strands_per_link:
        return panel.fibers.value // strands_per_link
    return panel.ports.value
