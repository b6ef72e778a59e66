"""Price lists: dated, sourced, apart from the hardware."""

from __future__ import annotations

from typing import ClassVar, Literal

from rackplan.catalog.base import Entry, Number


class PriceList(Entry):
    """Unit prices by catalog id; what is missing stays unknown."""

    folder: ClassVar[str] = "prices"
    singular: ClassVar[str] = "price list"

    currency: Literal["USD"]
    date: str
    """ISO date on which the prices held."""
    items: dict[str, Number]
    """Unit price by catalog id. [USD]"""
