"""A report that is mailed whenever its period is over: to whom, how often, in which form. Pure: what may be asked for."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from hub.domain.addresses import is_address
from hub.domain.indicator import KINDS
from hub.domain.period import EVERY, Period, of
from hub.errors import Rejected
from hub.findings import Finding, finding

FORMS: Final = ("pdf", "xlsx")
ADDRESSES_AT_MOST: Final = 50
_BETWEEN: Final = re.compile(r"[\s,;]+")


@dataclass(frozen=True, slots=True)
class Subscription:
    """What was asked for. `scope`: as issued reports name it, "" for all."""

    kind: str
    every: str
    scope: str
    forms: tuple[str, ...]
    addresses: tuple[str, ...]


def addresses_in(written: str) -> tuple[str, ...]:
    """The addresses of a text, separated by spaces, commas, semicolons or lines; each once."""
    return tuple(dict.fromkeys(each for each in _BETWEEN.split(written) if each))


def checked(kind: str, every: str, scope: str, forms: Sequence[str], addresses: Sequence[str]) -> Subscription:
    """What may be asked for; raises `Rejected` with everything that is wrong with the rest."""
    wrong: list[Finding] = []

    def note(name: str, problem: str, found: str) -> None:
        wrong.append(finding("invalid-parameter", name, name=name, problem=problem, found=found))

    if kind not in KINDS:
        note("kind", ", ".join(KINDS), kind)
    if every not in EVERY:
        note("every", ", ".join(EVERY), every)
    if not forms or set(forms) - {*FORMS}:
        note("forms", ", ".join(FORMS), ", ".join(forms))
    for address in addresses:
        if not is_address(address):
            note("addresses", "ten@coquan.gov.vn", address[:100])
    if not 0 < len(addresses) <= ADDRESSES_AT_MOST:
        note("addresses", f"1–{ADDRESSES_AT_MOST}", str(len(addresses)))
    if wrong:
        raise Rejected(wrong)
    return Subscription(kind, every, scope, tuple(form for form in FORMS if form in forms), tuple(addresses))


def begins(every: str, today: date) -> date:
    """The first day that a subscription made today is about: that of the period that goes on."""
    return of(today, every).first


def due(every: str, made_until: date, today: date) -> Period | None:
    """The first period that is over and that no report was about yet; None while it goes on."""
    found = of(made_until, every)
    return found if found.after <= today else None
