"""What every catalog entry is made of: the model base, facts with sources, and look-up by kind."""

from __future__ import annotations

import re
from typing import Annotated, Any, ClassVar, Generic, Literal, Protocol, TypeVar

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    GetJsonSchemaHandler,
    Strict,
    model_validator,
)
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, PydanticCustomError

from rackplan.units import UnitError, parse_quantity

Status = Literal["vendor", "measured", "press", "derived", "estimate", "user"]
"""How sure a number is: a vendor's own, measured by someone, reported, computed, or guessed."""

ID_PATTERN = re.compile(r"[a-z0-9][a-z0-9.-]{0,79}")

T = TypeVar("T")
E = TypeVar("E", bound="Entry")
Many = Annotated[tuple[T, ...], Strict(strict=False)]
"""A list in YAML, a tuple in the model; its items stay strictly typed."""


class Model(BaseModel):
    """Base of everything a person writes: frozen, no unknown keys, no silent conversions."""

    model_config = ConfigDict(
        frozen=True,
        extra="forbid",
        strict=True,
        allow_inf_nan=False,
    )


class Claim(Model, Generic[T]):
    """One claim about a number: its value, who says so, how sure it is, and under what terms."""

    value: T | None = None
    """The claimed value in the unit of the field's suffix; null when nobody has published one."""
    source: str | None = None
    """A key of `sources.yaml`; when absent, the entry's own `source` holds."""
    status: Status | None = None
    """How sure the number is; when absent, the entry's own `status` holds."""
    note: str = ""
    """What a reader must know: conditions, how it was derived, why it was chosen."""

    @model_validator(mode="before")
    @classmethod
    def _accept_scalar(cls, data: Any) -> Any:
        """A bare number or text stands for a claim without a source of its own."""
        return data if isinstance(data, dict | BaseModel) else {"value": data}

    @classmethod
    def __get_pydantic_json_schema__(
        cls, core_schema: CoreSchema, handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        schema = handler(core_schema)
        resolved = handler.resolve_ref_schema(schema)
        value = dict(resolved.get("properties", {}).get("value", {}))
        value.pop("default", None)
        return {"anyOf": [value, schema]}


class Fact(Claim[T], Generic[T]):
    """A number of the catalog: the claim in use and the claims that disagree with it."""

    alternatives: Many[Claim[T]] = ()
    """Claims of other sources that were not chosen; `note` says why."""


class Known(Fact[T], Generic[T]):
    """A fact that an entry cannot do without: its value is never null."""

    value: T


def _watts(data: Any) -> Any:
    """A number of watts from a number or from a text with a unit."""
    if isinstance(data, str):
        try:
            return parse_quantity(data, "w")
        except UnitError as error:
            raise PydanticCustomError("RP107", "{reason}", {"reason": str(error)}) from error
    return data


Watts = Annotated[
    float,
    BeforeValidator(_watts, json_schema_input_type=float | str),
    Field(gt=0, le=1e12),
]
"""A power that people declare: a number of watts, or a text such as `1.2 MW`. [W]"""

Number = Fact[Annotated[float, Field(ge=0)]]
Whole = Fact[Annotated[int, Field(ge=0)]]
Positive = Fact[Annotated[float, Field(gt=0)]]
Several = Fact[Annotated[int, Field(ge=1, le=10_000)]]
Share = Fact[Annotated[float, Field(ge=0, le=1)]]
Text = Fact[str]
Count = Known[Annotated[int, Field(ge=1, le=10_000_000)]]
Speed = Known[Annotated[float, Field(gt=0)]]


class Power(Model):
    """The four powers of a device, kept apart; each in watts, each null when unpublished."""

    tdp_w: Number = Number()
    """Thermal design power. [W]"""
    provisioned_w: Number = Number()
    """Nameplate: what the supply is sized for. [W]"""
    peak_w: Number = Number()
    """Highest electrical peak (EDPp). [W]"""
    typical_w: Number = Number()
    """Typical draw under load. [W]"""
    includes_modules: bool = True
    """Whether the figures contain the transceivers in the device's cages."""

    def watts(self, kind: PowerKind) -> float | None:
        """The power of one kind in watts, or None when nobody has published it."""
        fact: Number = getattr(self, f"{kind}_w")
        return fact.value

    def planning(self) -> tuple[PowerKind, float] | None:
        """The figure that limits are held against: the first published of `PLANNING_ORDER`."""
        for kind in PLANNING_ORDER:
            watts = self.watts(kind)
            if watts is not None:
                return kind, watts
        return None


class Supplies(Model):
    """The power supplies of a device and how many of them it needs."""

    count: Whole = Whole()
    """Supplies."""
    needed: Whole = Whole()
    """Supplies that carry the full load; the others are spare."""
    each_w: Number = Number()
    """Output of one. [W]"""
    input_v: Number = Number()
    """Voltage at the input. [V]"""


PowerKind = Literal["tdp", "provisioned", "peak", "typical"]
POWER_KINDS: tuple[PowerKind, ...] = ("tdp", "provisioned", "peak", "typical")
PLANNING_ORDER: tuple[PowerKind, ...] = ("provisioned", "peak", "tdp", "typical")


class Entry(Model):
    """What all catalog entries share: a name, and the source of the plain numbers in them."""

    folder: ClassVar[str] = ""
    """The folder of `catalogs/` that holds entries of this kind."""
    singular: ClassVar[str] = "entry"
    """What one entry is called in messages."""

    id: str = Field(default="", exclude=True)
    """The file's name without its ending; not written in the file."""
    name: str = ""
    """The product's name as its maker writes it."""
    source: str | None = None
    """A key of `sources.yaml`: where the entry's plain numbers come from."""
    status: Status | None = None
    """How sure the entry's plain numbers are."""
    note: str = ""
    """What a reader must know about the entry as a whole."""
    part_numbers: Many[str] = ()
    """Orderable part numbers."""

    @property
    def title(self) -> str:
        """The name, or the id where no name is given."""
        return self.name or self.id


class Source(Model):
    """Where numbers come from: enough to find the document again."""

    title: str
    author: str
    date: str
    """ISO date of the document, or of the day it was read when it carries none."""
    url: str
    kind: Literal["vendor", "press", "paper", "measured", "community", "report"]
    note: str = ""


class UnknownEntryError(LookupError):
    """No entry has this id; carries the nearest ids, and the meanings of an ambiguous name."""

    def __init__(
        self, kind: type[Entry], wanted: str, near: list[str], meanings: list[str]
    ) -> None:
        super().__init__(f"no {kind.singular} '{wanted}'")
        self.kind = kind
        self.wanted = wanted
        self.near = near
        self.meanings = meanings


class Catalog(Protocol):
    """Look-up of entries by kind and id; `load` holds the reader, tests may hold a dictionary."""

    def find(self, kind: type[E], wanted: str) -> E:
        """The entry of a kind with an id.

        Raises:
            UnknownEntryError: no such entry, or a name with several meanings.
        """

    def ids(self, kind: type[Entry]) -> list[str]:
        """All ids of a kind, sorted."""

    def sources(self) -> dict[str, Source]:
        """All sources by key."""


def count_or_list(data: Any) -> Any:
    """Let a bare count stand for one group of that many compute NICs."""
    if isinstance(data, int) and not isinstance(data, bool):
        return [{"count": data}]
    return data
