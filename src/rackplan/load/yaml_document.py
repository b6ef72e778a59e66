"""YAML with positions, read strictly and within limits: one pass over the parser's events."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any, NoReturn

import yaml

from rackplan.errors import FileAccessError, InputError, Path, Problem

MAX_BYTES = 8 * 1024 * 1024
MAX_DEPTH = 100
MAX_NODES = 100_000
MAX_EXPANDED = 200_000
MAX_DIGITS = 15
_UNCOUNTED = 10**15
"""Sizes of expanded aliases are not told apart beyond this."""

_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_BREAK = re.compile("\r\n|[\n\r\x85\u2028\u2029]")
_ACCESS_HINTS: dict[type[OSError], str] = {
    FileNotFoundError: "check the name, and the folder that it is looked for in",
    IsADirectoryError: "give the YAML file in it",
    PermissionError: "ask for the right to read it",
}

_INTEGER = re.compile(r"[-+]?(?:0|[1-9][0-9]*(?:_[0-9]+)*)")
_DECIMAL = re.compile(
    r"[-+]?(?:(?:0|[1-9][0-9]*(?:_[0-9]+)*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?"
    r"|\.(?:inf|Inf|INF|nan|NaN|NAN))"
)
_PLAIN_WORDS = {
    "did not find expected ',' or ']'": "the bracket '[' of {begun} is not closed",
    "did not find expected ',' or '}'": "the brace '{{' of {begun} is not closed",
    "found unexpected end of stream": "the quote of {begun} is not closed",
    "mapping values are not allowed in this context": "':' cannot stand here",
    "did not find expected key": "this does not continue what begins at {begun}",
    "did not find expected '-' indicator": "this does not continue the list of {begun}",
    "could not find expected ':'": "the key of {begun} has no ':'",
}
"""What the parser of YAML says, and the same in the words of those who write it."""
_LOADER: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)

Place = tuple[int, int]


@dataclass(frozen=True)
class Document:
    """The content of one YAML file and where each part of it stands (lines and columns from 1)."""

    file: str
    data: Any
    values: dict[Path, Place] = field(default_factory=dict)
    keys: dict[Path, Place] = field(default_factory=dict)

    def place(self, problem: Problem) -> Problem:
        """The problem with the line and column of its path, or of the nearest part above it."""
        path = problem.path
        if problem.at_key and path in self.keys:
            return problem.placed(self.file, *self.keys[path])
        while path and path not in self.values:
            path = path[:-1]
        line, column = self.values.get(path, (1, 1))
        return problem.placed(self.file, line, column)


@dataclass
class _Frame:
    """A container that is still open: what it holds, how large it is when expanded."""

    container: Any
    path: Path
    anchor: str | None
    size: int = 1
    key: str | None = None


def read_yaml(file: FilePath | str) -> Document:
    """Read one YAML file.

    Raises:
        FileAccessError: missing, a folder, or not readable (RP009).
        InputError: not text, too large, not YAML, or a construct that is not allowed (RP001-RP008).
    """
    name = str(file)
    try:
        with FilePath(file).open("rb") as handle:
            content = handle.read(MAX_BYTES + 1)
    except OSError as error:
        reason = (error.strerror or "input or output error").lower()
        hint = _ACCESS_HINTS.get(type(error), "")
        problem = Problem("RP009", f"cannot read: {reason}", hint, file=name or "''")
        raise FileAccessError([problem]) from error
    return parse_yaml(content, name)


def parse_yaml(content: bytes, file: str) -> Document:
    """Parse the bytes of one YAML file; `file` is the name that messages carry."""
    text = _decode(content, file)
    return _Parser(file).parse(text)


def _decode(content: bytes, file: str) -> str:
    """The text of a file, or RP006 with what makes it no text."""
    if len(content) > MAX_BYTES:
        message = f"the file is larger than {MAX_BYTES:,} bytes"
        _refuse(file, 1, 1, "RP006", message, "split the deployment, or write fewer details")
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        _refuse(file, 1, 1, "RP006", "the file is UTF-16", "save it as UTF-8")
    if b"\0" in content:
        offset = content.index(b"\0")
        _refuse(file, 1, 1, "RP006", f"binary: NUL at byte {offset}", "give a YAML file")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        message = f"the file is not UTF-8: byte {error.start} is 0x{content[error.start]:02x}"
        before = content[: error.start].decode("utf-8-sig")
        _refuse(file, *_end_of(before), "RP006", message, "save it as UTF-8")
    forbidden = _FORBIDDEN.search(text)
    if forbidden:
        message = f"character U+{ord(forbidden[0]):04X} is not allowed in YAML"
        at = _end_of(text[: forbidden.start()])
        _refuse(file, *at, "RP006", message, "remove the control character")
    return text


def _end_of(text: str) -> Place:
    """The place of the character that follows a text."""
    lines = _BREAK.split(text)
    return len(lines), len(lines[-1]) + 1


def _refuse(file: str, line: int, column: int, code: str, message: str, hint: str) -> NoReturn:
    raise InputError([Problem(code, message, hint, file=file, line=line, column=column)])


class _Parser:
    """Builds plain Python objects from events; an explicit stack, so depth costs no recursion."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.problems: list[Problem] = []
        self.values: dict[Path, Place] = {}
        self.keys: dict[Path, Place] = {}
        self.anchors: dict[str, tuple[Any, int]] = {}
        self.stack: list[_Frame] = []
        self.root: Any = None
        self.nodes = 0
        self.documents = 0
        self.bomb: Place | None = None

    def parse(self, text: str) -> Document:
        try:
            for event in yaml.parse(text, Loader=_LOADER):
                self._take(event)
        except yaml.MarkedYAMLError as error:
            self._syntax(error, text)
        except yaml.YAMLError as error:
            message = f"not valid YAML: {error}".splitlines()[0]
            self._fatal(1, 1, "RP008", message, "save it as plain text in UTF-8")
        if self.problems:
            raise InputError(self.problems)
        return Document(self.file, self.root, self.values, self.keys)

    def _syntax(self, error: yaml.MarkedYAMLError, text: str) -> NoReturn:
        """RP008 where the parser gave up, with what it was reading and where that began."""
        mark, start = error.problem_mark or error.context_mark, error.context_mark
        line, column = (mark.line + 1, mark.column + 1) if mark else (1, 1)
        found = str(error.problem or error.context)
        begun = f"{start.line + 1}:{start.column + 1}" if start else "the file"
        plain = _PLAIN_WORDS.get(found)
        message = f"not valid YAML: {plain.format(begun=begun) if plain else found}"
        written = [*_BREAK.split(text), ""][line - 1]
        indent = written[: len(written) - len(written.lstrip())]
        hint = "check indentation, brackets and quotes"
        if "\t" in indent or written[column - 1 : column] == "\t":
            hint = "indent with spaces, not tabs"
        elif found.startswith("mapping values"):
            hint = "put a text that holds ': ' in quotes, and check the indentation"
        self._fatal(line, column, "RP008", message, hint)

    def _take(self, event: Any) -> None:
        if isinstance(event, yaml.ScalarEvent):
            self._scalar(event)
        elif isinstance(event, yaml.AliasEvent):
            self._alias(event)
        elif isinstance(event, yaml.MappingStartEvent):
            self._open({}, event)
        elif isinstance(event, yaml.SequenceStartEvent):
            self._open([], event)
        elif isinstance(event, yaml.CollectionEndEvent):
            self._close()
        elif isinstance(event, yaml.DocumentStartEvent):
            self.documents += 1
            if self.documents > 1:
                line, column = _place(event)
                message = "a second document begins here"
                self._fatal(line, column, "RP007", message, "one file holds one deployment")

    def _scalar(self, event: Any) -> None:
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            self._key(frame, event)
            return
        value: Any = event.value
        if event.tag is not None:
            self._tag(event)
        elif event.implicit[0]:
            value = self._resolve(event)
        self._place_value(event)
        self._add(value, 1, event)

    def _key(self, frame: _Frame, event: Any) -> None:
        key = event.value
        path = (*frame.path, key)
        if key in frame.container:
            first = self.keys[path][0]
            self._problem(
                event,
                "RP004",
                f"key '{key}' is repeated; the first is in line {first}",
                "keep one of them",
            )
        else:
            self.keys[path] = _place(event)
        frame.key = key

    def _resolve(self, event: Any) -> Any:
        """A plain scalar as JSON would read it; everything else stays a text."""
        text = event.value
        if text in ("", "~", "null"):
            return None
        if text in ("true", "false"):
            return text == "true"
        if _INTEGER.fullmatch(text):
            digits = len(text.lstrip("+-").replace("_", ""))
            if digits > MAX_DIGITS:
                message = f"a number of {digits:,} digits is out of range"
                self._problem(event, "RP103", message, f"write at most {MAX_DIGITS} digits")
                return 0
            return int(text)
        if _DECIMAL.fullmatch(text):
            return float(
                text.replace(".inf", "inf")
                .replace(".Inf", "inf")
                .replace(".INF", "inf")
                .replace(".nan", "nan")
                .replace(".NaN", "nan")
                .replace(".NAN", "nan")
                .replace("_", "")
            )
        return text

    def _alias(self, event: Any) -> None:
        line, column = _place(event)
        if self.stack and isinstance(self.stack[-1].container, dict) and self.stack[-1].key is None:
            self._fatal(line, column, "RP008", "an alias cannot be a key", "write the key out")
        if any(frame.anchor == event.anchor for frame in self.stack):
            message = f"alias '*{event.anchor}' contains itself"
            self._fatal(line, column, "RP002", message, "remove the alias")
        if event.anchor not in self.anchors:
            message = f"alias '*{event.anchor}' has no anchor"
            self._fatal(line, column, "RP002", message, f"define '&{event.anchor}' before it")
        self._place_value(event)
        value, size = self.anchors[event.anchor]
        self._add(value, size, event)
        if self.bomb is None and sum(frame.size for frame in self.stack) > MAX_EXPANDED:
            self.bomb = (line, column)

    def _open(self, container: Any, event: Any) -> None:
        line, column = _place(event)
        if len(self.stack) >= MAX_DEPTH:
            message = f"nested deeper than {MAX_DEPTH} levels"
            self._fatal(line, column, "RP003", message, "flatten the structure")
        frame = self.stack[-1] if self.stack else None
        if frame is not None and isinstance(frame.container, dict) and frame.key is None:
            self._fatal(line, column, "RP008", "a key must be a text", "write a plain key")
        if event.tag is not None:
            self._tag(event)
        self._place_value(event)
        self._count(line, column)
        self.stack.append(_Frame(container, self._path(), event.anchor))

    def _close(self) -> None:
        frame = self.stack.pop()
        self._attach(frame.container, frame.size)
        if frame.anchor:
            self.anchors[frame.anchor] = (frame.container, frame.size)
        if not self.stack and self.bomb is not None:
            more = "more than " if frame.size == _UNCOUNTED else ""
            message = f"aliases expand to {more}{frame.size:,} values, {MAX_EXPANDED:,} are allowed"
            self._fatal(*self.bomb, "RP001", message, "write the values out")

    def _add(self, value: Any, size: int, event: Any) -> None:
        self._count(*_place(event))
        if event.anchor and not isinstance(event, yaml.AliasEvent):
            self.anchors[event.anchor] = (value, size)
        self._attach(value, size)

    def _attach(self, value: Any, size: int) -> None:
        if not self.stack:
            self.root = value
            return
        frame = self.stack[-1]
        frame.size = min(frame.size + size, _UNCOUNTED)
        if isinstance(frame.container, dict):
            frame.container[frame.key] = value
            frame.key = None
        else:
            frame.container.append(value)

    def _count(self, line: int, column: int) -> None:
        self.nodes += 1
        if self.nodes > MAX_NODES:
            message = f"the file holds more than {MAX_NODES:,} values"
            self._fatal(line, column, "RP001", message, "describe what repeats once, with a count")

    def _path(self) -> Path:
        """The path of the value that comes next."""
        if not self.stack:
            return ()
        frame = self.stack[-1]
        part = frame.key if isinstance(frame.container, dict) else len(frame.container)
        return (*frame.path, part)  # type: ignore[arg-type]  # a key is never None here

    def _place_value(self, event: Any) -> None:
        self.values.setdefault(self._path(), _place(event))

    def _tag(self, event: Any) -> None:
        tag = event.tag.replace("tag:yaml.org,2002:", "!!")
        self._problem(event, "RP005", f"tag '{tag}' is not allowed", "write the plain value")

    def _problem(self, event: Any, code: str, message: str, hint: str) -> None:
        line, column = _place(event)
        self.problems.append(Problem(code, message, hint, file=self.file, line=line, column=column))

    def _fatal(self, line: int, column: int, code: str, message: str, hint: str) -> NoReturn:
        last = Problem(code, message, hint, file=self.file, line=line, column=column)
        raise InputError([*self.problems, last])


def _place(event: Any) -> Place:
    return event.start_mark.line + 1, event.start_mark.column + 1
