"""Conflicts between sources, told once: topic, claims, choice and reason."""

from __future__ import annotations

from pydantic import Field

from rackplan.catalog.base import Many, Model


class ConflictClaim(Model):
    """One side of a conflict."""

    says: str
    """What is claimed, in plain words."""
    source: str
    """A key of `sources.yaml`."""


class Conflict(Model):
    """Sources that disagree about more than one number, or about what a word means."""

    topic: str
    """What it is about."""
    claims: Many[ConflictClaim] = Field(min_length=2)
    """The sides, at least two."""
    choice: str
    """What the catalog uses."""
    reason: str
    """Why."""
    facts: Many[str] = ()
    """The facts that follow it, as `id.fact`, for example `gb300-nvl72.power.provisioned_w`."""
