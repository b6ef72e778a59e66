"""The Python interface: from a file, or from models, to a plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from rackplan.build import Plan, build
from rackplan.catalog import KINDS
from rackplan.catalog.base import Catalog, UnknownEntryError
from rackplan.catalog.claims import ClaimValue
from rackplan.catalog.facts import facts, find_anywhere
from rackplan.comparison import Comparison, HostEnds
from rackplan.comparison import compare as compare_optics
from rackplan.deployment import Deployment
from rackplan.errors import RackplanError
from rackplan.explain import Explainer, Explanation, UnknownQuantityError
from rackplan.explain import explain_fact as fact_explained
from rackplan.load.catalog_reader import FileCatalog, InlineCatalog, open_catalog
from rackplan.load.deployment_reader import DeploymentFile, read_deployment_file
from rackplan.resolve import resolve


def read_catalog(folders: Sequence[Path | str] = ()) -> FileCatalog:
    """The built-in catalog with your own folders laid over it, entry by entry."""
    return open_catalog(folders)


def read_deployment(file: Path | str) -> Deployment:
    """A deployment from a YAML file.

    Raises:
        FileAccessError: it cannot be read.
        InputError: its content is wrong; every problem has its file, line and column.
    """
    return read_deployment_file(file).deployment


def plan(
    source: Path | str | Deployment,
    catalog: Catalog | None = None,
    *,
    claims: Mapping[str, ClaimValue] | None = None,
) -> Plan:
    """The plan of a deployment.

    Args:
        source: a YAML file, or a deployment model.
        catalog: where to look things up; by default the built-in one under whatever the
            deployment brings along.
        claims: facts to take from another claim, by `entry.fact`; see `Deployment.claims`.

    Raises:
        FileAccessError, InputError, InfeasibleError: see `rackplan.errors`.
    """
    if isinstance(source, Deployment):
        deployment = with_claims(source, claims)
        return build(resolve(deployment, _catalog_for(source, catalog)))
    file = read_deployment_file(source)
    return plan_file(replace(file, deployment=with_claims(file.deployment, claims)), catalog)


def _catalog_for(deployment: Deployment, catalog: Catalog | None) -> Catalog:
    """The catalog that a deployment plans with: its own hardware stands before any other."""
    inline = deployment.hardware.entries()
    if catalog is None:
        return open_catalog(deployment.catalog, inline)
    return InlineCatalog(catalog, inline) if inline else catalog


def with_claims(deployment: Deployment, claims: Mapping[str, ClaimValue] | None) -> Deployment:
    """The deployment with more claims; they replace its own for the same fact."""
    if not claims:
        return deployment
    return deployment.model_copy(update={"claims": {**deployment.claims, **claims}})


def plan_file(file: DeploymentFile, catalog: Catalog | None = None) -> Plan:
    """The plan of a deployment file; problems and warnings carry their place in it."""
    try:
        design = resolve(file.deployment, catalog or file.catalog)
        overrides = tuple(file.catalog.overridden()) if catalog is None else ()
        made = build(replace(design, overrides=overrides))
        if design.names.is_own:  # labels that collide are found while they are written
            from rackplan.schedule import schedule

            schedule(made)
    except RackplanError as error:
        raise file.place(error) from error
    placed = sorted(
        (file.place_one(problem) for problem in made.design.warnings),
        key=lambda problem: (problem.file, problem.line, problem.column),
    )
    made.design = replace(made.design, warnings=tuple(placed))
    return made


def compare(
    source: Path | str | Deployment,
    catalog: Catalog | None = None,
    *,
    presets: Sequence[str] | None = None,
    host_ends: HostEnds | None = None,
) -> Comparison:
    """The deployment with pluggable and with co-packaged optics, side by side.

    Raises:
        FileAccessError, InputError, InfeasibleError: see `rackplan.errors`.
    """
    if isinstance(source, Deployment):
        found = _catalog_for(source, catalog)
        return compare_optics(source, found, presets=presets, host_ends=host_ends)
    file = read_deployment_file(source)
    try:
        return compare_optics(
            file.deployment, catalog or file.catalog, presets=presets, host_ends=host_ends
        )
    except RackplanError as error:
        raise file.place(error) from error


def explainer(file: Path | str) -> Explainer:
    """What explains the numbers of a deployment's plan.

    Raises:
        FileAccessError, InputError, InfeasibleError: see `rackplan.errors`.
    """
    read = read_deployment_file(file)
    return Explainer(plan_file(read), read.catalog.sources())


def explain_fact(name: str, catalog: Catalog | None = None) -> Explanation:
    """A number of the catalog, named `entry.fact`, with its source and the claims against it.

    Raises:
        UnknownQuantityError: no such entry or fact.
    """
    found = catalog or open_catalog()
    entry_id, _, fact = name.partition(".")
    ids = [entry for kind in KINDS.values() for entry in found.ids(kind)]
    # An id may hold dots itself: the longest id that the name begins with is meant.
    for known in sorted(ids, key=len, reverse=True):
        if name.startswith(f"{known}."):
            entry_id, fact = known, name.removeprefix(f"{known}.")
            break
    try:
        entry = find_anywhere(found, entry_id)
    except UnknownEntryError as error:
        raise UnknownQuantityError(name, error.meanings or error.near) from error
    return fact_explained(entry, fact, found.sources())


def catalog_differences(folder: Path | str) -> list[dict[str, Any]]:
    """What a catalog folder adds to the built-in catalog and what it changes, fact by fact.

    Rows have entry, fact, built_in and folder; an added entry is one row with an empty fact.
    """
    below, above = open_catalog(), open_catalog([folder])
    rows: list[dict[str, Any]] = []
    for name, kind in KINDS.items():
        known = set(below.ids(kind))
        for file in sorted((Path(folder) / name).glob("*.yaml")):
            new = above.find(kind, file.stem)
            if file.stem not in known:
                rows.append({"entry": new.id, "fact": "", "built_in": None, "folder": "added"})
                continue
            old_facts = {key: fact.value for key, fact in facts(below.find(kind, file.stem))}
            new_facts = {key: fact.value for key, fact in facts(new)}
            rows += [
                {
                    "entry": new.id,
                    "fact": key,
                    "built_in": old_facts.get(key),
                    "folder": new_facts.get(key),
                }
                for key in dict.fromkeys([*old_facts, *new_facts])
                if old_facts.get(key) != new_facts.get(key)
            ]
    return rows
