"""The curves as one SVG, without a plotting library: a panel per recording, a line per population."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

from bench.federated_quality.curves import EPSILONS, Point

WIDTH, HEIGHT, LEFT, TOP, GAP = 430, 300, 60, 40, 20
COLOURS = ("#1b6ca8", "#c8553d", "#3c896d", "#7a4f9a")


def drawn(panels: Mapping[str, Sequence[Point]]) -> str:
    """The picture of several recordings: hit rate over epsilon."""
    size = f"{(WIDTH + GAP) * len(panels)} {HEIGHT + TOP + 50}"
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}" font-family="sans-serif" font-size="12">',
        "<title>HR@10 over the privacy loss of the one release</title>",
        '<rect width="100%" height="100%" fill="white"/>',
    ]
    for place, (name, points) in enumerate(panels.items()):
        parts += [f'<g transform="translate({place * (WIDTH + GAP)} 0)">', *_panel(name, points), "</g>"]
    return "\n".join([*parts, "</svg>"]) + "\n"


def _panel(name: str, points: Sequence[Point]) -> list[str]:
    rates = [one.quality.hit_rate for one in points]
    low, high = math.floor(min(rates) * 10) / 10, math.ceil(max(rates) * 10) / 10
    across = (WIDTH - LEFT - 10) / (len(EPSILONS) - 1)

    def at(epsilon: float, rate: float) -> str:
        x = LEFT + EPSILONS.index(epsilon) * across
        return f"{x:.1f},{TOP + (high - rate) / (high - low) * HEIGHT:.1f}"

    parts = [f'<text x="{LEFT}" y="20" font-weight="bold">{name}: HR@10</text>']
    for step in range(round((high - low) * 10) + 1):
        rate = low + step / 10
        y = TOP + (high - rate) / (high - low) * HEIGHT
        parts.append(f'<path d="M{LEFT} {y:.1f}H{WIDTH - 10}" stroke="#ddd"/>')
        parts.append(f'<text x="{LEFT - 8}" y="{y + 4:.1f}" text-anchor="end">{rate:.1f}</text>')
    for place, epsilon in enumerate(EPSILONS):
        shown = "no noise" if math.isinf(epsilon) else f"{epsilon:g}"
        x = LEFT + place * across
        parts.append(f'<text x="{x:.1f}" y="{TOP + HEIGHT + 18}" text-anchor="middle">{shown}</text>')
    parts.append(
        f'<text x="{WIDTH / 2}" y="{TOP + HEIGHT + 38}" text-anchor="middle">epsilon (delta 1e-5)</text>'
    )
    for colour, people in zip(COLOURS, sorted({one.people for one in points}), strict=False):
        line = [one for one in points if one.people == people]
        path = " ".join(at(one.epsilon, one.quality.hit_rate) for one in line)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        right, up = map(float, path.split(" ")[1].split(","))
        note = f"{people:,} people" + (", emulated" if line[0].is_emulated else "")
        parts.append(f'<text x="{right + 6:.1f}" y="{up - 6:.1f}" fill="{colour}">{note}</text>')
    return parts
