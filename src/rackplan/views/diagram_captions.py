"""What the page says under each figure: a caption in plain words, and the counts as tables."""

from __future__ import annotations

from collections.abc import Sequence

from rackplan.design import Domain, SizedFabric
from rackplan.sizes import HOST, LinkTier
from rackplan.views.diagram_plane import plural, title_of
from rackplan.views.maps import is_direct

Cells = Sequence[str]

_LEVELS = {
    "gpu_chip": "GPU to chip",
    "chip_chip": "chip to second level",
    "gpu_gpu": "GPU to GPU",
}


_SHAPES = {
    "dragonfly": "Routers of a group are all joined with each other, and every two groups by "
    "global links.",
    "dragonfly-plus": "Every leaf of a group meets every spine of it; spines join every two "
    "groups.",
    "slim-fly": "A router meets some of its own group, and one router of every group of the other "
    "subgraph.",
    "polarfly": "Routers are the points of a projective plane. No two quadrics are joined; every "
    "other group is a centre with its neighbours.",
    "hyperx": "Routers stand on a lattice; every two that differ in one coordinate are joined.",
    "torus": "Nodes stand on a lattice whose lines are rings.",
    "hamming-mesh": "Accelerators are meshed on their boards; the boards of a row meet in the "
    "switches at its right, those of a column in the switches above it.",
}
"""What the map of a direct topology shows, in a sentence."""


_LINES = "Lines carry many links; point at a line or a box for names, links and free ports."


def fabric_caption(fabric: SizedFabric) -> str:
    """What the figure shows, how it is read, and what half the fabric carries."""
    size = fabric.size
    if is_direct(fabric):
        parts = [_SHAPES.get(fabric.topology, ""), _sentence(size.reasons.get("paths", ""))]
        parts.append("Point at a box, a mark or a line for names, ports and links.")
    else:
        parts = [
            "Hosts stand at the bottom, each tier of switches above the one that it serves.",
            _rails(fabric),
            _LINES,
        ]
    if size.planes > 1:
        word = "rails" if fabric.topology == "rail-only" else "planes"
        parts.append(f"One of {size.planes} equal {word} is drawn; {word} share no link.")
    if fabric.bisection_tbps is not None:
        cut = f"{fabric.bisection_tbps:,.1f} Tb/s one way"
        parts.append(f"Half against half the fabric carries {cut}.")
    return " ".join(part for part in parts if part)


def _rails(fabric: SizedFabric) -> str:
    """What a rail is; empty where there is one, or each is drawn by itself."""
    if fabric.topology == "rail-only":
        return "Every GPU place of an NVLink domain has a tree of its own, its rail."
    if fabric.topology == "two-zone":
        return "The zones meet only in the inter-zone switches in the middle."
    if fabric.size.rails == 1:
        return ""
    return (
        f"The ports of every node are shared out over {fabric.size.rails} rails in order; a rail "
        "has leaves of its own, one colour and one number."
    )


def _sentence(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}." if text else ""


def fabric_tables(fabric: SizedFabric) -> list[tuple[str, Cells, Sequence[Cells]]]:
    """The links by tier and the switches by role."""
    size = fabric.size
    titles = ", ".join(switch.title for switch, _ in fabric.types().values())
    panels = {
        tier: f"{count:,} {panel.part.title}" for tier, (panel, count) in fabric.panels().items()
    }
    head = ["tier", "one plane", "all planes", "per pair of switches", "Gb/s"]
    links = [
        [tier_words(tier), f"{tier.links // size.planes:,}", f"{tier.links:,}",
         "-" if tier.lower == HOST else f"{tier.bundle:,}", f"{tier.gbps:g}"]
        for tier in size.links
    ]  # fmt: skip
    if panels:
        head.append("crosses")
        links = [[*row, panels.get(tier.name, "-")]
                 for row, tier in zip(links, size.links, strict=True)]  # fmt: skip
    switches = [
        (title_of(role.name), f"{role.switches // size.planes:,}", f"{role.switches:,}",
         f"{role.ports_used:,}", f"{role.ports - role.ports_used:,}")
        for role in size.roles
    ]  # fmt: skip
    tables: list[tuple[str, Cells, Sequence[Cells]]] = [
        (f"Links of {fabric.name}: {size.notation}", head, links)
    ]
    if switches:
        tables.append((f"Switches of {fabric.name} ({titles})",
                       ("role", "one plane", "all planes", "ports used", "ports free"),
                       switches))  # fmt: skip
    return tables


def tier_words(tier: LinkTier) -> str:
    """A tier by its name where it joins one role, else by its ends."""
    if tier.lower == tier.upper:
        return f"{title_of(tier.name)}: {plural(title_of(tier.lower), 2)}"
    return f"{title_of(tier.lower)} to {title_of(tier.upper)}"


def domain_caption(domain: Domain) -> str:
    """What the figure of an NVLink domain shows."""
    size = domain.size
    if not size.chips:
        text = "The GPUs are joined pairwise without a switch; every line is one link."
    elif len(size.chips) > 1:
        text = (
            "GPUs reach all first-level chips of their own group; these reach the second level, "
            "which joins the groups."
        )
    else:
        text = (
            "Every GPU reaches every switch chip, so any two GPUs are one switch apart. "
            "A grey line bundles the links of two boxes."
        )
    if size.assumption:
        text += f" Assumption: {size.assumption}."
    return f"{text} The plan has {domain.copies:,} of these domains."


def domain_tables(domain: Domain) -> list[tuple[str, Cells, Sequence[Cells]]]:
    """The links by level, and the connector faces where there are any."""
    size = domain.size
    rows = [
        (_LEVELS.get(tier, tier), f"{links:,}", f"{size.pairs[tier]:,}",
         f"{links * domain.copies:,}")
        for tier, links in size.links.items()
    ]  # fmt: skip
    head = ("level", "links", "differential pairs", "links in the plan")
    tables: list[tuple[str, Cells, Sequence[Cells]]] = [
        (f"Links of one domain of {domain.name}", head, rows)
    ]
    if size.faces:
        faces = [
            (face.name, f"{size.signal_pins_per_face:,}", f"{face.installed_pins:,}",
             f"{face.fill:.0%}")
            for face in size.faces
        ]  # fmt: skip
        tables.append((f"Connector faces of one domain of {domain.name}",
                       ("face", "signal pins used", "pins installed", "fill"), faces))  # fmt: skip
    return tables
