"""The schedule of any plan, and templates of any text, hold what they promise."""

from __future__ import annotations

import io
import unicodedata
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rackplan
from rackplan.deployment import Deployment
from rackplan.exports.port_map import port_map
from rackplan.exports.pull_list import pull_list
from rackplan.names import names_of
from rackplan.naming import FIELDS, TemplateError, parse_template
from rackplan.schedule import schedule
from rackplan.schedule.arrow import write_csv

FORMULAS = "=+-@\t\r\n \0"


def small(nodes: int, nics: int, ports: int, *, floor: bool) -> rackplan.Plan:
    """Equal nodes, racked by four, on one fat tree."""
    node = {"gpus": 1, "nics": nics, "height_u": 4}
    switch = {"ports": ports, "port_gbps": 400, "height_u": 1}
    data = {
        "name": "small",
        "hardware": {"nodes": {"node": node}, "switches": {"switch": switch}},
        "compute": [{"node": "node", "count": nodes, "rack": "eia-48u", "nodes_per_rack": 4}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch", "port_gbps": 400}},
    }
    return rackplan.plan(Deployment.model_validate(data | ({"floor": {}} if floor else {})))


@given(
    nodes=st.integers(1, 40), nics=st.integers(1, 3), ports=st.sampled_from([16, 24, 32]),
    floor=st.booleans(),
)  # fmt: skip
def test_every_link_is_in_the_schedule_once_and_every_port_in_the_port_map(
    *, nodes: int, nics: int, ports: int, floor: bool
) -> None:
    plan = small(nodes, nics, ports, floor=floor)
    rows = schedule(plan).table.to_pylist()
    links = plan.tables["links"]
    assert sum(row["links"] for row in rows) == len(links)
    assert len({row["cable_id"] for row in rows}) == len(plan.tables["cables"])
    told = Counter[tuple[str, int]]()
    for row in rows:
        told[row["a_device"], row["a_index"]] += 1
        told[row["z_device"], row["z_index"]] += 1
    _, names = names_of(plan.tables, plan.design)
    table = plan.tables["ports"]
    used = np.concatenate([links["a_port"], links["b_port"]])
    assert told == Counter(
        (names[table["device"][port]], int(table["index"][port]) + 1) for port in used
    )
    grid = port_map(plan).to_pylist()
    switches = {row["device"] for row in grid}
    assert len(grid) == ports * len(switches)
    ends = [one for one, name in ((p, names[table["device"][p]]) for p in used) if name in switches]
    assert sum(row["state"] == "used" for row in grid) == len(ends)
    assert sum(row["cables"] for row in pull_list(plan).to_pylist()) == len(rows)


@given(nodes=st.integers(1, 40), more=st.integers(1, 20))
def test_more_nodes_behind_the_others_rename_no_node(nodes: int, more: int) -> None:
    one, two = (small(count, 1, 32, floor=False) for count in (nodes, nodes + more))
    before, after = (names_of(plan.tables, plan.design)[1] for plan in (one, two))
    assert after[:nodes] == before[:nodes]


@given(text=st.text(max_size=60), kind=st.sampled_from(sorted(FIELDS)))
def test_a_template_is_parsed_or_refused_and_never_commands(text: str, kind: str) -> None:
    try:
        parts = parse_template(text, kind)
    except TemplateError:
        return
    literal = "".join(part.literal for part in parts)
    assert all(part.field in FIELDS[kind] for part in parts if part.field is not None)
    assert literal.isprintable()
    assert not parts[0].literal[:1] or parts[0].literal[0] not in FORMULAS


@given(
    pieces=st.lists(
        st.one_of(
            st.sampled_from(["{", "}", "{{", "}}", "[0]", ".__class__", "!r", ":", ":04", "="]),
            st.sampled_from(["{rack}", "{slot:02}", "{node}", "{near.device}", "rack", "-"]),
        ),
        max_size=8,
    ),
    kind=st.sampled_from(["node", "label", "rack"]),
)  # fmt: skip
def test_pieces_of_templates_in_any_order_look_nothing_up(pieces: list[str], kind: str) -> None:
    text = "".join(pieces)
    try:
        parts = parse_template(text, kind)
    except TemplateError:
        return
    assert {part.field for part in parts if part.field} <= set(FIELDS[kind])


@pytest.mark.parametrize("sign", ["\uff1d", "\ufe62", "\uff20"])
def test_wide_forms_of_formula_signs_begin_no_name_and_no_label(sign: str) -> None:
    assert unicodedata.normalize("NFKC", sign) in "=+@"
    for kind, field in (("node", "{node}"), ("label", "{near.device}")):
        with pytest.raises(TemplateError):
            parse_template(sign + field, kind)


@given(st.lists(st.text(max_size=8), min_size=1, max_size=20))
def test_csv_reads_back_as_it_was_written(texts: list[str]) -> None:
    import csv

    import pyarrow as pa

    clean = [text.replace("\r", "").replace("\0", "") for text in texts]
    sink = io.BytesIO()
    write_csv(pa.table({"one": clean, "two": [str(n) for n in range(len(clean))]}), sink)
    rows = list(csv.reader(io.StringIO(sink.getvalue().decode(), newline="")))
    assert rows[0] == ["one", "two"]
    assert [row[0] for row in rows[1:]] == clean
