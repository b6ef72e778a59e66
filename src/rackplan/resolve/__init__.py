"""Deployment and catalog to Design: look up, fit together, count; all problems at once."""

from __future__ import annotations

from rackplan.catalog import Accounting, Part, PriceList
from rackplan.catalog.base import Catalog
from rackplan.catalog.claims import ClaimedCatalog
from rackplan.deployment import Deployment
from rackplan.design import Design, Limits, Step
from rackplan.errors import InfeasibleError, InputError, Problem, nearest
from rackplan.resolve.finding import Finder
from rackplan.resolve.floors import check_floor, resolve_floors
from rackplan.resolve.halls import check_reach, hall_distances
from rackplan.resolve.limits import check_limits
from rackplan.resolve.networks import resolve_fabrics
from rackplan.resolve.populations import resolve_equipment, resolve_populations


def resolve(deployment: Deployment, catalog: Catalog) -> Design:
    """Count everything that a deployment asks for.

    Only the catalog entries that the deployment needs are read.

    The deployment's claims are laid over the catalog first.

    Raises:
        InputError: references that lead nowhere, keys that contradict each other (RP2xx, RP401).
        InfeasibleError: what is asked for cannot be built (RP3xx); the design's `warnings` hold
            what can be built but should be known.
    """
    claimed = ClaimedCatalog(catalog, deployment.claims, deployment.claims_from)
    finder = Finder(claimed)
    if deployment.claims_from is not None and deployment.claims_from not in catalog.sources():
        near = nearest(deployment.claims_from, catalog.sources())
        hint = f"nearest: {', '.join(near)}" if near else "see the sources of 'catalog show'"
        finder.wrong("RP201", f"no source '{deployment.claims_from}'", hint, ("claims_from",))
    for name in deployment.claims:
        finder.check_claim(name, ("claims", name))
    drafts = resolve_populations(deployment, finder)
    equipment = resolve_equipment(deployment, drafts, finder)
    distances = hall_distances(deployment, finder)
    floors = resolve_floors(deployment, finder)
    cdu = None
    if deployment.cooling is not None:
        cdu = finder.find(Part, deployment.cooling.cdu, ("cooling", "cdu"))
    check_floor(deployment, floors, finder)
    names = [phase.name for phase in deployment.phases]
    for index, name in enumerate(names):
        if name in names[:index]:
            message = f"two phases are called '{name}'"
            finder.wrong("RP110", message, "rename one of them", ("phases", index, "name"))
    accounting = finder.find(Accounting, deployment.accounting, ("accounting",))
    prices = _prices(deployment, finder)
    fabrics, populations = resolve_fabrics(deployment, drafts, equipment, finder)
    if finder.input_problems:
        raise InputError(finder.input_problems + finder.infeasible)
    if finder.infeasible or accounting is None:
        raise InfeasibleError(finder.infeasible)
    check_reach(fabrics, distances, deployment, finder)
    limits = Limits(deployment.site.power_w, deployment.site.rack_power_w, deployment.site.racks)
    design = Design(
        name=deployment.name,
        title=deployment.title or deployment.name,
        populations=populations,
        fabrics=fabrics,
        equipment=equipment,
        halls=tuple(deployment.halls) or ("",),
        hall_distance_m=distances,
        limits=limits,
        floors=floors,
        cabling=deployment.cabling,
        names=deployment.names,
        power=deployment.power,
        cooling=deployment.cooling,
        cdu=cdu,
        phases=tuple(Step(phase.name, phase.units) for phase in deployment.phases),
        prices=prices,
        accounting=accounting,
        claims=tuple(used.text for used in claimed.used),
    )
    return check_limits(design, [*_unused(claimed), *finder.warnings])


def _unused(claimed: ClaimedCatalog) -> list[Problem]:
    """A warning for every claim about something that the plan does not use."""
    return [
        Problem(
            "RP206",
            f"nothing in this plan uses '{name.partition('.')[0]}'",
            "remove the claim, or correct its id",
            ("claims", name),
            severity="warning",
            at_key=True,
        )
        for name in claimed.unmatched()
    ]


def _prices(deployment: Deployment, finder: Finder) -> dict[str, float]:
    """Unit prices by catalog id: the user's own over those of the list."""
    prices: dict[str, float] = {}
    if deployment.prices.list is not None:
        found = finder.find(PriceList, deployment.prices.list, ("prices", "list"))
        if found is not None:
            prices = {
                key: fact.value for key, fact in found.items.items() if fact.value is not None
            }
    for key, usd in deployment.prices.items_usd.items():
        finder.check_any(key, ("prices", "items_usd", key))
        prices[key] = usd
    return prices
