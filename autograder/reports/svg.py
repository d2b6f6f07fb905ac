"""Small pictures as inline SVG. Colours (``page_style``) and fonts are the page's."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

_WIDTH, _HEIGHT, _FOOT, _HEAD, _SIDE = 440, 180, 24, 18, 10


def columns(
    bars: Sequence[tuple[str, int]],
    title: str,
    *,
    end: str | None = None,
    mark: tuple[float, str] | None = None,
) -> str:
    """A column chart with each number above its column.

    Args:
        bars: Label and height of each.
        title: What it shows, for those who cannot see it.
        end: If given, labels stand where a column begins, and this one where the last ends.
        mark: A place on the scale, as a share of the width, and its label.
    """
    most = max((height for _, height in bars), default=0) or 1
    step = _WIDTH / max(len(bars), 1)
    base = _HEIGHT - _FOOT
    shapes, words = [], []
    for place, (label, height) in enumerate(bars):
        tall = (base - 2 * _HEAD) * height / most
        middle = (place + 0.5) * step
        shapes.append(
            f'<rect class="bar" x="{place * step + 2:.1f}" y="{base - tall:.1f}" '
            f'width="{step - 4:.1f}" height="{tall:.1f}" rx="2"/>'
        )
        if height:
            words.append(_text(middle, base - tall - 4, str(height), "number"))
        words.append(_text(middle if end is None else place * step, base + 14, label))
    if end is not None:
        words.append(_text(_WIDTH, base + 14, end))
    shapes.append(f'<line class="axis" x1="0" x2="{_WIDTH}" y1="{base}" y2="{base}"/>')
    if mark is not None:
        x, label = min(max(mark[0], 0.0), 1.0) * _WIDTH, mark[1]
        shapes.append(
            f'<line class="mark" x1="{x:.1f}" x2="{x:.1f}" y1="{_HEAD - 4}" y2="{base}"/>'
        )
        anchor = "start" if x < _WIDTH / 4 else "end" if x > _WIDTH * 3 / 4 else "middle"
        words.append(_text(x, _HEAD - 7, label, "number", anchor))
    box = f"{-_SIDE} 0 {_WIDTH + 2 * _SIDE} {_HEIGHT}"
    return _picture("".join([*shapes, *words]), box, title, "chart")


def bar(shares: Sequence[tuple[str, float]], title: str) -> str:
    """A horizontal bar that fills its table cell.

    Args:
        shares: Class and share of the width of each part, from the left.
        title: What it shows.
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
