"""The docs say what the code does."""

from __future__ import annotations

import doctest
import importlib.util
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def generator() -> object:
    spec = importlib.util.spec_from_file_location("generate", ROOT / "docs" / "generate.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_generated_pages_are_the_committed_ones() -> None:
    for name, text in generator().pages().items():  # type: ignore[attr-defined]
        assert (ROOT / "docs" / name).read_text(encoding="utf-8") == text, name


def documents() -> list[Path]:
    return [ROOT / "README.md", *sorted((ROOT / "docs").rglob("*.md"))]


@pytest.mark.parametrize("document", documents(), ids=lambda p: p.name)
def test_python_in_the_docs_runs(document: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    code = "\n".join(re.findall(r"```python\n(.*?)```", document.read_text("utf-8"), re.DOTALL))
    tests = doctest.DocTestParser().get_doctest(code, {}, document.name, str(document), 0)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE)
    runner.run(tests)
    assert runner.summarize(verbose=False).failed == 0


@pytest.mark.parametrize("document", documents(), ids=lambda p: p.name)
def test_commands_in_the_docs_run(document: Path, tmp_path: Path) -> None:
    """Every `rackplan` line of a console block ends with exit code 0, one after the other."""
    blocks = re.findall(r"```console\n(.*?)```", document.read_text("utf-8"), re.DOTALL)
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    for line in "\n".join(blocks).splitlines():
        if not line.startswith("$ rackplan"):
            continue
        words = shlex.split(line.removeprefix("$ rackplan"), comments=True)
        done = subprocess.run(
            [sys.executable, "-m", "rackplan", *words],
            cwd=tmp_path, capture_output=True, text=True, check=False, timeout=120,
            env=os.environ | {"COLUMNS": "120"},
        )  # fmt: skip
        assert done.returncode == 0, (line, done.stderr)


@pytest.mark.parametrize("document", documents(), ids=lambda p: p.name)
def test_links_between_the_docs_lead_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text("utf-8")):
        assert (document.parent / target).exists(), target


def test_the_docstring_of_the_package_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    import rackplan

    monkeypatch.chdir(ROOT)
    assert doctest.testmod(rackplan).failed == 0


def test_every_code_in_the_source_has_its_rule_and_every_rule_is_used() -> None:
    from rackplan.rules import RULES

    sources = [file for file in (ROOT / "src").rglob("*.py") if file.name != "rules.py"]
    used = {code for file in sources for code in re.findall(r"RP[0-9]{3}", file.read_text("utf-8"))}
    assert used == set(RULES)
