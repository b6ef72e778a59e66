"""What can be wrong, and how it is said: problems with a place, a rule, a finding and a remedy."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

Severity = Literal["error", "warning"]
Path = tuple[str | int, ...]

MAX_PROBLEMS_SHOWN = 50
MAX_WORD_MATCHED = 100
_LONG_QUOTE = re.compile(r"(?<!\w)'([^']{61})[^']{20,}'")


@dataclass(frozen=True)
class Problem:
    """One finding: a rule code, the place in the data, what was found and what to do.

    `path` is the place in the data, for example `("compute", 1, "count")`. `file`, `line` and
    `column` are filled in by the loader, which alone knows where a path stands in a file.
    `at_key` says that the key itself is meant and not its value.
    """

    code: str
    message: str
    hint: str = ""
    path: Path = ()
    severity: Severity = "error"
    at_key: bool = False
    file: str = ""
    line: int = 0
    column: int = 0

    @property
    def text(self) -> str:
        """The whole line, `file:line:column: severity[code] message; hint`, safe to print.

        What was found in a file may be hostile: nothing in it can command a terminal, begin
        another line or fill the screen.
        """
        place = ":".join(str(part) for part in (self.file, self.line, self.column) if part)
        told = f"{self.message}; {self.hint}" if self.hint else self.message
        line = f"{place}: {self.severity}[{self.code}] {told}" if place else told_plain(self, told)
        return _harmless(_LONG_QUOTE.sub(r"'\1...'", line))

    def placed(self, file: str, line: int, column: int) -> Problem:
        """The same problem with its place in a file; lines and columns count from one."""
        return replace(self, file=file, line=line, column=column)


def _harmless(line: str) -> str:
    """The line with every character that a terminal could obey shown as its code."""
    shown = "".join(c if c.isprintable() else f"\\u{ord(c):04x}" for c in line)
    return shown if len(shown) <= 1000 else f"{shown[:700]} ... {shown[-295:]}"


def told_plain(problem: Problem, told: str) -> str:
    """The line of a problem that has no place in a file: the data path stands in its stead."""
    where = path_text(problem.path)
    return f"{problem.severity}[{problem.code}] {where + ': ' if where else ''}{told}"


def path_text(path: Path) -> str:
    """A data path as a person writes it: `("compute", 1, "count")` is `compute[1].count`."""
    text = ""
    for part in path:
        if isinstance(part, int):
            text += f"[{part}]"
        else:
            text += f".{part}" if text else part
    return text


@dataclass
class RackplanError(Exception):
    """An error that carries problems; `str()` is one line a problem, in order of place."""

    problems: list[Problem] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.problems = sorted_problems(self.problems)
        super().__init__(str(self))

    def __str__(self) -> str:
        shown = [problem.text for problem in self.problems[:MAX_PROBLEMS_SHOWN]]
        more = len(self.problems) - len(shown)
        return "\n".join([*shown, f"and {more} more problems"] if more else shown)


class InputError(RackplanError):
    """The content of a file is wrong (exit 1)."""


class InfeasibleError(RackplanError):
    """The input is right, but what it asks for cannot be built (exit 1)."""


class FileAccessError(RackplanError):
    """A file or folder cannot be read or written (exit 4)."""


class InvariantError(RackplanError):
    """Two counts of the same thing disagree: a bug of rackplan itself (exit 70)."""


def sorted_problems(problems: Iterable[Problem]) -> list[Problem]:
    """Problems in order of file, line, column, then code and message; repeats are dropped."""
    unique = dict.fromkeys(problems)
    return sorted(unique, key=lambda p: (p.file, p.line, p.column, p.code, p.message))


def nearest(word: str, choices: Iterable[str], *, most: int = 3) -> list[str]:
    """The choices that resemble a word, the closest first; empty when none does."""
    import difflib  # only needed on the way to an error message

    if len(word) > MAX_WORD_MATCHED:  # resembles nothing, and comparing it takes long
        return []
    return difflib.get_close_matches(word, sorted(choices), n=most, cutoff=0.5)
