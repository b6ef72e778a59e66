"""The catalog on disk: entries are read by id, one file each, only those that are asked for."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from rackplan.catalog.base import ID_PATTERN, E, Entry, Source, UnknownEntryError
from rackplan.errors import FileAccessError, Problem, nearest
from rackplan.load.data import data_folder
from rackplan.load.validation import validate
from rackplan.load.yaml_document import read_yaml


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
            found |= {file.stem for file in (folder / kind.folder).glob("*.yaml")}
        return sorted(found)

    def sources(self) -> dict[str, Source]:
        """The sources of all folders; the first folder that has a key wins."""
        merged: dict[str, Any] = {}
        for folder in reversed(self._folders):
            file = folder / "sources.yaml"
            if file.is_file():
                merged |= read_yaml(file).data
        return TypeAdapter(dict[str, Source]).validate_python(merged)

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
        raise self._unknown(kind, wanted)

    def _unknown(self, kind: type[Entry], wanted: str) -> UnknownEntryError:
        plain = wanted.lower().strip()
        names = self._names()
        meanings = names.get("ambiguous", {}).get(kind.folder, {}).get(plain, [])
        alias = names.get("aliases", {}).get(kind.folder, {}).get(plain)
        near = [alias] if alias else nearest(plain, self.ids(kind))
        return UnknownEntryError(kind, wanted, near, meanings)

    def _names(self) -> dict[str, Any]:
        for folder in self._folders:
            file = folder / "names.yaml"
            if file.is_file():
                names: dict[str, Any] = read_yaml(file).data
                return names
        return {}


def open_catalog(
    folders: Sequence[Path | str] = (), inline: Mapping[str, Mapping[str, Entry]] | None = None
) -> FileCatalog:
    """The built-in catalog with the user's folders laid over it.

    Raises:
        FileAccessError: a folder does not exist.
    """
    users = [Path(folder) for folder in folders]
    missing = [folder for folder in users if not folder.is_dir()]
    if missing:
        problems = [Problem("RP009", "no such catalog folder", file=str(f)) for f in missing]
        raise FileAccessError(problems)
    return FileCatalog([*users, data_folder("catalogs")], inline)
