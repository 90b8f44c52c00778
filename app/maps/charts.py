"""Small charts without a script: stacked columns over names, and one bar of shares.

Widths are per cent, so that words keep their size on a phone; colours come from the style sheet. A chart is a
picture with a title; the page puts the same figures in a table behind it.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal

from markupsafe import Markup, escape

HEIGHT, TOP, FOOT = 200, 22, 24
SHARE_HEIGHT, LEAST_SHARE = 28, 0.6  # pixels; per cent, so that what is there is seen


@dataclass(frozen=True, slots=True)
class Layer:
    """One colour of a chart: its sign in the style sheet, its words, and a value for each name."""

    sign: str
    words: str
    values: tuple[Decimal | int, ...]

    @property
    def total(self) -> Decimal | int:
        return sum(self.values)


@dataclass(frozen=True, slots=True)
class Chart:
    """A picture with the figures it is drawn from."""

    title: str
    names: tuple[str, ...]
    layers: tuple[Layer, ...]
    picture: Markup
    words_of: Callable[[Decimal | int], str]


def columns(title: str, names: Sequence[str], layers: Sequence[Layer],
            words_of: Callable[[Decimal | int], str]) -> Chart | None:
    """Columns of stacked layers, one for each of `names`; None where every value is 0."""
    shown = tuple(layer for layer in layers if layer.total)
    highest = max((sum(values) for values in zip(*(layer.values for layer in shown), strict=True)), default=0)
    if not highest:
        return None
    top = _round_up(highest)
    room, step = HEIGHT - TOP - FOOT, 100 / len(names)
    parts = []
    for line in (top, top / 2):
        if isinstance(highest, int) and line % 1:
            continue  # there is no half of a thing that is counted
        y = TOP + room * float(1 - line / top)
        words = escape(words_of(type(highest)(line)))
        parts.append(f'<line class="chart-line" x1="0" x2="100%" y1="{y:.1f}" y2="{y:.1f}"/>'
                     f'<text class="chart-words" x="0" y="{y - 5:.1f}">{words}</text>')
    for number, name in enumerate(names):
        x, y = step * number, float(TOP + room)
        for layer in shown:
            height = float(layer.values[number]) / float(top) * room
            if height:
                y -= height
                parts.append(f'<rect class="chart-{layer.sign}" x="{x + step * .14:.2f}%" width="{step * .72:.2f}%" '
                             f'y="{y:.1f}" height="{height:.1f}"/>')
        parts.append(f'<text class="chart-words" x="{x + step / 2:.2f}%" y="{HEIGHT - 7}" text-anchor="middle">'
                     f"{escape(name)}</text>")
    foot = TOP + room
    parts.append(f'<line class="chart-foot" x1="0" x2="100%" y1="{foot}" y2="{foot}"/>')
    return Chart(title, tuple(names), shown, _picture(title, HEIGHT, parts), words_of)


def share(title: str, name: str, layers: Sequence[Layer], words_of: Callable[[Decimal | int], str]) -> Chart | None:
    """One bar whose parts are the layers' single values; None where every value is 0."""
    shown = tuple(layer for layer in layers if layer.total)
    whole = sum(layer.total for layer in shown)
    if not whole:
        return None
    widths = [max(100 * float(layer.total) / float(whole), LEAST_SHARE) for layer in shown]
    parts, x = [], 0.0
    for layer, width in zip(shown, widths, strict=True):
        width *= 100 / sum(widths)
        parts.append(f'<rect class="chart-{layer.sign}" x="{x:.2f}%" width="{width:.2f}%" y="0" '
                     f'height="{SHARE_HEIGHT}"/>')
        x += width
    return Chart(title, (name,), shown, _picture(title, SHARE_HEIGHT, parts), words_of)


def _round_up(value: Decimal | int) -> Decimal:
    """The next 1, 2, 2.5, 5 or 10 of its size: what a scale may end at."""
    size = Decimal(10) ** math.floor(math.log10(value))
    return next(step * size for step in (Decimal(1), Decimal(2), Decimal("2.5"), Decimal(5), Decimal(10))
                if step * size >= value)


def _picture(title: str, height: int, parts: Sequence[str]) -> Markup:
    return Markup(f'<svg class="chart" width="100%" height="{height}" role="img" aria-label="{escape(title)}">'
                  f'<title>{escape(title)}</title>{"".join(parts)}</svg>')
