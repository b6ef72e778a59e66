"""The catalog on disk: entries are read by id, one file each, only those that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from pydantic import RootModel

from rackplan.catalog.base import ID_PATTERN, E, Entry, Many, Model, Source, UnknownEntryError
from rackplan.errors import FileAccessError, InputError, Problem, nearest
from rackplan.load.data import data_folder
from rackplan.load.validation import validate
from rackplan.load.yaml_document import read_yaml


class Sources(RootModel[dict[str, Source]]):
    """The file `sources.yaml` of a catalog folder: where numbers come from, by key."""


class Names(Model):
    """The file `names.yaml` of a catalog folder: other names of entries, by folder of the kind."""

    ambiguous: dict[str, dict[str, Many[str]]] = {}
    """Names with several meanings, and the ids that each may mean."""
    aliases: dict[str, dict[str, str]] = {}
    """Names that are not ids, and the id that each means."""


class FileCatalog:
    """Folders of YAML entries, the first folder that has an id wins; inline entries come first."""

    def __init__(
        self,
        folders: Sequence[Path],
        inline: Mapping[str, Mapping[str, Entry]] | None = None,
    ) -> None:
        self._folders = tuple(folders)
        self._inline = inline or {}
        self._read: dict[tuple[str, str], Entry] = {}

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
        merged: dict[str, Source] = {}
        for folder in reversed(self._folders):
            file = folder / "sources.yaml"
            if file.is_file():
                merged |= validate(Sources, read_yaml(file)).root
        return merged

    def read_so_far(self) -> list[Entry]:
        """The entries that were asked for, sorted by kind and id."""
        return [self._read[key] for key in sorted(self._read)]

    def _load(self, kind: type[E], wanted: str) -> E:
        inline = self._inline.get(kind.folder, {}).get(wanted)
        if isinstance(inline, kind):
            return inline
        if ID_PATTERN.fullmatch(wanted):
            for folder in self._folders:
                file = folder / kind.folder / f"{wanted}.yaml"
                if file.is_file():
                    entry = validate(kind, read_yaml(file))
                    return entry.model_copy(update={"id": wanted})
        self._refuse_misnamed(kind, wanted)
        raise self._unknown(kind, wanted)

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
        for folder in self._folders:
            file = folder / "names.yaml"
            if not file.is_file():
                continue
            names = validate(Names, read_yaml(file))
            meanings = names.ambiguous.get(kind.folder, {}).get(plain)
            alias = names.aliases.get(kind.folder, {}).get(plain)
            if meanings or alias:
                near = [alias] if alias else []
                return UnknownEntryError(kind, wanted, near, list(meanings or ()))
        return UnknownEntryError(kind, wanted, nearest(plain, self.ids(kind)), [])


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
