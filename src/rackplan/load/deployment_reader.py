"""A deployment file: its model, the catalog it plans with, and the places of its parts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rackplan.deployment import Deployment
from rackplan.errors import FileAccessError, InputError, Problem, RackplanError
from rackplan.load.catalog_reader import FileCatalog, is_folder, open_catalog
from rackplan.load.distances import read_distances
from rackplan.load.validation import validate
from rackplan.load.yaml_document import Document, read_yaml


@dataclass(frozen=True)
class DeploymentFile:
    """A deployment as read from a file."""

    deployment: Deployment
    catalog: FileCatalog
    document: Document

    def place(self, error: RackplanError) -> RackplanError:
        """The same error with the line and column of every problem that has only a path."""
        return type(error)([self.place_one(problem) for problem in error.problems])

    def place_one(self, problem: Problem) -> Problem:
        """A problem with its place in the deployment file, unless it has one already."""
        if problem.file:
            return problem
        if problem.path[:1] == ("claims",) and problem.path not in self.document.keys:
            return problem.placed("--claim", 0, 0)
        return self.document.place(problem)


def read_deployment_file(file: Path | str) -> DeploymentFile:
    """Read and validate a deployment.

    Raises:
        FileAccessError: the file or one of its catalog folders cannot be read.
        InputError: what is wrong with its content, all of it.
    """
    document = read_yaml(file)
    deployment = validate(Deployment, document)
    here = Path(file).parent
    folders = [here / folder for folder in deployment.catalog]
    missing = [
        Problem(
            "RP009",
            f"no catalog folder '{deployment.catalog[index]}'",
            "it is looked for beside this file",
            ("catalog", index),
        )
        for index, folder in enumerate(folders)
        if not is_folder(folder)
    ]
    if missing:
        raise FileAccessError([document.place(problem) for problem in missing])
    catalog = open_catalog(folders, deployment.hardware.entries())
    return DeploymentFile(_with_distances(deployment, here, document), catalog, document)


def _with_distances(deployment: Deployment, here: Path, document: Document) -> Deployment:
    """The deployment with the matrix of distances that its floor names, read in.

    Raises:
        FileAccessError: the file cannot be read.
        InputError: its content is wrong, or the floor tells distances twice (RP110).
    """
    floor = deployment.floor
    if floor is None or floor.distances is None:
        return deployment
    if floor.distances_m:
        message = "'distances' and 'distances_m' contradict each other"
        problem = Problem("RP110", message, "keep one of them", ("floor", "distances"))
        raise InputError([document.place(problem)])
    told = read_distances(here / floor.distances)
    full = floor.model_copy(update={"distances_m": told})
    return deployment.model_copy(update={"floor": full})
