"""Tables for the terminal: a plan, a comparison, a catalog entry, an explanation."""

from __future__ import annotations

from typing import Any

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text

from rackplan.comparison import Comparison
from rackplan.explain import Explanation
from rackplan.units import printable, show_count, show_power, show_usd, show_value
from rackplan.views.terminal_plan import plan_view
from rackplan.views.terminal_table import printable_lines, result_view, table

__all__ = [
    "comparison_view",
    "entry_view",
    "explanation_view",
    "plan_view",
    "result_view",
    "table",
]


def comparison_view(comparison: Comparison) -> RenderableType:
    """Pluggable and CPO side by side, and what every accounting preset says is saved."""
    counts = [
        [
            f"{row['fabric']}, {row['variant']}",
            str(row["switch"]),
            *(
                show_count(row[name])
                for name in (
                    "switches",
                    "links",
                    "host_modules",
                    "switch_modules",
                    "switch_lasers",
                    "engines",
                    "laser_sources",
                    "fibers",
                )
            ),
        ]
        for row in comparison.counts.rows
    ]
    savings = [
        [
            f"{row['fabric']}, {row['accounting']}{' *' if row['chosen'] else ''}",
            str(row["basis"]),
            show_power(row["pluggable_w"]),
            show_power(row["cpo_w"]),
            show_power(row["saved_w"]),
            show_count(row["extra_gpus"]),
            show_usd(row["cage_usd"]),
            show_usd(row["modules_usd"]),
        ]
        for row in comparison.savings.rows
    ]
    ends = {str(row["host_ends"]) for row in comparison.savings.rows}
    second = table(
        "Co-packaged against pluggable, by accounting preset (* the deployment's)",
        ["", "basis", "pluggable", "CPO", "saved", "GPUs fed", "USD/cage", "modules avoided"],
        savings,
    )
    notes = [
        f"NIC-side modules: {', '.join(sorted(ends))} with CPO",
        "GPUs fed: whole GPUs whose TDP the saved power covers",
        "modules avoided: price of the switch-side modules, before the price of the CPO switches",
        *comparison.savings.notes,
    ]
    second.caption = Text(printable_lines("\n".join(notes)))
    second.caption_justify = "left"
    first = table(
        "Counts",
        [
            "",
            "switch",
            "switches",
            "links",
            "host modules",
            "switch modules",
            "switch lasers",
            "engines",
            "ELS",
            "lit fibers",
        ],
        counts,
    )
    return Group(first, Text(), second)


def entry_view(told: dict[str, Any]) -> RenderableType:
    """A catalog entry: facts with sources, then the claims that disagree."""
    rows, contested = [], []
    for fact in told["facts"]:
        rows.append(
            [
                fact["fact"],
                show_value(fact["value"]),
                fact["status"] or "",
                fact["source"] or "",
                fact["note"],
            ]
        )
        contested += [
            [
                fact["fact"],
                show_value(claim["value"]),
                claim["status"] or "",
                claim["source"] or "",
                "; ".join([claim["note"], *(f"INCONSISTENT: {t}" for t in claim["inconsistent"])]),
            ]
            for claim in fact["alternatives"]
        ]
    fields = "   ".join(f"{name}: {value}" for name, value in told["fields"].items())
    columns = ["fact", "value", "status", "source", "note"]
    parts: list[RenderableType] = [
        Text(f"{told['kind']} {told['id']}: {told['name']}", style="bold"),
        Text(printable(fields)),
        Text(printable(told["note"])),
        _left(table("Facts", columns, rows)),
    ]
    if contested:
        parts += [Text(), _left(table("Claims that disagree", columns, contested))]
    sources = [
        [key, source["author"], source["title"], source["date"], source["url"]]
        for key, source in told["sources"].items()
    ]
    if sources:
        heads = ["key", "author", "title", "date", "url"]
        parts += [
            Text(),
            _left(table("Sources (date of the page, or of the day it was read)", heads, sources)),
        ]
    return Group(*parts)


def _left(made: Table) -> Table:
    for column in made.columns:
        column.justify = "left"
    return made


def explanation_view(told: Explanation) -> RenderableType:
    """A number and what it follows from, as a tree."""
    from rich.tree import Tree

    tree = Tree(_explained(told))
    for part in told.inputs:
        tree.add(explanation_view(part))
    for claim in told.claims:
        text = f"disagrees: {show_value(claim['value'])}   {claim['source']}"
        for told_too in (claim["note"], *claim.get("inconsistent", ())):
            text += f"\n{told_too}" if told_too else ""
        tree.add(Text(printable_lines(text)))
    return tree


def _explained(told: Explanation) -> Text:
    head = Text(f"{told.name} = {show_value(told.value)} {told.unit}".rstrip(), style="bold")
    status = f"[{told.status}] " if told.status else ""
    for line in (told.formula, f"{status}{told.source}", told.note):
        if line:
            head.append(f"\n{printable(line)}", style="not bold")
    return head
