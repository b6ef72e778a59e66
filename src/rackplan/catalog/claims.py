"""Planning on another claim: the chosen value of a fact gives way to one that disagrees."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, cast

from pydantic import BaseModel

from rackplan.catalog.base import Catalog, Claim, E, Entry, Fact, Source
from rackplan.catalog.consistency import contradictions
from rackplan.catalog.facts import claim_origin, facts
from rackplan.errors import InputError, Path, Problem
from rackplan.units import show_value

ClaimValue = float | int | str | bool


@dataclass(frozen=True)
class ClaimUsed:
    """One fact that a plan takes from another source than the catalog's choice."""

    entry: str
    fact: str
    value: Any
    source: str | None
    instead_of: Any

    @property
    def text(self) -> str:
        """One sentence for a message or a report."""
        told = f"{self.entry}.{self.fact} is {show_value(self.value)} ({self.source})"
        return f"{told} instead of {show_value(self.instead_of)}"


class ClaimedCatalog:
    """A catalog in which some facts take the value of another claim.

    `values` maps `entry.fact` to the value of one of its claims; `source` takes every claim of
    one source, but for those that contradict the entry's other numbers. `used` lists what was
    changed in the entries read so far.
    """

    def __init__(
        self, base: Catalog, values: Mapping[str, ClaimValue], source: str | None = None
    ) -> None:
        self._base = base
        self._values = values
        self._source = source
        self.used: list[ClaimUsed] = []
        self.matched: set[str] = set()
        self._made: dict[tuple[str, str], Entry] = {}

    def find(self, kind: type[E], wanted: str) -> E:
        """The entry with the claims applied; see `rackplan.catalog.base.Catalog.find`.

        Raises:
            InputError: RP205, a claim for a fact that the entry lacks, or that nobody makes.
        """
        key = (kind.folder, wanted)
        if key not in self._made:
            self._made[key] = self._apply(self._base.find(kind, wanted))
        return cast("E", self._made[key])

    def ids(self, kind: type[Entry]) -> list[str]:
        """All ids of a kind, sorted."""
        return self._base.ids(kind)

    def sources(self) -> dict[str, Source]:
        """All sources by key."""
        return self._base.sources()

    def unmatched(self) -> list[str]:
        """Claims for entries that were never read."""
        return [name for name in self._values if name not in self.matched]

    def _apply(self, entry: E) -> E:
        if self._source is not None:
            for name, fact in list(facts(entry)):
                if claim_origin(entry, fact)[0] == self._source:
                    continue
                for claim in fact.alternatives:
                    told = claim.source == self._source and claim.value not in (None, fact.value)
                    if told and not contradictions(entry, name, claim.value):
                        entry = self._swap(entry, name, fact, claim)
                        break
        for wanted, value in self._values.items():
            if wanted.startswith(f"{entry.id}."):
                self.matched.add(wanted)
                fact_name = wanted.removeprefix(f"{entry.id}.")
                entry = self._take(entry, wanted, fact_name, value)
        return entry

    def _take(self, entry: E, wanted: str, fact_name: str, value: ClaimValue) -> E:
        """The entry with one fact set to the claim that has the value."""
        path: Path = ("claims", wanted)
        found = matching_facts(entry, fact_name)
        if len(found) != 1:
            names = [name for name, _ in (found or list(facts(entry)))]
            what = "several facts" if found else "no fact"
            message = f"{entry.id} has {what} '{fact_name}'"
            hint = f"use one of {', '.join(names)}"
            raise InputError([Problem("RP205", message, hint, path, at_key=True)])
        ((name, fact),) = found
        for claim in (fact, *fact.alternatives):
            if claim.value == value:
                return entry if claim is fact else self._swap(entry, name, fact, claim)
        claims = ", ".join(show_value(claim.value) for claim in (fact, *fact.alternatives))
        message = f"nobody claims {value} for {entry.id}.{name}"
        hint = f"claims: {claims}; for a number of your own, lay an entry over the catalog"
        raise InputError([Problem("RP205", message, hint, path)])

    def _swap(self, entry: E, name: str, fact: Fact[Any], claim: Claim[Any]) -> E:
        source = claim.source or entry.source
        self.used.append(ClaimUsed(entry.id, name, claim.value, source, fact.value))
        rest = tuple(other for other in fact.alternatives if other is not claim)
        stood = Claim[Any](value=fact.value, source=fact.source or entry.source,
                           status=fact.status or entry.status, note=fact.note)  # fmt: skip
        changed = fact.model_copy(
            update={
                "value": claim.value,
                "source": source,
                "status": claim.status or entry.status,
                "note": claim.note,
                "alternatives": (stood, *rest),
            }
        )
        return cast("E", replaced(entry, name, changed))


def matching_facts(entry: Entry, wanted: str) -> list[tuple[str, Fact[Any]]]:
    """The facts that a name means: the whole name, its last part, or that without its unit."""
    found = list(facts(entry))
    exact = [(name, fact) for name, fact in found if name == wanted]
    if exact:
        return exact
    last = [(name.rpartition(".")[2], name, fact) for name, fact in found]
    return [
        (name, fact)
        for end, name, fact in last
        if wanted in (end, end.rpartition("_")[0]) or name.endswith(f".{wanted}")
    ]


def replaced(model: BaseModel, name: str, value: Any) -> BaseModel:
    """A copy of a frozen model with one nested field replaced; `name` as `facts` gives it."""
    head, _, rest = name.partition(".")
    field, _, index = head.partition("[")
    current = getattr(model, field)
    if index:
        at = int(index.rstrip("]"))
        item = replaced(current[at], rest, value) if rest else value
        return model.model_copy(update={field: (*current[:at], item, *current[at + 1 :])})
    if isinstance(current, dict):
        return model.model_copy(update={field: current | {rest: value}})
    return model.model_copy(update={field: replaced(current, rest, value) if rest else value})


def parse_claims(texts: Sequence[str]) -> dict[str, ClaimValue]:
    """Claims from the command line, each `entry.fact=value`.

    Raises:
        InputError: RP205, a text of another form.
    """
    claims: dict[str, ClaimValue] = {}
    for text in texts:
        name, equals, value = text.partition("=")
        if not equals or "." not in name or not value:
            hint = "write it as gb300-nvl72.power.peak_w=155000"
            raise InputError([Problem("RP205", f"'{text}' is no claim", hint)])
        claims[name.strip()] = _number(value.strip())
    return claims


def _number(text: str) -> ClaimValue:
    for kind in (int, float):
        try:
            return kind(text.replace("_", ""))
        except ValueError:
            continue
    return {"true": True, "false": False}.get(text, text)
