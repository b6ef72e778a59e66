"""All rules of a fiber channel at once, and what could not be tested."""

from __future__ import annotations

from rackplan.channel.chain import (
    Channel,
    ferrules,
    gender_problems,
    is_adapter,
    mode_problems,
    panel_problems,
    polarity_problems,
)
from rackplan.channel.loss import budget, loss_db, loss_problems
from rackplan.errors import Problem
from rackplan.units import show_value


def channel_problems(channel: Channel) -> list[Problem]:
    """Every rule of the chain: kind of glass, polarity, gender, panels and loss."""
    return [
        *mode_problems(channel),
        *polarity_problems(channel),
        *gender_problems(channel),
        *panel_problems(channel),
        *loss_problems(channel),
    ]


def untested(channel: Channel) -> tuple[str, ...]:
    """What could not be tested because the catalog does not say it, in the order of the rules."""
    told: list[str] = []
    modes = [part for part in channel.parts if part.fiber_mode is None and not is_adapter(part)]
    told += [f"{part.title}: single-mode or multimode is not known" for part in modes]
    if channel.parallel:
        told += [
            f"{part.title}: its polarity is not known"
            for part in channel.parts
            if part.polarity is None and not is_adapter(part)
        ]
        told += [f"{name}: pins or not is not known" for name, sex in ferrules(channel) if not sex]
    if loss_db(channel) is None:
        told.append(f"{channel.ids}: its loss is not known")
    elif budget(channel) is None:
        loss = show_value(round(loss_db(channel) or 0.0, 2))
        told.append(f"{channel.ids}: loses {loss} dB; no module says what it bears")
    return tuple(dict.fromkeys(told))
