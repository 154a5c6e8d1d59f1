"""What the address of the list of documents asks for. A parameter that means nothing is left out, and the page says so."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from hub.console import words
from hub.console.places import by_id, place
from hub.domain.agency import CODE_AT_MOST
from hub.domain.deadline import LOCAL
from hub.store.lists.overview import Wanted

DEFAULT_PERIOD: Final = "month"
SPANS: Final = {"day": timedelta(days=1), "week": timedelta(days=7), "month": timedelta(days=30), "all": None}
KINDS: Final = {"issued": ("new", "replace"), **{kind: (kind,) for kind in ("new", "recall", "update", "replace")}}
URGENCIES: Final = {"normal": (0,), "urgent": (1,), "very-urgent": (2,), "flash": (3, 4)}
SIGNATURES: Final = ("valid", "signed", "other", *(name for name in words.VERDICTS if name != "valid"))
_WORDS_AT_MOST: Final = 200  # characters
_TYPE_AT_MOST: Final = 100
_DAY, _HOUR, _MINUTE = 10, 13, 16  # characters of 2026-11-25, 2026-11-25T09, 2026-11-25T09:30
_STATES: Final = frozenset({*words.STATES, *words.GROUPS})


@dataclass(frozen=True, slots=True)
class Asked:
    """A list as its address says it; what is "" or the default is left out of addresses."""

    q: str = ""
    state: str = ""
    level: str = ""
    signature: str = ""
    period: str = DEFAULT_PERIOD
    after: str = ""
    refresh: str = ""
    sender: str = ""
    sent_from: str = ""
    to: str = ""
    step: str = ""
    since: str = ""
    until: str = ""  # a day, an hour or a minute, which is still in it
    kind: str = ""
    urgency: str = ""
    hour: str = ""  # of the week, as 0-09: Monday's tenth
    type: str = ""  # what its sender calls its kind; `-`: it says none
    ignored: tuple[str, ...] = ()  # the names of those that meant nothing

    @property
    def is_filtered(self) -> bool:
        """Whether this is less than the latest documents."""
        return self != Asked(refresh=self.refresh, after=self.after, ignored=self.ignored)

    @property
    def since_at(self) -> datetime | None:
        """The moment that `since` says."""
        return moment(self.since)

    @property
    def until_at(self) -> datetime | None:
        """The first moment that is out."""
        last = moment(self.until)
        span = {_DAY: timedelta(days=1), _HOUR: timedelta(hours=1)}.get(len(self.until), timedelta(minutes=1))
        return last + span if last else None

    def address(self, **changes: str) -> str:
        """The address of this list with some parameters changed; it begins anew unless `after` is among them."""
        wanted: dict[str, Any] = {"after": "", **changes}
        changed = replace(self, **wanted)
        said = {name: getattr(changed, name) for name in Asked.__slots__ if name != "ignored"}
        default = Asked()
        return "/documents?" + urlencode({k: v for k, v in said.items() if v and v != getattr(default, k)})

    def file(self, form: str) -> str:
        """The address of the whole list as a file in one of the forms there are."""
        return f"{self.address()}&format={form}"

    def wanted(self, now: datetime) -> Wanted:
        """The question for the store."""
        span = None if self.until else SPANS[self.period]
        return Wanted(
            q=self.q,
            state=self.state,
            level=self.level,
            signature=self.signature,
            since=moment(self.since) or (now - span if span else None),
            until=self.until_at,
            kinds=KINDS.get(self.kind, ()),
            priorities=URGENCIES.get(self.urgency, ()),
            before=place(self.after),
            sender=self.sender,
            sent_from=self.sent_from,
            recipient=self.to,
            step=self.step,
            week_hour=week_hour(self.hour),
            type_name=self.type,
        )


def asked(query: Mapping[str, str]) -> Asked:
    """Read an address."""
    ignored = []

    def one_of(name: str, known: object, default: str = "") -> str:
        value = query.get(name, "")
        if value in known:  # type: ignore[operator]
            return value
        if value:
            ignored.append(name)
        return default

    def when(name: str) -> str:
        value = query.get(name, "")
        if moment(value):
            return value
        if value:
            ignored.append(name)
        return ""

    found = Asked(
        q=" ".join(printable(query.get("q", "")[:_WORDS_AT_MOST]).split()),
        state=one_of("state", _STATES),
        level=one_of("level", words.LEVELS),
        signature=one_of("signature", SIGNATURES),
        period=one_of("period", SPANS, DEFAULT_PERIOD),
        after=by_id(query.get("after", "")) or "",
        refresh=one_of("refresh", ("1",)),
        sender=code_in(query, "sender"),
        sent_from=one_of("sent_from", words.LEVELS),
        to=code_in(query, "to"),
        step=one_of("step", words.STEPS),
        since=when("since"),
        until=when("until"),
        kind=one_of("kind", KINDS),
        urgency=one_of("urgency", URGENCIES),
        type=printable(query.get("type", "")[:_TYPE_AT_MOST]).strip(),
        hour=one_of("hour", (query.get("hour", ""),) if week_hour(query.get("hour", "")) is not None else ()),
    )
    if query.get("after") and not found.after:
        ignored.append("after")
    return replace(found, ignored=tuple(ignored))


def code_in(query: Mapping[str, str], name: str) -> str:
    """An agency's code in an address; whether there is such an agency the list will show."""
    return printable(query.get(name, "")[:CODE_AT_MOST]).strip()


def moment(since: str) -> datetime | None:
    """A time in Vietnam, to the day, hour or minute (2026-11-25, 2026-11-25T09, 2026-11-25T09:30); else None."""
    try:
        found = datetime.fromisoformat(since) if len(since) in (_DAY, _HOUR, _MINUTE) else None
        return found.replace(tzinfo=LOCAL).astimezone(UTC) if found else None
    except (ValueError, OverflowError):
        return None


def week_hour(hour: str) -> int | None:
    """The hour of the week that 0-09 says, 0 being Monday's first; None for anything else."""
    day, _, number = hour.partition("-")
    is_one = len(day) == 1 and day in "0123456" and len(number) == 2 and number.isascii() and number.isdigit()  # noqa: PLR2004
    return int(day) * 24 + int(number) if is_one and int(number) < 24 else None  # noqa: PLR2004


def printable(text: str) -> str:
    """The text without control characters, which no database needs to see."""
    return "".join(c if c.isprintable() else " " for c in text)
