"""The command line as a person uses it: in a process of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
EXAMPLES = ROOT / "examples"
HEAVY = ("numpy", "pandas", "networkx", "plotly", "scipy", "pyarrow", "pydantic", "yaml")


def rackplan(*arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
    return subprocess.run(
        [sys.executable, "-m", "rackplan", *arguments],
        capture_output=True, text=True, check=False, cwd=cwd, env=environment, timeout=120,
    )  # fmt: skip


def answer(*arguments: str) -> dict:
    done = rackplan(*arguments, "--format", "json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def gb300() -> dict:
    return answer("plan", str(EXAMPLES / "gb300-8-racks.yaml"))


def test_the_eight_rack_example_has_the_counts_of_the_readme(gb300: dict) -> None:
    assert gb300["totals"]["gpus"] == 576
    assert gb300["totals"]["dies"] == 1152
    assert gb300["totals"]["nodes"] == 144
    assert gb300["floor"]["racks"]["compute"] == 8
    assert gb300["totals"]["racks"] == 9  # and one of switches
    compute = gb300["fabrics"]["compute"]
    assert compute["switches"] == {"leaf": 8, "spine": 4}
    assert compute["links"] == {"host_leaf": 576, "leaf_spine": 576}
    assert compute["cables"] == 1152
    assert compute["fibers"] == 9216
    assert compute["modules"] == {"host": 576, "switch": 864}
    assert compute["oversubscription"] == 1.0
    assert compute["bisection_tbps"] == 230.4
    nvlink = gb300["scale_up"]["gb300-nvl72"]
    assert nvlink["domains"] == 8
    assert nvlink["per_domain"]["links"] == 1296
    assert nvlink["links"] == 8 * 1296
    assert nvlink["pairs"] == 8 * 5184


def test_every_count_is_the_same_in_summary_bill_of_materials_and_tables(
    gb300: dict, tmp_path: Path
) -> None:
    import pandas as pd

    out = tmp_path / "plan"
    done = rackplan("plan", str(EXAMPLES / "gb300-8-racks.yaml"), "-o", str(out))
    assert done.returncode == 0, done.stderr
    quantity = {row["id"]: row["quantity"] for row in gb300["bom"]}
    bom = pd.read_csv(out / "bom.csv").set_index("id")["quantity"].to_dict()
    assert bom == quantity
    compute = gb300["fabrics"]["compute"]
    for suffix, read in (("csv", pd.read_csv), ("parquet", pd.read_parquet)):
        links = read(out / f"links.{suffix}")
        devices = read(out / f"devices.{suffix}")
        racks = read(out / f"racks.{suffix}")
        assert len(links) == gb300["totals"]["links"] == 1152
        assert links["tier"].value_counts().to_dict() == compute["links"]
        assert links["fibers"].sum() == compute["fibers"]
        assert (devices["kind"] == "node").sum() == gb300["totals"]["nodes"]
        roles = devices.loc[devices["kind"] == "switch", "role"].value_counts().to_dict()
        assert {k: n for k, n in roles.items() if n} == compute["switches"]
        assert (devices["type"] == "q3400-ra").sum() == quantity["q3400-ra"] == 12
        bought = quantity["gb300-nvl72"] + quantity["network-rack"]
        assert len(racks) == gb300["totals"]["racks"] == bought
        ends = pd.concat([links[["a_device", "a_port"]].set_axis(["d", "p"], axis=1),
                          links[["b_device", "b_port"]].set_axis(["d", "p"], axis=1)])  # fmt: skip
        assert not ends.astype(str).duplicated().any()
    assert quantity["mfp7e30"] == compute["cables"]
    assert quantity["mms4a00"] == compute["modules"]["switch"]
    assert quantity["mms4a20-xm800"] == compute["modules"]["host"]
    written = json.loads((out / "summary.json").read_text())
    assert written == gb300


def test_the_output_folder_holds_every_promised_file_and_its_manifest(tmp_path: Path) -> None:
    out = tmp_path / "plan"
    rackplan("plan", str(EXAMPLES / "own-hardware.yaml"), "-o", str(out))
    names = {file.name for file in out.iterdir()}
    assert names == {
        "MANIFEST.json", "summary.json", "bom.csv", "diagram.html",
        "racks.csv", "racks.parquet", "devices.csv", "devices.parquet",
        "links.csv", "links.parquet", "ibnetdiscover", "ib_topo", "answers",
        "schedule.csv", "schedule.parquet", "schedule.xlsx", "port_map.csv", "pull_list.csv",
        "labels.csv",
    }  # fmt: skip
    files = {str(file.relative_to(out)) for file in out.rglob("*") if file.is_file()}
    assert {"ibnetdiscover/compute-plane0.net", "ib_topo/compute-plane0.topo"} <= files
    manifest = json.loads((out / "MANIFEST.json").read_text())
    assert set(manifest["files"]) == files - {"MANIFEST.json"}


def test_the_same_input_gives_the_same_bytes_in_every_file(tmp_path: Path) -> None:
    folders = []
    for seed in ("0", "1"):
        out = tmp_path / seed
        environment = {**os.environ, "PYTHONHASHSEED": seed, "TZ": f"UTC+{seed}"}
        subprocess.run(
            [sys.executable, "-m", "rackplan", "plan", str(EXAMPLES / "kyber-2025.yaml"),
             "-o", str(out)],
            check=True, capture_output=True, env=environment, timeout=120,
        )  # fmt: skip
        files = (file for file in out.rglob("*") if file.is_file())
        folders.append({str(file.relative_to(out)): file.read_bytes() for file in files})
    assert folders[0] == folders[1]


def test_data_goes_to_stdout_and_messages_to_stderr() -> None:
    done = rackplan("plan", str(EXAMPLES / "gb300-8-racks.yaml"), "--format", "json")
    json.loads(done.stdout)
    assert "warning[RP309]" in done.stderr


def test_strict_turns_the_lost_redundancy_into_an_error() -> None:
    done = rackplan("check", "--strict", str(EXAMPLES / "gb300-8-racks.yaml"))
    assert done.returncode == 1
    assert "error[RP309] a rack of NVIDIA GB300 NVL72 draws 142.0 kW" in done.stderr
    assert "give 132.0 kW at N+N" in done.stderr


def test_help_imports_no_heavy_module() -> None:
    code = (
        "import sys\nsys.argv = ['rackplan', '--help']\n"
        "from rackplan.cli import main\n"
        "try:\n    main()\nexcept SystemExit:\n    pass\n"
        f"heavy = [m for m in {HEAVY!r} if m in sys.modules]\n"
        "sys.stderr.write(','.join(heavy))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, timeout=60
    )
    assert "Usage:" in done.stdout
    assert done.stderr == ""


def test_a_command_that_does_not_exist_is_a_usage_error_with_a_suggestion() -> None:
    done = rackplan("plna", "x.yaml")
    assert done.returncode == 2
    assert "Did you mean 'plan'?" in done.stderr


def test_init_writes_a_deployment_that_plans_and_its_schema(tmp_path: Path) -> None:
    made = rackplan("init", "mine.yaml", cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    assert (tmp_path / "deployment.schema.json").is_file()
    assert rackplan("plan", "mine.yaml", cwd=tmp_path).returncode == 0
    again = rackplan("init", "mine.yaml", cwd=tmp_path)
    assert again.returncode == 4
    assert "exists" in again.stderr


def test_init_lists_and_takes_every_example(tmp_path: Path) -> None:
    names = rackplan("init", "--from", "list").stdout.split()
    assert names == sorted(file.stem for file in EXAMPLES.glob("*.yaml"))
    for name in names:
        assert rackplan("init", f"{name}.yaml", "--from", name, cwd=tmp_path).returncode == 0
        checked = rackplan("check", f"{name}.yaml", cwd=tmp_path)
        assert checked.returncode == 0, checked.stderr


def test_diagram_writes_one_page_and_refuses_to_overwrite_it(tmp_path: Path) -> None:
    source = str(EXAMPLES / "gb300-8-racks.yaml")
    assert rackplan("diagram", source, cwd=tmp_path).returncode == 0
    page = tmp_path / "gb300-8-racks.html"
    assert page.read_text(encoding="utf-8").startswith("<!DOCTYPE html>")
    assert rackplan("diagram", source, cwd=tmp_path).returncode == 4
    wrong = rackplan("diagram", source, "--fabric", "storage", cwd=tmp_path)
    assert wrong.returncode == 2
    assert "no fabric 'storage'; there are: compute" in wrong.stderr


def test_compare_names_every_preset_and_keeps_the_modules_of_the_hosts() -> None:
    told = answer("compare", str(EXAMPLES / "gb300-8-racks.yaml"))
    pluggable, cpo = told["counts"]
    assert pluggable["host_modules"] == cpo["host_modules"] == 576
    assert (pluggable["switch_modules"], cpo["switch_modules"]) == (864, 0)
    assert (pluggable["switch_lasers"], cpo["switch_lasers"]) == (864 * 8, 12 * 144)
    assert (cpo["engines"], cpo["laser_sources"]) == (12 * 72, 12 * 18)
    saved = {row["accounting"]: row["saved_w"] for row in told["savings"]}
    ends = 12 * 144
    assert saved == {
        "keynote": ends * (30 - 9),
        "analyst": ends * (16.5 - 4.5),
        "measured": pytest.approx(ends * (15 - 5.4)),
        "datasheet": pytest.approx(12 * 3050),
    }


def test_compare_without_host_modules_counts_them_as_saved_only_when_told() -> None:
    source = str(EXAMPLES / "gb300-8-racks.yaml")
    kept = answer("compare", source, "--accounting", "analyst")["savings"][0]
    gone = answer("compare", source, "--accounting", "analyst", "--host-ends", "removed")
    assert gone["savings"][0]["saved_w"] - kept["saved_w"] == pytest.approx(576 * 16.5)
    wrong = rackplan("compare", source, "--accounting", "marketing")
    assert wrong.returncode == 2
    assert "no preset 'marketing'; there are: analyst, datasheet, keynote" in wrong.stderr


def test_catalog_show_tells_claims_that_do_not_close() -> None:
    told = answer("catalog", "show", "q3450-ld")
    facts = {fact["fact"]: fact for fact in told["facts"]}
    two = facts["co_packaged.asics"]["alternatives"][0]
    assert two["value"] == 2
    assert two["source"] == "lockwood-gtc25"
    assert "36 engines have 576 data fibers, 144 ports need 1,152" in two["inconsistent"]
    grid = facts["co_packaged.panel_rows"]["alternatives"][0]["inconsistent"]
    assert grid == ["a grid of 18 x 4 holds 72 connectors, not 144"]
    assert told["contradictions"] == []


def test_catalog_show_asks_which_nvl144_is_meant() -> None:
    done = rackplan("catalog", "show", "NVL144")
    assert done.returncode == 2
    assert "vr-nvl72, kyber-nvl144" in done.stderr


def test_catalog_list_names_every_kind_and_entry() -> None:
    told = answer("catalog", "list")
    assert set(told) >= {"racks", "systems", "nodes", "gpus", "nics", "nvlink", "switches"}
    assert "gb300-nvl72" in told["systems"]
    assert rackplan("catalog", "list", "swiches").returncode == 2


def test_an_answer_that_cannot_be_written_is_a_file_error() -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "rackplan", "plan", str(EXAMPLES / "gb300-8-racks.yaml")],
            stdout=full, stderr=subprocess.PIPE, text=True, check=False, timeout=120,
        )  # fmt: skip
    assert done.returncode == 4
    assert "cannot write the answer: no space left on device" in done.stderr


def test_schema_is_the_committed_one() -> None:
    committed = (EXAMPLES / "deployment.schema.json").read_text(encoding="utf-8")
    assert rackplan("schema").stdout == committed


@pytest.mark.parametrize("example", sorted(EXAMPLES.glob("*.yaml")), ids=lambda p: p.stem)
def test_every_example_names_the_schema_and_satisfies_it(example: Path) -> None:
    import jsonschema
    import yaml

    text = example.read_text(encoding="utf-8")
    assert text.startswith("# yaml-language-server: $schema=./deployment.schema.json\n")
    schema = json.loads((EXAMPLES / "deployment.schema.json").read_text(encoding="utf-8"))
    jsonschema.Draft202012Validator(schema).validate(yaml.safe_load(text))
