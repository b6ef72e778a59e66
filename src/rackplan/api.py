"""The Python interface: from a file, or from models, to a plan."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from rackplan.build import Plan, build
from rackplan.catalog.base import Catalog
from rackplan.comparison import Comparison, HostEnds
from rackplan.comparison import compare as compare_optics
from rackplan.deployment import Deployment
from rackplan.errors import RackplanError
from rackplan.load.catalog_reader import FileCatalog, open_catalog
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


def plan(source: Path | str | Deployment, catalog: Catalog | None = None) -> Plan:
    """The plan of a deployment.

    Args:
        source: a YAML file, or a deployment model.
        catalog: where to look things up; by default the built-in one under whatever the
            deployment brings along.

    Raises:
        FileAccessError, InputError, InfeasibleError: see `rackplan.errors`.
    """
    if isinstance(source, Deployment):
        found = catalog or open_catalog(source.catalog, source.hardware.entries())
        return build(resolve(source, found))
    return plan_file(read_deployment_file(source), catalog)


def plan_file(file: DeploymentFile, catalog: Catalog | None = None) -> Plan:
    """The plan of a deployment file; problems and warnings carry their place in it."""
    try:
        design = resolve(file.deployment, catalog or file.catalog)
        placed = tuple(file.place_one(problem) for problem in design.warnings)
        return build(replace(design, warnings=placed))
    except RackplanError as error:
        raise file.place(error) from error


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
        found = catalog or open_catalog(source.catalog, source.hardware.entries())
        return compare_optics(source, found, presets=presets, host_ends=host_ends)
    file = read_deployment_file(source)
    try:
        return compare_optics(
            file.deployment, catalog or file.catalog, presets=presets, host_ends=host_ends
        )
    except RackplanError as error:
        raise file.place(error) from error
