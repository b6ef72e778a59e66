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
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, suppress
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
        with _parents_of(target):
            return _write_beside(target, writers)
    except OSError as error:
        raise _failed(target, error) from error


def _write_beside(target: Path, writers: Iterable[Writer]) -> list[str]:
    """Write a folder beside its place, then move it there; whatever fails leaves nothing."""
    draft = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        for writer in writers:
            writer(draft)
        names = _seal(draft)
        _move_into_place(draft, target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return names


@contextmanager
def _parents_of(target: Path) -> Iterator[None]:
    """Make the folders above a target, and remove those again if it does not come to be."""
    made = [parent for parent in target.parents if not parent.exists()]
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        yield
    finally:
        if not target.exists():
            for parent in made:
                with suppress(OSError):
                    parent.rmdir()


def _check_target(target: Path, *, force: bool) -> None:
    if not target.exists() and not target.is_symlink():
        return
    name = str(target)
    if target.is_symlink() or not target.is_dir():
        kind = "a link" if target.is_symlink() else "a file"
        raise _refused("RP030", f"{kind} has that name", "choose another folder", name)
    if not force:
        raise _refused("RP030", "the folder exists", "choose another, or add --force", name)
    foreign = _foreign_files(target)
    if foreign:
        more = f" and {len(foreign) - 3:,} more" if len(foreign) > 3 else ""
        listed = ", ".join(foreign[:3]) + more
        message = f"the folder holds what rackplan did not write: {listed}"
        raise _refused("RP031", message, "move it away, or choose another folder", name)


def _refused(code: str, message: str, hint: str, name: str) -> FileAccessError:
    return FileAccessError([Problem(code, message, hint, file=name)])


def _failed(target: Path, error: OSError) -> FileAccessError:
    reason = (error.strerror or str(error)).lower()
    return _refused("RP032", f"cannot write: {reason}", "nothing was changed", str(target))


def _foreign_files(target: Path) -> list[str]:
    """Names in a folder that are not as its manifest lists them; all, without a manifest.

    A file that was changed since, a link and an empty folder of somebody else count as well.
    """
    try:
        manifest = json.loads((target / MANIFEST).read_text(encoding="utf-8"))
        listed = dict(manifest["files"]) if manifest["writer"] == "rackplan" else {}
    except (OSError, ValueError, KeyError, TypeError):
        listed = {}
    ours = {name for name, digest in listed.items() if _digest(target / name) == digest}
    if listed:
        ours.add(MANIFEST)
    folders = {str(parent) for name in ours for parent in Path(name).parents}
    present = sorted(str(file.relative_to(target)) for file in target.rglob("*"))
    return [name for name in present if name not in ours and name not in folders]


def _digest(file: Path) -> str | None:
    """The SHA-256 of a file's content; None for what is not a plain file."""
    if file.is_symlink() or not file.is_file():
        return None
    with file.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def _seal(draft: Path) -> list[str]:
    """Write the manifest, sync every file, and open the folder for others to read."""
    files = sorted(file for file in draft.rglob("*") if file.is_file())
    digests = {str(file.relative_to(draft)): _digest(file) for file in files}
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
    """Rename the draft to the target; an old folder steps aside and comes back on failure.

    Only a folder that was replaced is removed: what fails or interrupts in between leaves it.
    """
    if not target.exists():
        draft.rename(target)
        return
    aside = Path(tempfile.mkdtemp(prefix=f".{target.name}-old-", dir=target.parent))
    old = aside / target.name
    try:
        target.rename(old)
        draft.rename(target)
    except BaseException:
        if old.exists() and not target.exists():
            old.rename(target)
        with suppress(OSError):
            aside.rmdir()
        raise
    shutil.rmtree(aside, ignore_errors=True)


def write_file(target: Path, text: str, *, force: bool = False) -> None:
    """Write one text file, whole or not at all.

    Raises:
        FileAccessError: it exists and `force` is not given, or it cannot be written.
    """
    name = str(target)
    try:
        if target.is_dir():
            raise _refused("RP030", "a folder has that name", "choose another file", name)
        if not force and (target.exists() or target.is_symlink()):
            raise _refused("RP030", "the file exists", "choose another, or add --force", name)
        with _parents_of(target):
            _replace_file(target, text)
    except OSError as error:
        raise _failed(target, error) from error


def _replace_file(target: Path, text: str) -> None:
    """Write a text beside its place, then move it there."""
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


def _default_mode(mode: int) -> int:
    """The mode that a newly made file or folder would have."""
    umask = os.umask(0)
    os.umask(umask)
    return mode & ~umask
