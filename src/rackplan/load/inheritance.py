"""Entries that extend others: what differs, laid over what is extended.

Numbers that come from the parent keep the parent's source and status, also where the parent only
names them once for the whole entry.
"""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from rackplan.catalog.base import Claim, Entry
from rackplan.errors import InputError, Problem
from rackplan.load.yaml_document import Document

_OF_THE_PARENT_ALONE = frozenset({"source", "status", "part_numbers"})
"""Keys that are not taken over: numbers that the child states are not the parent's."""
_OF_EQUAL_PORTS = frozenset({"cpo_twin", "pluggable_twin", "cages", "modes"})
"""Keys that hold only while a switch has the ports of its parent."""


def parent_of(document: Document) -> str | None:
    """The id that an entry's file extends; None for an entry that stands alone.

    Raises:
        InputError: RP102, `extends` is no text.
    """
    if not isinstance(document.data, dict) or "extends" not in document.data:
        return None
    parent = document.data["extends"]
    if isinstance(parent, str):
        return parent
    problem = Problem("RP102", "extends must be an id", "write one", ("extends",))
    raise InputError([document.place(problem)])


def laid_over(parent: Entry, child: dict[str, Any]) -> dict[str, Any]:
    """The data of an entry: the child's keys over the parent's, mapping by mapping."""
    own = {key: value for key, value in child.items() if key != "extends"}
    dropped = _OF_THE_PARENT_ALONE
    if {"ports", "port_gbps"} & own.keys():
        dropped |= _OF_EQUAL_PORTS
    below = {key: value for key, value in _plain(parent, parent).items() if key not in dropped}
    return _merged(below, own)


def _merged(below: dict[str, Any], above: dict[str, Any]) -> dict[str, Any]:
    merged = dict(below)
    for key, value in above.items():
        under = below.get(key)
        if isinstance(value, dict) and isinstance(under, dict) and "value" not in value:
            merged[key] = _merged(under, value)
        else:
            merged[key] = value
    return merged


def _plain(value: Any, owner: Entry) -> Any:
    """A model as the data it could be read from, with the source of every number written out."""
    if isinstance(value, Claim):
        told = {name: _plain(part, owner) for name, part in value if part not in ("", ())}
        told["source"] = value.source or owner.source
        told["status"] = value.status or owner.status
        return told
    if isinstance(value, BaseModel):
        return {
            name: _plain(getattr(value, name), owner)
            for name in type(value).model_fields
            if name != "id" and name in value.model_fields_set
        }
    if isinstance(value, tuple):
        return [_plain(item, owner) for item in value]
    if isinstance(value, dict):
        return {key: _plain(item, owner) for key, item in value.items()}
    return value
