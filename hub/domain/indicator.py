"""The indicators that plans and the law ask for, counted from what the hub carried. Pure: facts in, rows out.

What the hub cannot know (all documents an agency issued, on paper too) is declared by the agency and stands beside what
was counted, never added to it.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from statistics import quantiles
from typing import Any, Final

from hub.domain import deadline
from hub.domain.deadline import Calendar, Sent

Columns = tuple[str, ...]
KINDS: Final[dict[str, Columns]] = {
    "exchange": ("agency", "sent", "electronic_only", "with_paper", "share_electronic_only", "declared_issued"),
    "signed": ("agency", "sent", "signed", "share_signed", "declared_issued"),
    "on-time": ("agency", "sent", "same_day", "next_morning", "late", "share_on_time"),
    "receipt": (
        "agency", "received", "collected", "uncollected", "undeliverable", "answered", "answered_same_day", "refused",
        "finished", "share_collected", "share_same_day", "median_hours", "p95_hours",
    ),
    "connection": ("level", "agencies", "connected", "share_connected"),
}  # fmt: skip
DECLARED: Final = ("issued",)
"""What agencies declare: `issued`, all documents issued in the period, on paper too."""
SHARES: Final[dict[str, tuple[tuple[str, ...], str, tuple[int, ...]]]] = {
    "share_electronic_only": (("electronic_only",), "sent", (60, 80)),
    "share_signed": (("signed",), "sent", (80, 100)),
    "share_on_time": (("same_day", "next_morning"), "sent", ()),
    "share_collected": (("collected",), "received", ()),
    "share_same_day": (("answered_same_day",), "received", ()),
    "share_connected": (("connected",), "agencies", (80, 100)),
}
"""Of which counts each share is made, and what the plans ask for, in percent: first year, then at last."""
OF_ONE: Final = ("median_hours", "p95_hours")
"""Quantiles: they have no sum."""
_SIGNED: Final = frozenset({"valid", "valid-legacy"})
_HOUR: Final = timedelta(hours=1)


@dataclass(slots=True)
class Tally:
    """What was counted for one agency."""

    counts: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    hours: list[float] = field(default_factory=list)  # working hours from acceptance to collection


@dataclass(slots=True)
class Indicators:
    """Counts envelopes and deliveries of a period as they are read."""

    until: timedelta
    """When the next working day's grace for sending ends (T1, T1')."""
    by_agency: dict[str, Tally] = field(default_factory=lambda: defaultdict(Tally))

    def sent(self, row: Mapping[str, Any], calendar: Calendar) -> None:
        """Count a document for its sender. Row: sender, judgement, paper, promulgated_on, received_at, priority."""
        counts = self.by_agency[row["sender"]].counts
        counts["sent"] += 1
        counts["signed"] += row["judgement"] in _SIGNED
        counts["with_paper" if row["paper"] else "electronic_only"] += 1
        signed_on: date | None = row["promulgated_on"]
        if signed_on is not None:
            urgent = row["priority"] > 0
            judged = deadline.sent(signed_on, row["received_at"], calendar, urgent=urgent, until=self.until)
            counts[{Sent.SAME_DAY: "same_day", Sent.NEXT_MORNING: "next_morning", Sent.LATE: "late"}[judged]] += 1

    def received(self, row: Mapping[str, Any], calendar: Calendar) -> None:
        """Count a delivery for its recipient. Row: recipient, state, created_at, collected_at, first_report_at, progress."""
        tally = self.by_agency[row["recipient"]]
        counts = tally.counts
        counts["received"] += 1
        collected: datetime | None = row["collected_at"]
        if collected is not None:
            counts["collected"] += 1
            tally.hours.append(deadline.between(row["created_at"], collected, calendar) / _HOUR)
        elif row["state"] == "DEAD":
            counts["undeliverable"] += 1
        elif row["state"] != "WITHDRAWN":
            counts["uncollected"] += 1
        if row["first_report_at"] is not None:
            counts["answered"] += 1
            counts["answered_same_day"] += row["first_report_at"] <= deadline.answer_by(row["created_at"], calendar)
        counts["refused"] += row["progress"] == "02"
        counts["finished"] += row["progress"] == "06"

    def rows(self, kind: str, declared: Mapping[str, int], agencies: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        """The rows of a report. `declared`: what each agency says it issued; `agencies`: (code, level) valid in the period."""
        if kind == "connection":
            return self._connection(agencies)
        counted = "received" if kind == "receipt" else "sent"
        codes = sorted(code for code, tally in self.by_agency.items() if tally.counts[counted])
        return [{name: self._figure(code, name, declared) for name in KINDS[kind]} for code in codes]

    def _figure(self, code: str, name: str, declared: Mapping[str, int]) -> Any:
        tally = self.by_agency[code]
        counts = tally.counts
        shares = {
            "share_electronic_only": (counts["electronic_only"], counts["sent"]),
            "share_signed": (counts["signed"], counts["sent"]),
            "share_on_time": (counts["same_day"] + counts["next_morning"], counts["sent"]),
            "share_collected": (counts["collected"], counts["received"]),
            "share_same_day": (counts["answered_same_day"], counts["received"]),
        }
        if name in shares:
            return share(*shares[name])
        if name in ("median_hours", "p95_hours"):
            return _quantile(tally.hours, 50 if name == "median_hours" else 95)
        if name == "declared_issued":
            return declared.get(code)
        return code if name == "agency" else counts[name]

    def _connection(self, agencies: Sequence[tuple[str, str]]) -> list[dict[str, Any]]:
        found: dict[str, list[int]] = {}
        for code, level in agencies:
            counts = self.by_agency[code].counts if code in self.by_agency else {}
            both = found.setdefault(level, [0, 0])
            both[0] += 1
            both[1] += bool(counts.get("sent") or counts.get("collected"))
        order = ("central", "province", "district", "commune")
        return [
            {"level": level, "agencies": all_, "connected": some, "share_connected": share(some, all_)}
            for level, (all_, some) in sorted(found.items(), key=lambda item: order.index(item[0]))
        ]


def share(part: int, whole: int) -> float | None:
    """Percent with one digit; None of nothing."""
    return round(100 * part / whole, 1) if whole else None


def totals(made: Mapping[str, Any]) -> dict[str, int | float | None]:
    """A report's last line: counts summed, shares of the sums, None for what has no sum.

    What was declared is summed by itself; it is added to nothing that was counted.
    """
    sums: dict[str, int | float | None] = {}
    for name in made["columns"][1:]:
        if name not in OF_ONE and name not in SHARES:
            values = [row[name] for row in made["rows"] if row[name] is not None]
            sums[name] = sum(values) if values or name not in made["declared"] else None
    for name in made["columns"][1:]:
        if name in OF_ONE:
            sums[name] = None
        elif name in SHARES:
            parts, whole, _ = SHARES[name]
            sums[name] = share(sum(int(sums[part] or 0) for part in parts), int(sums[whole] or 0))
    return sums


def _quantile(values: Sequence[float], percent: int) -> float | None:
    if not values:
        return None
    return round(values[0] if len(values) == 1 else quantiles(values, n=100, method="inclusive")[percent - 1], 2)
