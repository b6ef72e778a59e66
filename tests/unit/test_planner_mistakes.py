"""Mistakes that planners make, what is said about each, and that following the hint mends it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

import rackplan
from rackplan.catalog import Cable, Part, Transceiver
from rackplan.channel.chain import Channel
from rackplan.channel.checks import channel_problems
from rackplan.deployment import Deployment
from rackplan.errors import RackplanError
from rackplan.load.catalog_reader import open_catalog

Data = dict[str, Any]

CATALOG = open_catalog()

SWITCH: Data = {"ports": 8, "port_gbps": 400, "height_u": 1, "weight_kg": 10,
                "power": {"provisioned_w": 1000, "includes_modules": True}}  # fmt: skip
NODE: Data = {"gpus": 8, "nics": 1, "height_u": 4,
              "power": {"provisioned_w": 10_000, "includes_modules": True}}  # fmt: skip


def told(data: Data, severity: str = "error") -> list[str]:
    """The problems of a deployment, one line each."""
    try:
        plan = rackplan.plan(Deployment.model_validate({"name": "x"} | data), CATALOG)
    except RackplanError as error:
        problems = list(error.problems)
    else:
        problems = list(plan.design.warnings)
    return [problem.text for problem in problems if problem.severity == severity]


def small(**changes: Any) -> Data:
    """Eight nodes of 4 U and 10 kW in two racks, on switches of eight ports, on a floor."""
    return {
        "hardware": {"switches": {"switch": SWITCH}, "nodes": {"node": NODE}},
        "compute": [{"node": "node", "count": 8, "nodes_per_rack": 4, "rack": "eia-48u"}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "switch"}},
        "floor": {},
    } | changes


def gb300(count: int = 8, **keys: Any) -> Data:
    """Racks of GB300 on a floor, without a fabric."""
    compute = [{"system": "gb300-nvl72", "count": count, "racks_per_su": 8}]
    return {"compute": compute, "floor": {}} | keys


def dgx(metres: float, optics: Data, *, cables: Data | None = None) -> Data:
    """Four DGX H100 whose two racks stand so far from their switches."""
    fabric = {"topology": "fat-tree", "switch": "qm9700", "rails": 8, "optics": optics}
    return {
        "hardware": {"cables": cables or {}},
        "compute": [{"node": "dgx-h100", "count": 4, "nodes_per_rack": 2, "rack": "eia-48u"}],
        "fabrics": {"compute": fabric},
        "floor": {"distances_m": {rack: {"net-0001": metres} for rack in ("r0001", "r0002")}},
    }


def tree(leaf: int, nodes: int, *, spine: int | None = None, **keys: Any) -> Data:
    """Nodes of eight NICs on switches of so many ports."""
    switches = {"leaf": {"ports": leaf, "port_gbps": 400}}
    own: Data = {}
    if spine is not None:
        switches["spine"] = {"ports": spine, "port_gbps": 400}
        own = {"switch_by_role": {"spine": "spine"}}
    return {
        "hardware": {"switches": switches, "nodes": {"node": {"gpus": 8, "nics": 8}}},
        "compute": [{"node": "node", "count": nodes}],
        "fabrics": {"compute": {"topology": "fat-tree", "switch": "leaf"} | own | keys},
    }


@dataclass(frozen=True)
class Mistake:
    """A wrong deployment, the line that tells of it, and the deployments that its hints lead to."""

    wrong: Data
    told: str
    mended: tuple[Data, ...]
    severity: str = "error"


HARDWARE = {"switches": {"switch": SWITCH}, "nodes": {"node": NODE}}
OWN_DAC = {"own-dac": {"kind": "dac", "forms": ["osfp-ihs", "osfp-rhs"], "port_gbps": 400,
                       "links": 2, "reach_m": 5}}  # fmt: skip
OWN_DAC_NAME = "own-dac"


def in_frame(each: int, frame_w: int = 40_000) -> Data:
    frame = {"racks": {"frame": {"units": 48, "max_power_w": frame_w}}}
    compute = [{"node": "node", "count": 12, "nodes_per_rack": each, "rack": "frame"}]
    return small(hardware=HARDWARE | frame, compute=compute)


def moved(**devices: Data) -> Data:
    """Twelve nodes, and devices in places of one's own; underscores stand for hyphens."""
    compute = [{"node": "node", "count": 12, "nodes_per_rack": 4, "rack": "eia-48u"}]
    own = {key.replace("_", "-"): one for key, one in devices.items()}
    return small(compute=compute, floor={"devices": own})


MISTAKES: dict[str, Mistake] = {
    "racks planned by units, without regard to power": Mistake(
        in_frame(12),
        ("error[RP303] compute[0]: a rack of node draws 120.0 kW (provisioned), its frame frame "
         "gives 40.0 kW; use 'nodes_per_rack: 4' or raise the limit to 120 kW"),
        (in_frame(4), in_frame(12, frame_w=120_000)),
    ),
    "a switch with more power than its rack": Mistake(
        small(hardware=HARDWARE | {"racks": {"net": {"purpose": "network", "units": 48,
                                                     "max_power_w": 900}}},
              floor={"network_rack": "net"}),
        ("error[RP334] floor.network_rack: switch needs 1.0 kW, an empty net gives 900 W; name "
         "another 'network_rack', or raise the limit of the site"),
        (small(),),
    ),
    "single-mode modules on multimode fiber": Mistake(
        dgx(10, {"cable": "mfp7e10"}),
        ("error[RP312] fabrics.compute.optics.cable: NVIDIA MFP7E10 multimode straight cord is "
         "multi-mode, NVIDIA MMS4X00-NS-FLT 800G 2xDR4, flat top, 100 m single; leave it out, or "
         "choose a cord that fits"),
        (dgx(10, {}), dgx(10, {"cable": "mfp7e30"})),
    ),
    "spines counted by uplink bandwidth, not by ports": Mistake(
        tree(64, 128, spine=16, tiers=2),
        ("error[RP301] fabrics.compute.switch: a spine needs 32 ports, one for each leaf; spine "
         "has 16; use 'tiers: 3' or a switch with at least 32 ports"),
        (tree(64, 128, spine=32, tiers=2), tree(64, 128, spine=16, tiers=3)),
    ),
    "more cables than ports": Mistake(
        tree(64, 10, tiers=1),
        ("error[RP301] fabrics.compute.switch: leaf needs 80 ports, has 64; use 'tiers: 2' or a "
         "switch with at least 80 ports"),
        (tree(64, 10, tiers=2), tree(80, 10, tiers=1)),
    ),
    "one node more than two tiers hold": Mistake(
        tree(64, 257, tiers=2),
        ("error[RP301] fabrics.compute.switch: a spine needs 65 ports, one for each leaf; leaf "
         "has 64; use 'tiers: 3' or a switch with at least 65 ports"),
        (tree(64, 257, tiers=3), tree(66, 257, tiers=2), tree(64, 256, tiers=2)),
    ),
    "three rails on a node of eight NICs": Mistake(
        tree(64, 8, rails=3),
        ("error[RP302] fabrics.compute.rails: 3 rails do not divide the 8 network ports of a "
         "node; use one of 1, 2, 4, 8"),
        tuple(tree(64, 8, rails=rails) for rails in (1, 2, 4, 8)),
    ),
    "a PDU that carries its half and not the other": Mistake(
        gb300(power={"pdu_w": "1 MW"}),
        ("error[RP340] power.pdu_w: PDU 1-A carries 1.14 MW of 800.0 kW (80 % of 1.00 MW) when "
         "PDU 1-B fails; normally 568.0 kW (1 more is overloaded); use 'pdu_w: 1.42 MW' or more, "
         "or 'racks_per_pdu: 5' (now 8)"),
        (gb300(power={"pdu_w": "1.42 MW"}), gb300(power={"pdu_w": "1 MW", "racks_per_pdu": 5})),
    ),
    "a cord that carries its half and not the other": Mistake(
        gb300(power={"breaker_a": 250}),
        ("error[RP348] power.breaker_a: feed A of r0001 carries 207.9 A of 200.0 A (80 % of 250 A) "
         "at 415 V when feed B of r0001 fails; normally 104.0 A (15 more are overloaded); use "
         "'breaker_a: 260' or more, or 'feeds: 4'"),
        (gb300(power={"breaker_a": 260}), gb300(power={"breaker_a": 250, "feeds": 4})),
    ),
    "SR4 over 70 m of OM4": Mistake(
        dgx(70 - 5.3, {"host_module": "mma4z00-ns-flt", "switch_module": "mma4z00-ns"}),
        ("error[RP336] fabrics.compute: 32 links of host_leaf are up to 70.0 m long; NVIDIA "
         "MMA4Z00-NS-FLT 800G 2xSR4, flat top reaches 50 m (fs-800g-listing); use NVIDIA MFP7E30 "
         "single-mode straight cord with NVIDIA MMS4X00-NS-FLT 800G 2xDR4, flat top, 100 m and "
         "NVIDIA MMS4X00-NS 800G 2xDR4, finned, 100 m, which reaches 100 m"),
        (dgx(64.7, {"host_module": "mms4x00-ns-flt", "switch_module": "mms4x00-ns",
                    "cable": "mfp7e30"}),),
    ),
    "a splitter where every link needs a cord of its own": Mistake(
        dgx(60, {"cable": "mfp7e40"}),
        ("error[RP312] fabrics.compute.optics.cable: NVIDIA MFP7E40 single-mode 1:2 splitter cord "
         "is a splitter with 3 ends, these links need two; leave it out, or choose a cord that "
         "fits"),
        (dgx(60, {}),),
    ),
    "copper of 5 m from rack to rack": Mistake(
        dgx(5, {"host_cable": OWN_DAC_NAME}, cables=OWN_DAC),
        ("error[RP336] fabrics.compute: 32 links of host_leaf are up to 10.3 m long; own-dac "
         "reaches 5 m; use NVIDIA MFP7E10 multimode straight cord with NVIDIA MMA4Z00-NS-FLT 800G "
         "2xSR4, flat top and NVIDIA MMA4Z00-NS 800G 2xSR4, finned, which reaches 50 m"),
        (dgx(5, {"host_module": "mma4z00-ns-flt", "switch_module": "mma4z00-ns",
                 "cable": "mfp7e10"}),),
    ),
    "a rack of 132 W": Mistake(
        {"hardware": {"systems": {"own": {"rack": "oberon", "node": "gb300-tray", "nodes": 18,
                                          "power": {"provisioned_w": 132}}}},
         "compute": [{"system": "own", "count": 2}]},
        ("warning[RP331] compute[0]: 132 W is implausible for a rack of own: expected is 500 W to "
         "2.00 MW; did you mean 132 kW?"),
        ({"hardware": {"systems": {"own": {"rack": "oberon", "node": "gb300-tray", "nodes": 18,
                                           "power": {"provisioned_w": 132_000}}}},
          "compute": [{"system": "own", "count": 2}]},),
        "warning",
    ),
    "a limit of 132 MW for one rack": Mistake(
        small(site={"rack_power_w": "132 MW"}),
        ("warning[RP331] site.rack_power_w: 132 MW is implausible for a rack: expected is 500 W "
         "to 2.00 MW; did you mean 132 kW?"),
        (small(site={"rack_power_w": "132 kW"}),),
        "warning",
    ),
    "a switch in U 12 of a node in U 9 to 12": Mistake(
        moved(compute_p0_leaf_r0_0001={"rack": "r0001", "u": 12}),
        ("error[RP332] floor.devices.compute-p0-leaf-r0-0001: compute-p0-leaf-r0-0001 would take "
         "U 12 of r0001, where r0001-n03 sits at U 9 to 12; the lowest free unit is U 17"),
        (moved(compute_p0_leaf_r0_0001={"rack": "r0001", "u": 17}),),
    ),
    "a device in U 0": Mistake(
        moved(compute_p0_leaf_r0_0001={"rack": "net-0001", "u": 0}),
        ("error[RP332] floor.devices.compute-p0-leaf-r0-0001: compute-p0-leaf-r0-0001 would take "
         "U 0 of net-0001, which has U 1 to 48; the lowest free unit is U 1"),
        (moved(compute_p0_leaf_r0_0001={"rack": "net-0001", "u": 1}),
         moved(compute_p0_leaf_r0_0001={"rack": "net-0001", "u": 48})),
    ),
    "a device in U 60 of 48": Mistake(
        moved(compute_p0_leaf_r0_0001={"rack": "net-0001", "u": 60}),
        ("error[RP332] floor.devices.compute-p0-leaf-r0-0001: compute-p0-leaf-r0-0001 would take "
         "U 60 of net-0001, which has U 1 to 48; the lowest free unit is U 1"),
        (moved(compute_p0_leaf_r0_0001={"rack": "net-0001", "u": 1}),
         moved(compute_p0_leaf_r0_0001={"rack": "net-0001", "u": 48})),
    ),
    "CDUs that suffice until one fails": Mistake(
        gb300(16, cooling={"cdus": 4}),
        ("error[RP342] cooling.cdus: 4 x Generic row CDU, the least that NVIDIA accepts of the "
         "hall carry 2,340 L/min of 3,084 L/min when one of them fails; use 'cdus: 5' or a larger "
         "CDU, or 'redundancy: N'"),
        (gb300(16, cooling={"cdus": 5}), gb300(16, cooling={"cdus": 4, "redundancy": "N"}),
         gb300(16, cooling={"cdus": 4, "cdu": "cdu-coolchip-2300"})),
    ),
    "a hall with too little air": Mistake(
        gb300(16, cooling={"air_w": "100 kW"}),
        ("error[RP343] cooling.air_w: the hall gives at least 227.2 kW of heat to air, its air "
         "removes 100.0 kW; use 'air_w: 227.2 kW' or more, or put 44 % of it into the hall"),
        (gb300(16, cooling={"air_w": "227.2 kW"}), gb300(7, cooling={"air_w": "100 kW"})),
    ),
    "racks too heavy for the floor": Mistake(
        gb300(floor={"max_kg_per_m2": 1500}),
        ("error[RP335] floor.max_kg_per_m2: r0001 (gb300-nvl72) weighs 1,580 kg on 0.72 m2, which "
         "is 2,194 kg/m2 (21.5 kPa); the floor carries 1,500 kg/m2 (7 more racks too); keep the "
         "rack at 1,080 kg, or spread it over 1.06 m2 with plates"),
        (gb300(floor={"max_kg_per_m2": 2195}),),
    ),
    "more racks than the hall has room for": Mistake(
        gb300(16, floor={"rows": 1, "positions": 10}),
        ("error[RP333] floor.rows: the racks take 16 positions, the hall has 10; use 'rows: 2' or "
         "'positions: 16', or build fewer racks"),
        (gb300(16, floor={"rows": 2, "positions": 10}),
         gb300(16, floor={"rows": 1, "positions": 16}),
         gb300(10, floor={"rows": 1, "positions": 10})),
    ),
    "a rack beyond the last row": Mistake(
        gb300(2, floor={"rows": 1, "positions": 10, "racks": {"r0002": {"row": 2, "position": 3}}}),
        ("error[RP333] floor.racks.r0002: 'r0002' would stand in row 2, position 3; the "
         "floor has 1 row of 10 positions; choose another row or position"),
        (gb300(2, floor={"rows": 1, "positions": 10,
                         "racks": {"r0002": {"row": 1, "position": 10}}}),),
    ),
    "two racks in one place": Mistake(
        gb300(2, floor={"racks": {"r0001": {"row": 1, "position": 3},
                                  "r0002": {"row": 1, "position": 3}}}),
        ("error[RP110] floor.racks.r0002: 'r0001' and 'r0002' both stand in row 1, position 3; "
         "give one of them another place"),
        (gb300(2, floor={"racks": {"r0001": {"row": 1, "position": 3},
                                   "r0002": {"row": 1, "position": 4}}}),),
    ),
    "half a place": Mistake(
        gb300(2, floor={"racks": {"r0001": {"row": 1}}}),
        ("error[RP110] floor.racks.r0001: the place of 'r0001' needs row and position, or x_m and "
         "y_m; write one of the two pairs"),
        (gb300(2, floor={"racks": {"r0001": {"row": 1, "position": 1}}}),
         gb300(2, floor={"racks": {"r0001": {"x_m": 1, "y_m": 3}}})),
    ),
    "a matrix of distances that is not symmetric": Mistake(
        gb300(2, floor={"distances_m": {"r0001": {"r0002": 5}, "r0002": {"r0001": 6}}}),
        ("error[RP110] floor.distances_m.r0002.r0001: 'r0002' and 'r0001' are 5 m and 6 m apart; "
         "keep one of the two"),
        (gb300(2, floor={"distances_m": {"r0001": {"r0002": 5}}}),
         gb300(2, floor={"distances_m": {"r0001": {"r0002": 6}, "r0002": {"r0001": 6}}})),
    ),
    "a matrix of racks that the plan does not have": Mistake(
        gb300(2, floor={"distances_m": {"r0001": {"r0003": 5}}}),
        ("error[RP201] floor.distances_m.r0001.r0003: no rack 'r0003'; nearest: r0002, r0001"),
        (gb300(2, floor={"distances_m": {"r0001": {"r0002": 5}}}),),
    ),
    "phases of more units than the plan": Mistake(
        gb300(24, phases=[{"name": "one", "units": 2}, {"name": "two", "units": 8}]),
        ("error[RP346] phases: the phases add up to 10 units, the plan has 3; use 'units: 1' for "
         "'two'; units are SUs, or racks where there are no SUs"),
        (gb300(24, phases=[{"name": "one", "units": 2}, {"name": "two", "units": 1}]),),
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_is_told_in_exactly_these_words(name: str) -> None:
    mistake = MISTAKES[name]
    lines = told(mistake.wrong, mistake.severity)
    if mistake.severity == "warning":  # others may stand beside it
        lines = [line for line in lines if code_of(line) == code_of(mistake.told)]
    assert lines == [mistake.told]


def code_of(line: str) -> str:
    """The rule of a line."""
    return line[line.index("[") + 1 : line.index("]")]


@pytest.mark.parametrize("name", MISTAKES)
def test_following_the_hint_mends_the_mistake(name: str) -> None:
    mistake = MISTAKES[name]
    assert mistake.mended
    for data in mistake.mended:
        assert told(data) == []
        assert code_of(mistake.told) not in {code_of(line) for line in told(data, "warning")}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_message_has_a_place_a_number_or_a_name_and_a_hint(name: str) -> None:
    head, _, rest = MISTAKES[name].told.partition("] ")
    place, _, finding = rest.partition(": ")
    assert head.startswith(("error[RP", "warning[RP"))
    assert place.split(".")[0].split("[")[0] in Deployment.model_fields
    assert "; " in finding
    assert any(letter.isdigit() or letter == "'" for letter in finding)


# --- fiber channels -----------------------------------------------------------------------------


def channel(*parts: str, lower: str = "mms4x00-nm", upper: str = "mms4x00-nm") -> Channel:
    """A chain of cords, panels and trunks of the catalog between two modules."""
    chain = [
        CATALOG.find(Cable, one) if one in CATALOG.ids(Cable) else CATALOG.find(Part, one)
        for one in parts
    ]
    ends = [CATALOG.find(Transceiver, one) for one in (lower, upper)]
    return Channel(ends[0], ends[1], tuple(chain))


def lines(chain: Channel) -> list[str]:
    return [problem.text for problem in channel_problems(chain)]


def test_two_type_b_cords_end_transmit_on_transmit() -> None:
    polarity, *_ = lines(channel("mfp7e30", "patch-panel-mpo", "mfp7e30"))
    assert polarity == (
        "error[RP338] B + B: two Type-B components; transmit meets transmit; "
        "make one of them Type A, or add a Type-B trunk"
    )
    cords = channel("mfp7e30", "patch-panel-mpo", "trunk-mpo-12", "patch-panel-mpo", "mfp7e30")
    assert not [line for line in lines(cords) if "transmit" in line]


def test_two_cords_without_pins_do_not_mate() -> None:
    found = lines(channel("mfp7e30", "patch-panel-mpo", "mfp7e30"))
    (gender,) = [line for line in found if "pins" in line]
    assert gender == (
        "error[RP338] mms4x00-nm M - F mfp7e30 F - F mfp7e30 F - M mms4x00-nm: "
        "neither has pins where mfp7e30 meets mfp7e30; cords are female (F), trunks male (M)"
    )


def test_multimode_cords_between_single_mode_modules_are_told_part_by_part() -> None:
    (problem,) = [line for line in lines(channel("mfp7e10")) if "RP313" in line]
    assert problem == (
        "error[RP313] NVIDIA MFP7E10 multimode straight cord is multimode, "
        "NVIDIA MMS4X00-NM 800G 2xDR4, finned, 500 m single-mode; "
        "use single-mode fiber and modules all the way"
    )
