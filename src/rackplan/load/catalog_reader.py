"""The catalog on disk: entries are read by id, one file each, only those that are asked for."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import Any

from pydantic import RootModel

from rackplan.catalog import KINDS
from rackplan.catalog.base import (
    ID_PATTERN,
    Catalog,
    E,
    Entry,
    Many,
    Model,
    Source,
    UnknownEntryError,
)
from rackplan.catalog.conflicts import Conflict
from rackplan.errors import FileAccessError, InputError, Problem, nearest
from rackplan.load.data import data_folder
from rackplan.load.inheritance import laid_over, parent_of
from rackplan.load.validation import validate
from rackplan.load.yaml_document import Document, read_yaml

Standing = tuple[str, str, int]
"""Where an entry stands: the folder of its kind, its id, and the number of the catalog folder."""


class Sources(RootModel[dict[str, Source]]):
    """The file `sources.yaml` of a catalog folder: where numbers come from, by key."""


class Conflicts(RootModel[dict[str, Conflict]]):
    """The file `conflicts.yaml` of a catalog folder: what sources disagree about, by key."""


class Names(Model):
    """The file `names.yaml` of a catalog folder: other names of entries, by folder of the kind."""

    ambiguous: dict[str, dict[str, Many[str]]] = {}
    """Names with several meanings, and the ids that each may mean."""
    aliases: dict[str, dict[str, str]] = {}
    """Names that are not ids, and the id that each means."""


class FileCatalog:
    """Folders of YAML entries, the first folder that has an id wins; inline entries come first.

    An entry may say `extends: other-id` and then holds only what differs; under its own id it
    extends the entry of the same id in a later folder.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        inline: Mapping[str, Mapping[str, Entry]] | None = None,
    ) -> None:
        self._folders = tuple(folders)
        self._inline = inline or {}
        self._read: dict[tuple[str, str], Entry] = {}
        self._overridden: list[str] = []

    def find(self, kind: type[E], wanted: str) -> E:
        """The entry of a kind with an id; see `rackplan.catalog.base.Catalog.find`."""
        key = (kind.folder, wanted)
        if key not in self._read:
            self._read[key] = self._load(kind, wanted)
        entry = self._read[key]
        assert isinstance(entry, kind)  # noqa: S101  # the key holds the kind's folder
        return entry

    def ids(self, kind: type[Entry]) -> list[str]:
        """All ids of a kind, inline ones included, sorted."""
        found = set(self._inline.get(kind.folder, {}))
        for folder in self._folders:
            found |= {
                file.stem
                for file in (folder / kind.folder).glob("*.yaml")
                if ID_PATTERN.fullmatch(file.stem)
            }
        return sorted(found)

    def sources(self) -> dict[str, Source]:
        """The sources of all folders; the first folder that has a key wins."""
        return self._sources

    @cached_property
    def _sources(self) -> dict[str, Source]:
        merged: dict[str, Source] = {}
        for file in self._files("sources.yaml"):
            merged = validate(Sources, read_yaml(file)).root | merged
        return merged

    def conflicts(self) -> dict[str, Conflict]:
        """The conflict records of all folders; the first folder that has a key wins."""
        merged: dict[str, Conflict] = {}
        for file in self._files("conflicts.yaml"):
            merged = validate(Conflicts, read_yaml(file)).root | merged
        return merged

    def read_so_far(self) -> list[Entry]:
        """The entries that were asked for, sorted by kind and id."""
        return [self._read[key] for key in sorted(self._read)]

    def overridden(self) -> list[str]:
        """What the entries read so far replaced in later folders, one sentence each."""
        return sorted(self._overridden)

    def place(self, problem: Problem) -> Problem:
        """A problem whose file is `folder/id.yaml`, with the real file, line and column."""
        for file in self._files(problem.file):
            return read_yaml(file).place(replace(problem, file=""))
        return problem

    def _files(self, name: str) -> Iterator[Path]:
        return (folder / name for folder in self._folders if (folder / name).is_file())

    def _load(self, kind: type[E], wanted: str) -> E:
        inline = self._inline.get(kind.folder, {}).get(wanted)
        if isinstance(inline, kind):
            return inline
        if ID_PATTERN.fullmatch(wanted):
            for number in range(len(self._folders)):
                if self._file(kind, wanted, number).is_file():
                    self._note_override(kind, wanted, number)
                    return self._entry(kind, wanted, number, ())
        self._refuse_misnamed(kind, wanted)
        raise self._unknown(kind, wanted)

    def _file(self, kind: type[Entry], wanted: str, number: int) -> Path:
        return self._folders[number] / kind.folder / f"{wanted}.yaml"

    def _entry(self, kind: type[E], wanted: str, number: int, below: tuple[Standing, ...]) -> E:
        """The entry in one folder, laid over what it extends."""
        document = read_yaml(self._file(kind, wanted, number))
        self._refuse_other_kind(kind, wanted, number, document)
        parent = parent_of(document)
        data: Any = document.data
        if parent is not None:
            chain = (*below, (kind.folder, wanted, number))
            first = number + 1 if parent == wanted else 0
            data = laid_over(self._parent(kind, parent, first, document, chain), data)
        entry = validate(kind, document, data)
        if entry.id not in ("", wanted):
            problem = Problem("RP210", f"the file is named '{wanted}', its id is '{entry.id}'",
                              "remove the key 'id': the file name is the id", ("id",))  # fmt: skip
            raise InputError([document.place(problem)])
        return entry.model_copy(update={"id": wanted})

    def _parent(
        self,
        kind: type[E],
        wanted: str,
        first: int,
        document: Document,
        chain: tuple[Standing, ...],
    ) -> E:
        for number in range(first, len(self._folders)):
            if (kind.folder, wanted, number) in chain:
                names = " -> ".join([*(name for _, name, _ in chain), wanted])
                problem = Problem("RP211", f"an entry extends itself: {names}",
                                  "remove one 'extends'", ("extends",))  # fmt: skip
                raise InputError([document.place(problem)])
            if ID_PATTERN.fullmatch(wanted) and self._file(kind, wanted, number).is_file():
                return self._entry(kind, wanted, number, chain)
        near = nearest(wanted, self.ids(kind))
        hint = f"nearest: {', '.join(near)}" if near else "extend an entry of the same kind"
        problem = Problem("RP201", f"no {kind.singular} '{wanted}' to extend", hint, ("extends",))
        raise InputError([document.place(problem)])

    def _refuse_other_kind(
        self, kind: type[Entry], wanted: str, number: int, document: Document
    ) -> None:
        """RP212 when the file would turn an entry of a later folder into another kind of thing."""
        for later in range(number + 1, len(self._folders)):
            if self._file(kind, wanted, later).is_file():
                return
            for other in KINDS.values():
                if self._file(other, wanted, later).is_file():
                    message = f"'{wanted}' is a {other.singular} in the catalog below, here a "
                    hint = f"move the file to {other.folder}/, or choose another id"
                    problem = Problem("RP212", message + kind.singular, hint)
                    raise InputError([document.place(problem)])

    def _note_override(self, kind: type[Entry], wanted: str, number: int) -> None:
        for later in range(number + 1, len(self._folders)):
            if self._file(kind, wanted, later).is_file():
                where = self._folders[number].name
                self._overridden.append(f"{kind.singular} '{wanted}' comes from '{where}'")
                return

    def _refuse_misnamed(self, kind: type[Entry], wanted: str) -> None:
        """RP108 when a file has the wanted name, but the name is no id."""
        for folder in self._folders:
            for file in (folder / kind.folder).glob("*.yaml"):
                if file.stem == wanted:
                    message = f"the file name '{wanted}' is not an id"
                    hint = "rename it: small letters, digits, '.' and '-', 80 at most"
                    raise InputError([Problem("RP108", message, hint, file=str(file))])

    def _unknown(self, kind: type[Entry], wanted: str) -> UnknownEntryError:
        plain = wanted.lower().strip()
        for file in self._files("names.yaml"):
            names = validate(Names, read_yaml(file))
            meanings = names.ambiguous.get(kind.folder, {}).get(plain)
            alias = names.aliases.get(kind.folder, {}).get(plain)
            if meanings or alias:
                near = [alias] if alias else []
                return UnknownEntryError(kind, wanted, near, list(meanings or ()))
        return UnknownEntryError(kind, wanted, nearest(plain, self.ids(kind)), [])


class InlineCatalog:
    """Entries of a deployment before those of any catalog."""

    def __init__(self, base: Catalog, inline: Mapping[str, Mapping[str, Entry]]) -> None:
        self._base = base
        self._inline = inline

    def find(self, kind: type[E], wanted: str) -> E:
        """The entry of a kind with an id; see `rackplan.catalog.base.Catalog.find`."""
        entry = self._inline.get(kind.folder, {}).get(wanted)
        return entry if isinstance(entry, kind) else self._base.find(kind, wanted)

    def ids(self, kind: type[Entry]) -> list[str]:
        """All ids of a kind, sorted."""
        return sorted({*self._inline.get(kind.folder, {}), *self._base.ids(kind)})

    def sources(self) -> dict[str, Source]:
        """All sources by key."""
        return self._base.sources()


def open_catalog(
    folders: Sequence[Path | str] = (), inline: Mapping[str, Mapping[str, Entry]] | None = None
) -> FileCatalog:
    """The built-in catalog with the user's folders laid over it.

    Raises:
        FileAccessError: a folder does not exist.
    """
    users = [Path(folder) for folder in folders]
    missing = [folder for folder in users if not is_folder(folder)]
    if missing:
        hint = "check the name, and the folder that it is looked for in"
        problems = [Problem("RP009", "no such catalog folder", hint, file=str(f)) for f in missing]
        raise FileAccessError(problems)
    return FileCatalog([*users, data_folder("catalogs")], inline)


def is_folder(path: Path) -> bool:
    """Whether a path leads to a folder; one that cannot be a path at all does not."""
    try:
        return path.is_dir()
    except (OSError, ValueError):  # a name that is too long
        return False
