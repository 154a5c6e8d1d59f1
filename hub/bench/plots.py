"""Pictures of what was measured, as SVG: lines over the size of the books or the share of the load."""

import math
from collections.abc import Mapping, Sequence
from html import escape
from pathlib import Path
from typing import Any, Final

_COLOURS: Final = ("#4c78a8", "#d1495b", "#f2a541", "#7b2d8e", "#3a7d44")
_WIDTH, _HEIGHT, _LEFT, _TOP, _FOOT = 720, 380, 70, 48, 90
_FONT: Final = 'font-family="Arial, Helvetica, sans-serif" font-size="12"'
_SHOWN: Final = (
    ("lists", "documents ·"), ("search", "search,"), ("inbox", "inbox"), ("feed", "feed"), ("unreceived", "unreceived"),
)  # fmt: skip
Points = Sequence[tuple[str, float]]


def plots(report: Mapping[str, Any], folder: Path) -> list[Path]:
    """Write whatever can be drawn of a report into a folder; answers the files."""
    folder.mkdir(parents=True, exist_ok=True)
    drawn: dict[str, str] = {}
    for engine in ("sqlite", "postgresql"):
        books = {size: told for size, told in report.get("queries", {}).items() if size.startswith(engine)}
        if books:
            title = f"Questions on growing books, {engine}: median of a kind's p95, milliseconds"
            drawn[f"queries-{engine}"] = lines(title, _growth(books))
    if "hub" in (road := report.get("e2e", {})):
        series = {
            f"{who}, {part}": [
                (share, told[f"available_{part}_ms"]) for share, told in road[who].items() if "%" in share
            ]
            for who in ("hub", "floor")
            for part in ("p50", "p99")
        }
        drawn["e2e"] = lines("From the POST to the inbox, by share of the load, milliseconds", series)
        costs = {
            name: [(share, told["cpu_ms_each"][name]) for share, told in road["hub"].items()]
            for name in next(iter(road["hub"].values()))["cpu_ms_each"]
        }
        drawn["e2e-cpu"] = lines("Processor time of a document with three recipients, milliseconds", costs)
    paths = [folder / f"{name}.svg" for name in drawn]
    for path, picture in zip(paths, drawn.values(), strict=True):
        path.write_text(picture + "\n", encoding="utf-8")
    return paths


def _growth(books: Mapping[str, Any]) -> dict[str, Points]:
    found: dict[str, list[tuple[str, float]]] = {}
    for told in sorted(books.values(), key=lambda told: told["documents"]):
        for name, begin in _SHOWN:
            each = sorted(one["p95_ms"] for key, one in told["questions"].items() if key.startswith(begin))
            if each:
                found.setdefault(name, []).append((f"{told['documents']:,}", each[len(each) // 2]))
    return dict(found)


def lines(title: str, series: Mapping[str, Points]) -> str:
    """Lines on a logarithmic scale, each point with its figure."""
    labels = list(dict.fromkeys(label for points in series.values() for label, _ in points))
    values = [value for points in series.values() for _, value in points if value > 0]
    low = math.floor(math.log10(min(values, default=1)))
    high = math.ceil(math.log10(max(values, default=10)) + 1e-9)
    high = max(high, low + 1)

    def x(label: str) -> float:
        return _LEFT + 30 + labels.index(label) * (_WIDTH - _LEFT - 110) / max(len(labels) - 1, 1)

    def y(value: float) -> float:
        part = (math.log10(max(value, 10**low)) - low) / (high - low)
        return _HEIGHT - _FOOT - part * (_HEIGHT - _FOOT - _TOP)

    said = "; ".join(f"{name}: " + ", ".join(f"{label} {value:g}" for label, value in points)
                     for name, points in series.items())  # fmt: skip
    pieces = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">',
        f"<title>{escape(title)}</title><desc>{escape(said)}</desc>",
        f'<rect width="{_WIDTH}" height="{_HEIGHT}" fill="#ffffff"/>',
        f'<text x="16" y="24" {_FONT} font-weight="bold">{escape(title)}</text>',
    ]
    for power in range(low, high + 1):
        at = y(10**power)
        pieces.append(f'<path d="M{_LEFT} {at:.1f}H{_WIDTH - 40}" stroke="#d8d8d8"/>')
        pieces.append(f'<text x="{_LEFT - 8}" y="{at + 4:.1f}" text-anchor="end" {_FONT}>{10.0**power:g}</text>')
    pieces += [
        f'<text x="{x(label):.1f}" y="{_HEIGHT - _FOOT + 20}" text-anchor="middle" {_FONT}>{escape(label)}</text>'
        for label in labels
    ]
    for number, (name, points) in enumerate(series.items()):
        colour = _COLOURS[number % len(_COLOURS)]
        path = "L".join(f"{x(label):.1f} {y(value):.1f}" for label, value in points)
        pieces.append(f'<path d="M{path}" fill="none" stroke="{colour}" stroke-width="2"/>')
        for label, value in points:
            place = f'cx="{x(label):.1f}" cy="{y(value):.1f}"'
            pieces.append(
                f'<circle {place} r="3.5" fill="{colour}"><title>{escape(name)}, {label}: {value:g}</title></circle>'
            )
            pieces.append(
                f'<text x="{x(label) + 7:.1f}" y="{y(value) - 6:.1f}" {_FONT} fill="{colour}">{value:g}</text>'
            )
        left = _LEFT + number * 125
        pieces.append(f'<rect x="{left}" y="{_HEIGHT - 40}" width="11" height="11" fill="{colour}"/>')
        pieces.append(f'<text x="{left + 16}" y="{_HEIGHT - 30}" {_FONT}>{escape(name)}</text>')
    return "".join((*pieces, "</svg>"))
