"""The canvas that all diagrams are drawn on: few plotly traces, whatever the number of marks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from html import escape
from textwrap import wrap
from typing import Any

import numpy as np
import numpy.typing as npt
import plotly.graph_objects as go

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

COLOURS = (
    "#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#6E6E6E", "#C9BC00",
)  # fmt: skip
"""Okabe-Ito; black and yellow are toned so that they show on white and on black alike."""
NEUTRAL = "#7A7A7A"
INK = "#1B1B1B"
PIXELS = 1400
"""Pixels that the horizontal axis, 0 to 1, is laid out for."""
CHARACTER = 6.4
"""Pixels of an average character at the size of labels."""
_FONT = "system-ui, 'Segoe UI', Roboto, 'Helvetica Neue', Arial, sans-serif"


@dataclass(frozen=True)
class Rect:
    """A rectangle in canvas units."""

    left: float
    right: float
    bottom: float
    top: float

    @property
    def middle(self) -> float:
        """Horizontal centre."""
        return (self.left + self.right) / 2

    @property
    def centre(self) -> float:
        """Vertical centre."""
        return (self.bottom + self.top) / 2

    @property
    def pixels(self) -> float:
        """Width as it is laid out for."""
        return (self.right - self.left) * PIXELS


@dataclass
class _Texts:
    x: list[float] = field(default_factory=list)
    y: list[float] = field(default_factory=list)
    text: list[str] = field(default_factory=list)


def colour_of(index: int) -> str:
    """The colour of a rail or group; neutral where there is none (-1)."""
    return COLOURS[index % len(COLOURS)] if index >= 0 else NEUTRAL


def plain(text: str) -> str:
    """The text as plotly shows it literally: no character of it starts a tag or an entity."""
    return escape(text, quote=True)


def wrapped(text: str, pixels: float = 200) -> str:
    """The text escaped and broken into lines of a width."""
    return "<br>".join(plain(line) for line in wrap(text, max(1, int(pixels / 7.2))))


def fits(text: str, pixels: float, size: float = 12) -> bool:
    """Whether a label of a font size fits into a width."""
    return len(text) * CHARACTER * size / 12 <= pixels


def size_that_fits(texts: Sequence[str], pixels: float, largest: int = 12) -> int:
    """The largest size, down to 8, at which all labels fit into a width; 0 where none does."""
    longest = max(texts, key=len, default="")
    return next((size for size in range(largest, 7, -1) if fits(longest, pixels, size)), 0)


class Canvas:
    """Collects marks by style, and turns each style into one trace."""

    def __init__(self) -> None:
        """Start empty."""
        self._lines: list[go.Scatter] = []
        self._boxes: dict[tuple[str, float, float], list[Rect]] = {}
        self._dots: dict[tuple[str, float], list[tuple[float, float]]] = {}
        self._texts: dict[tuple[float, str, float], _Texts] = {}
        self._hovers: list[go.Scatter] = []

    def box(self, rect: Rect, colour: str, *, alpha: float = 0.18, border: float = 1.5) -> None:
        """A rectangle with a tinted face."""
        self._boxes.setdefault((colour, alpha, border), []).append(rect)

    def dot(self, x: float, y: float, colour: str, size: float = 9) -> None:
        """A small square of fixed size: one GPU or one chip."""
        self._dots.setdefault((colour, size), []).append((x, y))

    def text(
        self, x: float, y: float, text: str, *, size: float = 12, at: str = "middle center",
        strength: float = 1.0,
    ) -> None:  # fmt: skip
        """A label; the text must be safe already, see `plain`. `strength` fades it."""
        texts = self._texts.setdefault((size, at, strength), _Texts())
        texts.x.append(x)
        texts.y.append(y)
        texts.text.append(text)

    def lines(
        self, ends: FloatArray, colour: str, *, width: float = 1.5, opacity: float = 0.6
    ) -> None:
        """Straight lines as one trace; `ends` has rows (x0, y0, x1, y1)."""
        self.paths(ends.reshape(-1, 2, 2), colour, width=width, opacity=opacity)

    def paths(
        self,
        points: FloatArray,
        colour: str,
        *,
        width: float = 1.5,
        opacity: float = 0.6,
        dash: str = "solid",
    ) -> None:
        """Lines through points as one trace; `points` has shape (lines, points, 2)."""
        if not len(points):
            return
        gap = np.full((len(points), 1, 2), np.nan)
        drawn = np.concatenate([points, gap], axis=1).reshape(-1, 2)
        self._lines.append(
            go.Scatter(
                x=drawn[:, 0],
                y=drawn[:, 1],
                mode="lines",
                line={"color": colour, "width": width, "dash": dash},
                opacity=opacity,
                hoverinfo="skip",
            )
        )

    def hover(
        self,
        points: Sequence[tuple[float, float]] | FloatArray,
        texts: Sequence[str],
        counts: Sequence[int],
        meta: Mapping[str, Any],
    ) -> None:
        """Invisible points that show a text under the pointer; customdata is (count, text)."""
        if not len(points):
            return
        place = np.asarray(points, dtype=float)
        self._hovers.append(
            go.Scatter(
                x=place[:, 0],
                y=place[:, 1],
                mode="markers",
                marker={"size": 14, "opacity": 0, "color": NEUTRAL},
                customdata=[[count, text] for count, text in zip(counts, texts, strict=True)],
                hovertemplate="%{customdata[1]}<extra></extra>",
                meta=dict(meta),
            )
        )

    def figure(self, title: str, subtitle: str, y_range: tuple[float, float], height: int) -> Any:
        """The plotly figure; a pixel of the page is a pixel of the figure vertically."""
        traces = [*self._lines, *self._box_traces(), *self._dot_traces()]
        traces += [*self._hovers, *self._text_traces()]
        head = f"<b>{title}</b><br><span style='font-size:13px'>{subtitle}</span>"
        layout = go.Layout(
            template="none",
            title={"text": head, "x": 0.008, "xanchor": "left", "y": 1, "yref": "container",
                   "yanchor": "top", "pad": {"t": 16}, "font": {"size": 17}},
            font={"family": _FONT, "size": 12, "color": INK},
            height=height,
            margin={"l": 12, "r": 12, "t": 78, "b": 8},
            xaxis={"range": [0, 1], "visible": False},
            yaxis={"range": list(y_range), "visible": False},
            showlegend=False,
            hovermode="closest",
            hoverdistance=30,
            hoverlabel={"bgcolor": "#222222", "bordercolor": "#222222", "align": "left",
                        "font": {"color": "#FFFFFF", "size": 12, "family": _FONT}},
            dragmode="pan",
            modebar={"bgcolor": "rgba(0,0,0,0)", "color": "#8A8A8A", "activecolor": "#0072B2"},
        )  # fmt: skip
        return go.Figure(data=traces, layout=layout)

    def _box_traces(self) -> list[go.Scatter]:
        traces = []
        for (colour, alpha, border), rects in self._boxes.items():
            sides = np.array([[r.left, r.right, r.bottom, r.top] for r in rects])
            left, right, bottom, top = sides.T
            gap = np.full(len(rects), np.nan)
            traces.append(
                go.Scatter(
                    x=np.stack([left, right, right, left, left, gap], axis=1).ravel()[:-1],
                    y=np.stack([bottom, bottom, top, top, bottom, gap], axis=1).ravel()[:-1],
                    mode="lines",
                    fill="toself",
                    fillcolor=faded(colour, alpha),
                    line={"color": colour, "width": border},
                    hoverinfo="skip",
                )
            )
        return traces

    def _dot_traces(self) -> list[go.Scatter]:
        return [
            go.Scatter(
                x=[x for x, _ in places],
                y=[y for _, y in places],
                mode="markers",
                marker={"symbol": "square", "size": size, "color": colour},
                hoverinfo="skip",
            )
            for (colour, size), places in self._dots.items()
        ]

    def _text_traces(self) -> list[go.Scatter]:
        return [
            go.Scatter(
                x=texts.x,
                y=texts.y,
                text=texts.text,
                mode="text",
                textposition=at,
                textfont={"size": size, "color": faded(INK, strength)},
                hoverinfo="skip",
                cliponaxis=False,
            )
            for (size, at, strength), texts in self._texts.items()
        ]


def faded(colour: str, alpha: float) -> str:
    """A hex colour as rgba with an opacity."""
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha:g})"
