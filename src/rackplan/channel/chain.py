"""A fiber channel as a chain of cords, panels and trunks, and the rules that the chain must keep.

Each check returns the problems that it found, and none for what the catalog does not say.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

from rackplan.catalog.cables import Cable
from rackplan.catalog.optics import Transceiver
from rackplan.catalog.parts import Part
from rackplan.errors import Path, Problem

Component = Cable | Part

MOST_PANELS = 2
"""Panels that a channel may have: NVIDIA's reaches assume no more (nvidia-mpo-cabling)."""
_MULTI_FIBER = ("mpo-", "mmc-")
_NUMBERS = ("no", "one", "two", "three", "four", "five", "six", "seven")
_MODE_WORDS = {"single": "single-mode", "multi": "multimode"}


@dataclass(frozen=True)
class Channel:
    """What light crosses between two transceivers, from the lower end to the upper.

    Attributes:
        lower: the module at the lower end; None where it is built in or not known.
        upper: the module at the upper end.
        parts: cord, panel, trunk, panel, cord; or one cord alone.
        lengths_m: the length of each part, 0 for a panel; empty when not known yet. [m]
        path: the place in the deployment that problems name.
    """

    lower: Transceiver | None
    upper: Transceiver | None
    parts: tuple[Component, ...]
    lengths_m: tuple[float, ...] = ()
    path: Path = ()

    def __post_init__(self) -> None:
        if self.lengths_m and len(self.lengths_m) != len(self.parts):
            message = f"{len(self.parts)} parts, {len(self.lengths_m)} lengths"
            raise ValueError(message)

    @property
    def modules(self) -> tuple[Transceiver, ...]:
        """The modules that are known, the lower first."""
        return tuple(end for end in (self.lower, self.upper) if end is not None)

    @property
    def ids(self) -> str:
        """The parts in order, as a message shows them."""
        return " - ".join(part.id or part.title for part in self.parts)

    @property
    def parallel(self) -> bool:
        """Whether the lanes run on fibers of their own, in connectors of many fibers."""
        connectors = [part_connector(part) for part in self.parts]
        connectors += [module.connector.value for module in self.modules]
        return any(text.startswith(_MULTI_FIBER) for text in connectors)


def part_connector(part: Component) -> str:
    """The connector of a cord, trunk or panel; empty when not known."""
    return part.connector if isinstance(part, Cable) else part.connector.value or ""


def is_adapter(part: Component) -> bool:
    """Whether fibers go straight through: a panel of adapters, without fibers of its own order."""
    return isinstance(part, Part) and part.category == "patch-panel"


def is_box(part: Component) -> bool:
    """Whether the loss of a part is told for the whole way through it, connectors included."""
    return isinstance(part, Part) and part.category in {"shuffle", "optical-circuit-switch"}


# --- kind of glass --------------------------------------------------------------------------------


def mode_problems(channel: Channel) -> list[Problem]:
    """RP313 where single-mode and multimode meet; one problem names the first that differs."""
    ends: list[Transceiver | Component] = [*channel.modules, *channel.parts]
    told = [(end, _MODE_WORDS[end.fiber_mode]) for end in ends if end.fiber_mode is not None]
    for end, mode in told[1:]:
        first, wanted = told[0]
        if mode != wanted:
            message = f"{end.title} is {mode}, {first.title} {wanted}"
            hint = f"use {wanted} fiber and modules all the way"
            return [Problem("RP313", message, hint, channel.path)]
    return []


# --- polarity -------------------------------------------------------------------------------------


def polarity_problems(channel: Channel) -> list[Problem]:
    """RP338 unless transmit meets receive: an odd number of Type-B components, none of Type C.

    On an MPO-12, lane i transmits on fiber i and receives on fiber 13 - i. A component of Type A
    maps fiber i to i, Type B to 13 - i, Type C swaps the pairs 1-2, 3-4 and so on. A chain of A
    and B is then 13 - i, as it must be, for an odd number of B, and i for an even one
    (Types A, B and C of TIA-568). Panels of adapters turn nothing unless they say so.
    """
    letters = _polarities(channel)
    if letters is None or not letters or not channel.parallel:
        return []
    chain = " + ".join(letters)
    if "C" in letters:
        message = f"{chain}: Type C swaps pairs, which parallel optics cannot use"
        hint = "use Type B for cords and trunks"
        return [Problem("RP338", message, hint, channel.path)]
    turns = letters.count("B")
    if turns % 2:
        return []
    message = f"{chain}: {_number(turns)} Type-B components; transmit meets transmit"
    hint = "make one of them Type A, or add a Type-B trunk" if turns else "make one of them Type B"
    return [Problem("RP338", message, hint, channel.path)]


def _polarities(channel: Channel) -> list[str] | None:
    """The letters of the chain in order; None where one that turns fibers is not known."""
    letters: list[str] = []
    for part in channel.parts:
        if part.polarity is not None:
            letters.append(part.polarity)
        elif not is_adapter(part):
            return None
    return letters


def _number(count: int) -> str:
    return _NUMBERS[count] if count < len(_NUMBERS) else str(count)


# --- gender ---------------------------------------------------------------------------------------


def gender_problems(channel: Channel) -> list[Problem]:
    """RP338 unless every mating has pins (M) on one side and holes (F) on the other.

    A panel of adapters without a gender of its own lets the ferrules at its two sides meet.
    """
    if not channel.parallel:
        return []
    pairs = [(a, b) for a, b in pairwise(ferrules(channel)) if a[1] is not None and a[1] == b[1]]
    if not pairs:
        return []
    (first, gender), (second, _) = pairs[0]
    meet = "pins meet pins" if gender == "male" else "neither has pins"
    message = f"{_gender_chain(channel)}: {meet} where {first} meets {second}"
    hint = "cords are female (F), trunks male (M)"
    return [Problem("RP338", message, hint, channel.path)]


def ferrules(channel: Channel) -> list[tuple[str, str | None]]:
    """Who has connectors in the chain and of which gender, from end to end."""
    inner = [
        (part.id or part.title, part.gender)
        for part in channel.parts
        if part.gender is not None or not is_adapter(part)
    ]
    lower, upper = (
        [(end.id or end.title, end.gender)] if end is not None else []
        for end in (channel.lower, channel.upper)
    )
    return [*lower, *inner, *upper]


def _gender_chain(channel: Channel) -> str:
    """The chain as text: `mms4x00-nm M - F mfp7e30 F - M mms4x00-nm`; `?` where not known."""
    ends = ferrules(channel)
    shown = []
    for index, (name, gender) in enumerate(ends):
        letter = "?" if gender is None else gender[0].upper()
        begins = index > 0 or channel.lower is None
        goes_on = index + 1 < len(ends) or channel.upper is None
        shown.append(f"{letter + ' ' if begins else ''}{name}{' ' + letter if goes_on else ''}")
    return " - ".join(shown)


# --- panels ---------------------------------------------------------------------------------------


def panels(channel: Channel) -> int:
    """Junctions between the modules: panels, boxes, and cables that are joined without a panel."""
    inside = sum(is_adapter(part) or is_box(part) for part in channel.parts)
    joined = sum(
        not any(is_adapter(part) or is_box(part) for part in pair)
        for pair in pairwise(channel.parts)
    )
    return inside + joined


def panel_problems(channel: Channel) -> list[Problem]:
    """RP350 where a channel crosses more panels than the makers' reaches assume."""
    crossed = panels(channel)
    if crossed <= MOST_PANELS:
        return []
    message = (
        f"{channel.ids}: {_number(crossed)} panels; reaches hold for at most "
        f"{_number(MOST_PANELS)} (nvidia-mpo-cabling)"
    )
    return [Problem("RP350", message, "run one trunk between two panels", channel.path)]
