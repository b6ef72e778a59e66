"""Output folders that appear whole or not at all.

Everything is written into a hidden folder beside the target, synced, and renamed into place. A
`MANIFEST.json` with the SHA-256 of every file marks a folder as ours; `force` replaces only such
folders, and only while they hold nothing else.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from rackplan.errors import FileAccessError, Problem

MANIFEST = "MANIFEST.json"
Writer = Callable[[Path], None]


def write_folder(target: Path, writers: Iterable[Writer], *, force: bool = False) -> list[str]:
    """Write a folder by calling each writer with it; returns the names of the files.

    Args:
        target: the folder to make.
        writers: functions that write files into the folder they are given.
        force: replace an existing folder that rackplan wrote.

    Raises:
        FileAccessError: it exists, is not ours, or cannot be written (RP030-RP032). The target
            is then as it was.
    """
    try:
        _check_target(target, force=force)
        target.parent.mkdir(parents=True, exist_ok=True)
        draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    except OSError as error:
        raise _failed(target, error) from error
    try:
        for writer in writers:
            writer(draft)
        names = _seal(draft)
        _move_into_place(draft, target)
    except OSError as error:
        raise _failed(target, error) from error
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return names


def _check_target(target: Path, *, force: bool) -> None:
    if not target.exists() and not target.is_symlink():
        return
    name = str(target)
    if not force:
        raise _refused("RP030", f"'{name}' exists", "choose another folder, or add --force", name)
    foreign = _foreign_files(target)
    if foreign:
        message = f"'{name}' holds files that rackplan did not write: {', '.join(foreign[:3])}"
        raise _refused("RP031", message, "move them away, or choose another folder", name)


def _refused(code: str, message: str, hint: str, name: str) -> FileAccessError:
    return FileAccessError([Problem(code, message, hint, file=name)])


def _failed(target: Path, error: OSError) -> FileAccessError:
    reason = (error.strerror or str(error)).lower()
    return _refused("RP032", f"cannot write: {reason}", "nothing was changed", str(target))


def _foreign_files(target: Path) -> list[str]:
    """Names in a folder that its manifest does not list; all of them without a manifest."""
    if target.is_symlink() or not target.is_dir():
        return [target.name]
    present = sorted(
        str(file.relative_to(target)) for file in target.rglob("*") if not file.is_dir()
    )
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        listed = set(manifest["files"]) if manifest["writer"] == "rackplan" else set()
    except (OSError, ValueError, KeyError, TypeError):
        return present or [target.name]
    return [name for name in present if name not in listed and name != MANIFEST]


def _seal(draft: Path) -> list[str]:
    """Write the manifest, sync every file, and open the folder for others to read."""
    files = sorted(file for file in draft.rglob("*") if file.is_file())
    digests = {}
    for file in files:
        with file.open("rb") as handle:
            digest = hashlib.file_digest(handle, "sha256")
        digests[str(file.relative_to(draft))] = digest.hexdigest()
    text = json.dumps({"writer": "rackplan", "files": digests}, indent=2) + "\n"
    (draft / MANIFEST).write_text(text, encoding="utf-8")
    for file in [*files, draft / MANIFEST, draft]:
        descriptor = os.open(file, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    draft.chmod(_default_mode(0o777))
    return [*digests, MANIFEST]


def _move_into_place(draft: Path, target: Path) -> None:
    """Rename the draft to the target; an old folder steps aside and comes back on failure."""
    if not target.exists():
        draft.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    old = aside / target.name
    target.rename(old)
    try:
        draft.rename(target)
    except OSError:
        old.rename(target)
        raise
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def write_file(target: Path, text: str, *, force: bool = False) -> None:
    """Write one text file, whole or not at all.

    Raises:
        FileAccessError: it exists and `force` is not given, or it cannot be written.
    """
    name = str(target)
    if target.exists() and not force:
        raise _refused("RP030", f"'{name}' exists", "choose another file, or add --force", name)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, draft = tempfile.mkstemp(prefix=f".{target.name}-", dir=target.parent)
        try:
            with os.fdopen(descriptor, "w", encoding="utf-8", newline="\n") as handle:
                handle.write(text)
                handle.flush()
                os.fsync(handle.fileno())
            Path(draft).chmod(_default_mode(0o666))
            Path(draft).replace(target)
        finally:
            Path(draft).unlink(missing_ok=True)
    except OSError as error:
        raise _failed(target, error) from error


def _default_mode(mode: int) -> int:
    """The mode that a newly made file or folder would have."""
    umask = os.umask(0)
    os.umask(umask)
    return mode & ~umask
