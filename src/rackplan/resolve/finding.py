"""Look-ups that gather problems instead of stopping at the first."""

from __future__ import annotations

from typing import Any

from rackplan.catalog import KINDS
from rackplan.catalog.base import Catalog, E, Entry, UnknownEntryError
from rackplan.errors import InputError, Path, Problem, nearest


class Finder:
    """A catalog, and the problems that came up while using it."""

    def __init__(self, catalog: Catalog) -> None:
        self._catalog = catalog
        self.input_problems: list[Problem] = []
        self.infeasible: list[Problem] = []
        self.warnings: list[Problem] = []
        self._everywhere: frozenset[str] | None = None
        self._all: dict[type[Entry], list[Any]] = {}

    def find(self, kind: type[E], wanted: str, path: Path) -> E | None:
        """The entry, or None with a problem noted at the path of the reference."""
        try:
            return self._catalog.find(kind, wanted)
        except UnknownEntryError as error:
            self.input_problems.append(_unknown(error, path))
        except InputError as error:
            self.input_problems += error.problems
        return None

    def follow(self, kind: type[E], entry: Entry, wanted: str | None, path: Path) -> E | None:
        """The entry that another entry refers to; the problem names the one that refers."""
        if wanted is None:
            return None
        before = len(self.input_problems)
        found = self.find(kind, wanted, path)
        for index in range(before, len(self.input_problems)):
            problem = self.input_problems[index]
            if problem.code in ("RP201", "RP202"):
                text = f"{problem.message} (named by {entry.singular} '{entry.id}')"
                self.input_problems[index] = Problem(problem.code, text, problem.hint, path)
        return found

    def all_of(self, kind: type[E]) -> list[E]:
        """Every entry of a kind, by id; what cannot be read is noted and left out."""
        if kind not in self._all:
            found = (self.find(kind, wanted, ()) for wanted in self._catalog.ids(kind))
            self._all[kind] = [entry for entry in found if entry is not None]
        return self._all[kind]

    def _ids(self) -> frozenset[str]:
        """All ids of all kinds."""
        if self._everywhere is None:
            ids = [entry for kind in KINDS.values() for entry in self._catalog.ids(kind)]
            self._everywhere = frozenset(ids)
        return self._everywhere

    def check_claim(self, name: str, path: Path) -> None:
        """Note RP201 unless a claim, `entry.fact`, begins with an id of the catalog."""
        if not any(name.startswith(f"{known}.") for known in self._ids()):
            wanted = name.partition(".")[0]
            near = nearest(wanted, self._ids())
            hint = f"nearest: {', '.join(near)}" if near else "see 'rackplan catalog list'"
            message = f"no catalog entry '{wanted}' to take a claim for"
            self.input_problems.append(Problem("RP201", message, hint, path, at_key=True))

    def check_any(self, wanted: str, path: Path) -> None:
        """Note RP401 unless some kind of the catalog has the id."""
        if wanted not in self._ids():
            near = nearest(wanted, self._ids())
            hint = f"nearest: {', '.join(near)}" if near else "a price belongs to a catalog id"
            message = f"no catalog entry '{wanted}' to price"
            self.input_problems.append(Problem("RP401", message, hint, path, at_key=True))

    def wrong(self, code: str, message: str, hint: str, path: Path) -> None:
        """Note a contradiction in the input."""
        self.input_problems.append(Problem(code, message, hint, path))

    def warn(self, code: str, message: str, hint: str, path: Path) -> None:
        """Note something that can be built but should be known."""
        self.warnings.append(Problem(code, message, hint, path, severity="warning"))

    def cannot(self, code: str, message: str, hint: str, path: Path) -> None:
        """Note something that cannot be built."""
        self.infeasible.append(Problem(code, message, hint, path))


def _unknown(error: UnknownEntryError, path: Path) -> Problem:
    kind = error.kind
    if error.meanings:
        message = f"'{error.wanted}' has several meanings"
        return Problem("RP202", message, f"write one of {', '.join(error.meanings)}", path)
    listing = f"rackplan catalog list {kind.folder}"
    hint = f"nearest: {', '.join(error.near)}   ({listing})" if error.near else f"see '{listing}'"
    return Problem("RP201", f"no {kind.singular} '{error.wanted}'", hint, path)
