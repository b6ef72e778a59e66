"""How far a channel reaches, which of its parts says so, and what else would reach."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from rackplan.catalog.base import Entry, Number
from rackplan.catalog.cables import Cable
from rackplan.catalog.facts import claim_origin
from rackplan.channel.chain import Channel
from rackplan.errors import Problem
from rackplan.units import show_value


class Candidate(Protocol):
    """A way to carry a link: what a message calls it, and how far it reaches."""

    @property
    def title(self) -> str:
        """Its cable and modules."""

    @property
    def reach_m(self) -> float | None:
        """The longest length that works; None when not known. [m]"""


@dataclass(frozen=True)
class Reach:
    """The longest length that works, and the part of the channel that limits it.

    Attributes:
        m: the length. [m]
        limit: the module or cable with the least reach.
        source: key of the source of that number; None when it has none.
    """

    m: float
    limit: Entry
    source: str | None

    @property
    def text(self) -> str:
        """What a message says: `MFP7E40 reaches 50 m (nvidia-mpo-cabling)`."""
        source = f" ({self.source})" if self.source else ""
        return f"{self.limit.title} reaches {show_value(self.m)} m{source}"


def reach_m(channel: Channel) -> Reach | None:
    """The least reach of the modules and cables; None when none of them tells one.

    The reach of a cable is that of the whole channel in which it is: the makers' lengths include
    panels and trunk.
    """
    told: list[tuple[Entry, Number]] = [(end, end.reach_m) for end in channel.modules]
    told += [(part, part.reach_m) for part in channel.parts if isinstance(part, Cable)]
    known = [(fact.value, entry, fact) for entry, fact in told if fact.value is not None]
    if not known:
        return None
    reach, entry, fact = min(known, key=lambda row: row[0])
    return Reach(reach, entry, claim_origin(entry, fact)[0])


def too_long(
    channel: Channel,
    length_m: float,
    where: str = "the channel",
    candidates: Sequence[Candidate] = (),
) -> list[Problem]:
    """RP336 where a length exceeds the reach; the hint names the first candidate that suffices.

    `candidates` are in the order in which the user would take them.
    """
    reach = reach_m(channel)
    if reach is None or length_m <= reach.m:
        return []
    message = f"{where} is {show_value(round(length_m, 1))} m long; {reach.text}"
    return [Problem("RP336", message, alternative(length_m, candidates), channel.path)]


def alternative(length_m: float, candidates: Sequence[Candidate]) -> str:
    """A hint: the first candidate that reaches so far, or else what is left to do."""
    for choice in candidates:
        if choice.reach_m is not None and length_m <= choice.reach_m:
            return f"use {choice.title}, which reaches {show_value(choice.reach_m)} m"
    reaches = [choice.reach_m for choice in candidates if choice.reach_m is not None]
    if reaches:
        return (
            f"bring the ends nearer: nothing that fits reaches beyond {show_value(max(reaches))} m"
        )
    return "bring the ends nearer, or use a cable or modules that reach further"
