"""Whatever stands in a file, reading and resolving it ends in a design or in placed problems."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from rackplan.errors import InfeasibleError, InputError, RackplanError
from rackplan.load.data import data_folder
from rackplan.load.deployment_reader import read_deployment_file
from rackplan.load.yaml_document import parse_yaml
from rackplan.resolve import resolve

EXAMPLES = sorted(
    file.read_text(encoding="utf-8") for file in data_folder("examples").glob("*.yaml")
)
OWN = """\
name: own
hardware:
  gpus:
    my-gpu:
      dies: 2
      nvlink: {generation: 5, links: 18, gbytes_per_s: 1800, lane_gbps: 200}
  nics:
    my-nic:
      cage: osfp
      modes: [{protocol: ethernet, ports: 2, port_gbps: 400, module: my-module}]
  nodes:
    my-node:
      gpus: 8
      gpu: my-gpu
      nics: [{count: 8, nic: my-nic}]
      power: {provisioned_w: 10000}
      scale_up: {topology: switched, chip: nvswitch-5, chips: 9}
  optics:
    my-module:
      {form: osfp, ports: 2, port_gbps: 400, fibers: 16, connectors: 2, connector: mpo,
       fiber_mode: single}
  switches:
    my-switch: {ports: 64, port_gbps: 400, cage: osfp, cages: 32, module: my-module}
compute:
  - {node: my-node, count: 24, rack: oberon, nodes_per_rack: 4, racks_per_su: 2}
fabrics:
  compute: {topology: fat-tree, switch: my-switch, rails: 8, planes: 2, oversubscription: "3:1"}
site: {power_w: 2 MW, rack_power_w: 60 kW, racks: 20}
prices: {list: public-2026, items_usd: {my-switch: 1}}
"""
DEPLOYMENTS = [*EXAMPLES, OWN]

WORDS = """\
0
1
-1
3
7
64
1000000
999999999999999
0.5
1e3
1e309
.nan
.inf
true
yes
null
~
''
{}
[]
[[]]
{a: 1}
*x
&x 1
!!str a
12:30
010
"3:1"
150 kW
150 kV
../../etc/passwd
NVL144
compute
gb300-nvl72
dgx-h100
q3450-ld
mma4z00-ns
mcp4y10
mfp7e30
cpo
pluggable
"""
SCALARS = st.one_of(
    st.sampled_from(WORDS.splitlines()),
    st.integers().map(str),
    st.floats().map(str),
    st.text(max_size=12),
)


def check(content: bytes) -> None:
    """Read and resolve; every problem of a wrong file must say where it is."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "fuzz.yaml"
        file.write_bytes(content)
        try:
            read = read_deployment_file(file)
        except RackplanError as error:
            assert_placed(error)
            return
        try:
            resolve(read.deployment, read.catalog)
        except (InputError, InfeasibleError) as error:
            assert_placed(read.place(error))


def assert_placed(error: RackplanError) -> None:
    assert error.problems
    for problem in error.problems:
        assert problem.file
        assert problem.line >= 1
        assert problem.column >= 1
        assert problem.text.isprintable()


@st.composite
def mutated(draw: st.DrawFn) -> str:
    """A right deployment with some lines removed, repeated, moved, or with another value."""
    lines = draw(st.sampled_from(DEPLOYMENTS)).splitlines()
    for _ in range(draw(st.integers(1, 4))):
        if not lines:
            break
        at = draw(st.integers(0, len(lines) - 1))
        change = draw(st.sampled_from(["remove", "repeat", "value", "indent", "insert", "swap"]))
        line = lines[at]
        if change == "remove":
            del lines[at]
        elif change == "repeat":
            lines.insert(at, line)
        elif change == "value" and ":" in line:
            lines[at] = f"{line[: line.rindex(':')]}: {draw(SCALARS)}{'}' * line.count('}')}"
        elif change == "indent":
            lines[at] = draw(st.sampled_from(["", " ", "  ", "\t", "- "])) + line
        elif change == "insert":
            lines.insert(at, f"{draw(SCALARS)}: {draw(SCALARS)}")
        else:
            other = draw(st.integers(0, len(lines) - 1))
            lines[at], lines[other] = lines[other], lines[at]
    return "\n".join(lines)


@st.composite
def inner_values(draw: st.DrawFn) -> str:
    """A right deployment with one number or word somewhere in a line replaced."""
    text = draw(st.sampled_from(DEPLOYMENTS))
    words = [word for word in text.replace(",", " ").replace("}", " ").split() if word]
    old = draw(st.sampled_from(words))
    return text.replace(old, draw(SCALARS), 1)


@given(st.binary(max_size=200))
@example(b"\xff\xfe")
@example(b"%TAG ! tag:x,2000:\n---\n!a b")
@example(b"&a : *a")
@example(b"? ? ? ?")
@settings(max_examples=300)
def test_any_bytes_are_read_or_refused_with_a_place(content: bytes) -> None:
    try:
        parse_yaml(content, "fuzz.yaml")
    except InputError as error:
        assert_placed(error)


@given(st.text(alphabet="ab01:-[]{},&*!?|>%@`'\"#~. \n\t<\x85\u2028é", max_size=80))
@settings(max_examples=300)
def test_any_mixture_of_yaml_signs_is_read_or_refused_with_a_place(text: str) -> None:
    try:
        parse_yaml(text.encode(), "fuzz.yaml")
    except InputError as error:
        assert_placed(error)


@given(mutated())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_a_damaged_deployment_ends_in_a_design_or_in_placed_problems(text: str) -> None:
    check(text.encode("utf-8", "surrogatepass"))


@given(inner_values())
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
def test_a_deployment_with_another_value_ends_in_a_design_or_in_placed_problems(text: str) -> None:
    check(text.encode("utf-8", "surrogatepass"))
