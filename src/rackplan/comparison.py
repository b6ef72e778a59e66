"""Co-packaged optics against pluggable: the same fabrics built both ways, counted side by side.

Both variants are whole plans. Watts and dollars of optics follow named accounting presets; the
preset is a column, and no saving is stated without it. NIC-side modules stay in both variants
unless `host_ends` says that they are removed with CPO, as some analysts count.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from rackplan.analyses.optics import optics
from rackplan.build import Plan, build
from rackplan.catalog import Accounting
from rackplan.catalog.base import Catalog
from rackplan.deployment import Deployment, Site
from rackplan.design import SizedFabric
from rackplan.errors import InfeasibleError, InputError, Problem
from rackplan.resolve import resolve
from rackplan.resolve.finding import Finder
from rackplan.sizes import HOST
from rackplan.tables import Column, Result
from rackplan.wattage import planned_fabric

Variant = Literal["pluggable", "cpo"]
HostEnds = Literal["retained", "removed"]
VARIANTS: tuple[Variant, ...] = ("pluggable", "cpo")

_COUNTS = {
    "fabric": Column("str", "", "fabric"),
    "variant": Column("str", "", "pluggable or cpo"),
    "switch": Column("str", "", "catalog id of the switch"),
    "switches": Column("int", "", "switches"),
    "links": Column("int", "", "links"),
    "host_modules": Column("int", "", "transceivers in the hosts"),
    "switch_modules": Column("int", "", "transceivers in the switches"),
    "port_ends": Column("int", "", "switch ports in use"),
    "host_lasers": Column("int", "", "lasers in the hosts' modules; empty when unpublished"),
    "switch_lasers": Column("int", "", "lasers in switch modules and external laser sources"),
    "engines": Column("int", "", "optical engines"),
    "laser_sources": Column("int", "", "external laser sources"),
    "fibers": Column("int", "", "lit fibers"),
}

_SAVINGS = {
    "fabric": Column("str", "", "fabric"),
    "accounting": Column("str", "", "preset: how the source counts"),
    "chosen": Column("bool", "", "whether the deployment names this preset"),
    "host_ends": Column("str", "", "whether NIC-side modules stay with CPO in this row"),
    "source_host_ends": Column("str", "", "how the preset's source counts them"),
    "basis": Column("str", "", "watts per port-end, or of whole switches with their optics"),
    "pluggable_w": Column("float", "W", "power counted for the pluggable variant"),
    "cpo_w": Column("float", "W", "power counted for the CPO variant"),
    "saved_w": Column("float", "W", "difference; empty when one side is unpublished"),
    "saved_w_per_switch": Column("float", "W", "difference for one switch"),
    "extra_gpus": Column("int", "", "GPUs that the saved power could feed, by their TDP"),
    "cage_usd": Column("float", "USD", "price of a module for one switch cage"),
    "modules_usd": Column("float", "USD", "switch-side modules that CPO does without"),
}


@dataclass(frozen=True)
class Comparison:
    """Both variants as plans, their counts, and what each preset says is saved."""

    plans: Mapping[Variant, Plan]
    counts: Result
    savings: Result


def compare(
    deployment: Deployment,
    catalog: Catalog,
    *,
    presets: Sequence[str] | None = None,
    host_ends: HostEnds | None = None,
) -> Comparison:
    """Build the deployment with pluggable and with co-packaged optics.

    Args:
        deployment: what to build; its fabrics' switches are swapped for their twins.
        catalog: where the twins and the presets stand.
        presets: accounting presets; all in the catalog when None.
        host_ends: `removed` counts NIC-side modules as saved, as some sources do; by default
            they stay, because a NIC needs its module whatever the switch.

    Raises:
        InputError, InfeasibleError: as `rackplan.resolve.resolve`; RP316 when no fabric has both.
    """
    names = list(presets) if presets is not None else catalog.ids(Accounting)
    finder = Finder(catalog)
    looked_up = [finder.find(Accounting, name, ()) for name in names]
    if finder.input_problems:
        raise InputError(finder.input_problems)
    found = [preset for preset in looked_up if preset is not None]
    with_twin = _with_twins(deployment, catalog)
    plans: dict[Variant, Plan] = {
        variant: build(resolve(_variant(deployment, variant, with_twin), catalog))
        for variant in VARIANTS
    }
    counts = Result("counts", "Pluggable and co-packaged optics: counts", _COUNTS, tuple(
        row for name in with_twin for variant in VARIANTS
        for row in _count_rows(plans[variant], variant, name)
    ))  # fmt: skip
    ends = host_ends or "retained"
    rows = tuple(
        _saving(plans, name, preset, ends, chosen=preset.id == deployment.accounting)
        for name in with_twin
        for preset in found
    )
    notes = tuple(f"{preset.id}: {preset.note}" for preset in found if preset.note)
    notes += tuple(
        f"{name}: CPO takes no copper, so its variant has fiber and NIC-side modules instead"
        for name in with_twin
        if deployment.fabrics[name].optics.host_cable
        or deployment.fabrics[name].optics.switch_cable
    )
    notes += tuple(
        f"{name}: no twin of its switch in the catalog, so it is not compared"
        for name in deployment.fabrics
        if name not in with_twin
    )
    return Comparison(
        plans, counts, Result("savings", "What co-packaged optics save", _SAVINGS, rows, notes)
    )


def _with_twins(deployment: Deployment, catalog: Catalog) -> list[str]:
    """Fabrics whose switch exists with cages and with co-packaged optics."""
    design = resolve(deployment.model_copy(update={"site": Site()}), catalog)
    names = [
        fabric.name
        for fabric in design.fabrics
        if all(switch.cpo_twin or switch.pluggable_twin for switch, _ in fabric.types().values())
        and fabric.types()
    ]
    if not names:
        titles = {one.title for fabric in design.fabrics for one, _ in fabric.types().values()}
        switches = sorted(titles) or ["none"]
        message = f"no switch of this deployment has a CPO twin (switches: {', '.join(switches)})"
        hint = "choose a switch that names one, such as 'q3400-ra'"
        raise InfeasibleError([Problem("RP316", message, hint, ("fabrics",))])
    return names


def _variant(deployment: Deployment, variant: Variant, names: Sequence[str]) -> Deployment:
    """The deployment with the switches of some fabrics swapped; what only cages need is dropped."""
    fabrics = dict(deployment.fabrics)
    for name in names:
        spec = fabrics[name]
        change: dict[str, object] = {"switches": variant}
        if variant == "cpo":
            change |= {"switch_module": None, "switch_cable": None, "host_cable": None}
        fabrics[name] = spec.model_copy(update={"optics": spec.optics.model_copy(update=change)})
    # The site's limits must not refuse one variant: which of them fits is part of the answer.
    return deployment.model_copy(update={"fabrics": fabrics, "site": Site()})


def _count_rows(plan: Plan, variant: Variant, name: str) -> list[dict[str, object]]:
    fabric = plan.fabric(name)
    return [
        {
            "fabric": name,
            "variant": variant,
            "switch": ", ".join(fabric.types()),
            "switches": fabric.switch_count,
            **{key: row[key] for key in _COUNTS if key in row and key != "fabric"},
        }
        for row in optics(plan).rows
        if row["fabric"] == name
    ]


def _saving(
    plans: Mapping[Variant, Plan], name: str, preset: Accounting, ends: HostEnds, *, chosen: bool
) -> dict[str, object]:
    fabrics = {variant: plans[variant].fabric(name) for variant in VARIANTS}
    watts = {
        variant: optics_watts(fabrics[variant], preset, _host_ends(variant, fabrics, ends))
        for variant in VARIANTS
    }
    before, after = watts["pluggable"], watts["cpo"]
    saved = None if before is None or after is None else before - after
    switches = fabrics["pluggable"].switch_count
    cages = _switch_modules(plans["pluggable"], name)
    cage_usd = preset.cage_usd.value
    return {
        "fabric": name,
        "accounting": preset.id,
        "chosen": chosen,
        "host_ends": ends,
        "source_host_ends": preset.host_ends,
        "basis": preset.basis,
        "pluggable_w": before,
        "cpo_w": after,
        "saved_w": saved,
        "saved_w_per_switch": None if saved is None else saved / switches,
        "extra_gpus": _extra_gpus(plans["pluggable"], saved),
        "cage_usd": cage_usd,
        "modules_usd": None if cage_usd is None else cage_usd * cages,
    }


def _host_ends(variant: Variant, fabrics: Mapping[Variant, SizedFabric], ends: HostEnds) -> int:
    """NIC-side port-ends that a variant is charged for."""
    if variant == "cpo" and ends == "removed":
        return 0
    fabric = fabrics[variant]
    return sum(
        tier.links
        for tier in fabric.size.links
        if tier.lower == HOST and fabric.media[tier.name].copper is None
    )


def optics_watts(fabric: SizedFabric, preset: Accounting, host_ends: int) -> float | None:
    """Power of a fabric's optics as a preset counts it; None when a figure is unpublished. [W]

    Basis `port`: watts for each switch port-end of the variant's kind, and for each NIC-side
    port-end the pluggable figure. Basis `switch`: the published power of the whole switches.
    A per-port figure is not carried over to ports of another rate.
    """
    if preset.basis == "switch":
        planned = planned_fabric(fabric)
        return planned[1] if planned is not None else None
    if fabric.rates != (preset.port_gbps.value,):
        return None
    pluggable, cpo = preset.pluggable_port_w.value, preset.cpo_port_w.value
    if pluggable is None:
        return None
    total = host_ends * pluggable
    for tier in fabric.size.links:
        for role in (tier.lower, tier.upper):
            if role == HOST or fabric.media[tier.name].copper is not None:
                continue
            each = cpo if fabric.switches[role].co_packaged is not None else pluggable
            if each is None:
                return None
            total += tier.links * each
    return total


def _switch_modules(plan: Plan, name: str) -> int:
    row = next(row for row in optics(plan).rows if row["fabric"] == name)
    return int(row["switch_modules"])


def _extra_gpus(plan: Plan, saved_w: float | None) -> int | None:
    """Whole GPUs that the saved power feeds by TDP; None when a TDP is unpublished."""
    gpus = [population.gpu for population in plan.design.populations]
    powers = [gpu.tdp_w.value for gpu in gpus if gpu is not None]
    if saved_w is None or len(powers) != len(gpus) or not all(powers) or not powers:
        return None
    largest = max(watts for watts in powers if watts is not None)
    return max(0, math.floor(round(saved_w / largest, 6)))
