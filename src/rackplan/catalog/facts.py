"""Entries told fact by fact: every number with its source, its status and who disagrees.

A claim that was not chosen is tried as well: where the entry would not close with it (the counts
of co-packaged optics have to), the claim is told as inconsistent and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel

from rackplan.catalog import KINDS
from rackplan.catalog.base import Catalog, Claim, Entry, Fact, Source, UnknownEntryError
from rackplan.catalog.consistency import contradictions


def find_anywhere(catalog: Catalog, wanted: str) -> Entry:
    """The entry of an id, whatever its kind.

    Raises:
        UnknownEntryError: no kind has it; carries the nearest ids of all kinds.
    """
    near: list[str] = []
    meanings: list[str] = []
    for kind in KINDS.values():
        try:
            return catalog.find(kind, wanted)
        except UnknownEntryError as error:
            near += error.near
            meanings += error.meanings
    raise UnknownEntryError(Entry, wanted, list(dict.fromkeys(near)), meanings)


def facts(entry: Entry) -> Iterator[tuple[str, Fact[Any]]]:
    """The facts of an entry with their dotted names, in the order of the model."""
    for name, leaf in _leaves(entry, ""):
        if isinstance(leaf, Fact) and (leaf.value is not None or leaf.alternatives):
            yield name, leaf


_TOLD_ELSEWHERE = frozenset({"id", "name", "note", "source", "status"})


def _settings(entry: Entry) -> Iterator[tuple[str, str | bool | int]]:
    """What an entry says besides its facts: references, roles, forms; with dotted names."""
    for name, leaf in _leaves(entry, ""):
        plain = isinstance(leaf, str | bool | int) and leaf != ""
        if plain and name not in _TOLD_ELSEWHERE and not name.startswith("part_numbers"):
            yield name, leaf


def _leaves(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """The facts and plain values inside a model, with their dotted names."""
    if isinstance(value, BaseModel) and not isinstance(value, Fact):
        for field in type(value).model_fields:
            yield from _leaves(getattr(value, field), f"{name}.{field}" if name else field)
    elif isinstance(value, tuple):
        for index, item in enumerate(value):
            yield from _leaves(item, f"{name}[{index}]")
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, f"{name}.{key}")
    else:
        yield name, value


def claim_origin(entry: Entry, claim: Claim[Any]) -> tuple[str | None, str | None]:
    """Source key and status of a claim: its own, else the entry's."""
    return claim.source or entry.source, claim.status or entry.status


def describe_entry(entry: Entry, sources: Mapping[str, Source]) -> dict[str, Any]:
    """An entry as plain data: its facts, the claims against them, and what does not close."""
    told = []
    used: dict[str, Source] = {}
    for name, fact in facts(entry):
        claims = []
        for claim in (fact, *fact.alternatives):
            key, status = claim_origin(entry, claim)
            if key is not None and key in sources:
                used[key] = sources[key]
            chosen = claim is fact
            claims.append(
                {
                    "value": claim.value,
                    "source": key,
                    "status": status,
                    "note": claim.note,
                    "inconsistent": None if chosen else contradictions(entry, name, claim.value),
                }
            )
        told.append({"fact": name, **claims[0], "alternatives": claims[1:]})
    return {
        "kind": entry.singular,
        "id": entry.id,
        "name": entry.title,
        "note": entry.note,
        "part_numbers": list(entry.part_numbers),
        "fields": dict(_settings(entry)),
        "facts": told,
        "contradictions": contradictions(entry),
        "sources": {key: used[key].model_dump() for key in sorted(used)},
    }
