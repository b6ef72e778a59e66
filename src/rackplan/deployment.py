"""The deployment: what is wanted, as a person writes it in YAML."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field
from pydantic_core import PydanticCustomError

from rackplan.catalog import (
    Cable,
    Gpu,
    Nic,
    Node,
    NvlinkChip,
    Rack,
    Switch,
    System,
    Transceiver,
)
from rackplan.catalog.base import Entry, Many, Model, Watts
from rackplan.fabrics import AnySpec
from rackplan.feeds import PowerSpec
from rackplan.floors import CablingSpec, FloorSpec
from rackplan.heat.spec import CoolingSpec
from rackplan.naming import NamingSpec

NAME_RULE = r"^[A-Za-z0-9][A-Za-z0-9 ._-]{0,79}$"
NAME_HINT = "use letters, digits, space, '.', '_', '-', 80 at most, a letter or digit first"
MAX_COUNT = 10_000_000


def _name(data: Any) -> Any:
    if isinstance(data, str) and not re.fullmatch(NAME_RULE, data):
        raise PydanticCustomError(
            "RP108",
            "is not a name",
            {"hint": NAME_HINT},
        )
    return data


Name = Annotated[str, BeforeValidator(_name), Field(json_schema_extra={"pattern": NAME_RULE})]
PositiveCount = Annotated[int, Field(ge=1, le=MAX_COUNT)]


class Hardware(Model):
    """Catalog entries of the deployment's own; they stand before all catalogs."""

    racks: dict[Name, Rack] = {}
    systems: dict[Name, System] = {}
    nodes: dict[Name, Node] = {}
    gpus: dict[Name, Gpu] = {}
    nics: dict[Name, Nic] = {}
    nvlink: dict[Name, NvlinkChip] = {}
    switches: dict[Name, Switch] = {}
    optics: dict[Name, Transceiver] = {}
    cables: dict[Name, Cable] = {}

    def entries(self) -> dict[str, dict[str, Entry]]:
        """The entries by catalog folder and id, each knowing its id."""
        return {
            folder: {key: entry.model_copy(update={"id": key}) for key, entry in group.items()}
            for folder in type(self).model_fields
            if (group := getattr(self, folder))
        }


class Compute(Model):
    """Equal systems, or equal nodes, that are bought together."""

    system: str | None = None
    """A rack-scale product: an id in `systems/`."""
    node: str | None = None
    """Single nodes instead of a system: an id in `nodes/`."""
    count: PositiveCount
    """How many systems, or how many nodes."""
    rack: str | None = None
    """For nodes: the rack they stand in, an id in `racks/`."""
    nodes_per_rack: PositiveCount | None = None
    """For nodes: how many share a rack; when absent, as many as its units, power, heat and weight
    allow."""
    racks_per_su: PositiveCount | None = None
    """Racks of one scalable unit (SU): the group that has leaves of its own."""
    nodes_per_su: PositiveCount | None = None
    """Nodes of one SU, where they are not a whole number of racks."""
    hall: str | None = None
    """The hall where they stand: a key of `halls`; the first one when absent."""


class Service(Model):
    """Equal servers or devices that do not compute: storage, management, fabric managers, PDUs."""

    node: str | None = None
    """A server or appliance: an id in `nodes/`."""
    part: str | None = None
    """A device with nothing but management ports, such as a PDU: an id in `parts/`."""
    count: PositiveCount
    """How many."""
    beside: Literal["compute", "service", "network"] = "compute"
    """For a part that hangs beside the units, such as a PDU: the racks that it is spread over."""
    rack: str | None = None
    """The rack they stand in, an id in `racks/`."""
    nodes_per_rack: PositiveCount | None = None
    """How many share a rack; when absent, as many as fit."""
    nodes_per_su: PositiveCount | None = None
    """How many share leaves; all of them when absent."""
    hall: str | None = None
    """The hall where they stand: a key of `halls`; the first one when absent."""


class Hall(Model):
    """A hall or site of the deployment; fabrics of several halls meet in their top tier."""

    distance_m: dict[str, Annotated[float, Field(gt=0, le=2e7)]] = {}
    """Length of the fiber route to other halls. [m]"""
    floor: FloorSpec | None = None
    """Its floor, where it differs from `floor`."""


class Phase(Model):
    """A step of building: so many scalable units (SUs), or racks where there are no SUs."""

    name: Name
    """What it is called."""
    units: PositiveCount
    """SUs, or racks, of this step."""


class Site(Model):
    """What the site allows; exceeding it is an error."""

    power_w: Watts | None = None
    """Power of everything in the plan: a number of watts, or a text such as `1.2 MW`."""
    rack_power_w: Watts | None = None
    """Power of any one rack: a number of watts, or a text such as `150 kW`."""
    racks: PositiveCount | None = None
    """Racks that there is room for."""


class Prices(Model):
    """Unit prices; what is missing stays unknown and totals say "at least"."""

    list: str | None = None
    """A dated price list: an id in `prices/`."""
    items_usd: dict[str, Annotated[float, Field(ge=0)]] = {}
    """Your own unit prices by catalog id; they replace those of the list. [USD]"""


class Deployment(Model):
    """A deployment: what to build, on which fabrics, within which limits."""

    name: Name
    """Short name; it names output files."""
    title: Annotated[str, Field(max_length=300)] = ""
    """Free text for the head of reports."""
    catalog: Many[str] = ()
    """Folders with catalog entries of your own, relative to this file."""
    hardware: Hardware = Hardware()
    """Catalog entries of your own, by kind and id: a switch needs no more than `ports` and
    `port_gbps`, a node no more than `gpus` and `nics`."""
    compute: Annotated[Many[Compute], Field(min_length=1, max_length=1000)]
    """Systems and nodes: what computes."""
    services: Annotated[Many[Service], Field(max_length=1000)] = ()
    """Storage, management, fabric managers, PDUs: what joins the fabrics and does not compute."""
    halls: dict[Name, Hall] = {}
    """Halls or sites, where there are several."""
    fabrics: dict[Name, AnySpec] = {}
    """Networks by name, for example `compute`."""
    floor: FloorSpec | None = None
    """The floor of every hall; `floor: {}` takes the defaults. Without it, nothing is placed and
    cables have no lengths."""
    cabling: CablingSpec = CablingSpec()
    """How cables run, and which may be used."""
    power: PowerSpec | None = None
    """How racks are fed; `power: {}` takes the defaults. Without it, there is no power tree."""
    cooling: CoolingSpec | None = None
    """How heat is carried away; `cooling: {}` takes the defaults."""
    names: NamingSpec = NamingSpec()
    """What racks, devices, ports and labels are called."""
    phases: Annotated[Many[Phase], Field(max_length=1000)] = ()
    """Steps in which the deployment is built; what they leave over comes last."""
    site: Site = Site()
    """What the site allows."""
    prices: Prices = Prices()
    """Where unit prices come from."""
    claims: dict[str, float | int | str | bool] = {}
    """Facts to take from another claim than the catalog's choice: `entry.fact` and the value of
    one of its claims, for example `gb300-nvl72.power.provisioned_w: 150000`."""
    claims_from: str | None = None
    """A key of `sources.yaml`: take every claim that this source makes."""
    accounting: str = "datasheet"
    """How power and price of optics are counted: an id in `accounting/`."""
