"""Write the expected text of every wrong deployment anew: `python tests/errors/regenerate.py`.

It makes whatever the program says now the expectation. So read the diff, line by line, as the
person who made the mistake: is the place right, is the finding clear, can the hint be typed?
"""

from __future__ import annotations

import sys

from test_errors import HERE, all_cases, told


def main() -> None:
    cases = all_cases()
    for old in HERE.glob("*.txt"):
        if old.stem not in cases:
            old.unlink()
    changed = 0
    for name in cases:
        file = HERE / f"{name}.txt"
        text = told(name)
        if not file.exists() or file.read_text(encoding="utf-8") != text:
            file.write_text(text, encoding="utf-8")
            changed += 1
    sys.stdout.write(f"{changed} of {len(cases)} texts changed; read the diff\n")


if __name__ == "__main__":
    main()
