"""`answers/<name>.csv`: every analysis as a table of its own."""

from __future__ import annotations

from pathlib import Path

from rackplan.analyses import ANALYSES
from rackplan.build import Plan


def write(plan: Plan, folder: Path) -> None:
    """Write one file for each analysis; those without a row are left out.

    What a reader must know before using the numbers stands in `answers/notes.txt`.
    """
    answers = folder / "answers"
    answers.mkdir()
    told = []
    for name, analysis in ANALYSES.items():
        result = analysis(plan)
        if result.rows:
            result.frame().to_csv(answers / f"{name}.csv", index=False, lineterminator="\n")
        told += [f"{name}: {note}\n" for note in result.notes]
    (answers / "notes.txt").write_text("".join(told), encoding="utf-8")
