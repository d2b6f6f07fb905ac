"""Charts as inline SVG; their colours and fonts come from the page (``page_style``)."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT, _FOOT, _HEAD, _SIDE = 440, 180, 24, 18, 10


def column_chart(
    bars: Sequence[tuple[str, int]],
    title: str,
    *,
    end: str | None = None,
    mark: tuple[float, str] | None = None,
) -> str:
    """A column chart with each number above its column.

    Args:
        bars: Label and height of each column.
        title: What the chart shows, for screen readers.
        end: If given, labels are placed at the left edges of the columns, and this one at the
            right edge of the last.
        mark: A position on the scale, as a fraction of the width, and its label.
    """
    highest = max((height for _, height in bars), default=0) or 1
    step = _WIDTH / max(len(bars), 1)
    base = _HEIGHT - _FOOT
    shapes, labels = [], []
    for index, (label, height) in enumerate(bars):
        tall = (base - 2 * _HEAD) * height / highest
        middle = (index + 0.5) * step
        shapes.append(
            f'<rect class="bar" x="{index * step + 2:.1f}" y="{base - tall:.1f}" '
            f'width="{step - 4:.1f}" height="{tall:.1f}" rx="2"/>'
        )
        if height:
            labels.append(_text(middle, base - tall - 4, str(height), "number"))
        labels.append(_text(middle if end is None else index * step, base + 14, label))
    if end is not None:
        labels.append(_text(_WIDTH, base + 14, end))
    shapes.append(f'<line class="axis" x1="0" x2="{_WIDTH}" y1="{base}" y2="{base}"/>')
    if mark is not None:
        x, label = min(max(mark[0], 0.0), 1.0) * _WIDTH, mark[1]
        shapes.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_HEAD - 4}" y2="{base}"/>'
        )
        anchor = "start" if x < _WIDTH / 4 else "end" if x > _WIDTH * 3 / 4 else "middle"
        labels.append(_text(x, _HEAD - 7, label, "number", anchor))
    box = f"{-_SIDE} 0 {_WIDTH + 2 * _SIDE} {_HEIGHT}"
    return _picture("".join([*shapes, *labels]), box, title, "chart")


def stacked_bar(shares: Sequence[tuple[str, float]], title: str) -> str:
    """A horizontal bar that fills its table cell.

    Args:
        shares: CSS class and fraction of the width of each part, from the left.
        title: What the bar shows, for screen readers.
    """
    parts, x = [], 0.0
    for kind, share in shares:
        width = 100 * min(max(share, 0.0), 1.0)
        if width:
            parts.append(
                f'<rect class="{escape(kind)}" x="{x:.2f}" y="0" width="{width:.2f}" height="10"/>'
            )
        x += width
    return _picture("".join(parts), "0 0 100 10", title, "strip", ' preserveAspectRatio="none"')


def _picture(inner: str, box: str, title: str, kind: str, more: str = "") -> str:
    return (
        f'<svg class="{kind}" viewBox="{box}" role="img" aria-label="{escape(title)}"{more}>'
        f"{inner}</svg>"
    )


def _text(x: float, y: float, text: str, kind: str = "label", anchor: str = "middle") -> str:
    return (
        f'<text class="{kind}" x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}">{escape(text)}</text>'
    )
