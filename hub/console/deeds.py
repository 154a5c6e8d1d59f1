"""Forms that change something: one of ours, with a reason, and one answer for both that went wrong and what is done."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from hub.console.asked import printable
from hub.console.doors import form_fields, is_from_here
from hub.console.frame import Visit
from hub.domain.access import Action, allowed
from hub.domain.roles import Person
from hub.errors import Rejected, rejected
from hub.gateway.callers import of_agency

REASON_AT_MOST: Final = 500  # characters


@dataclass(frozen=True, slots=True)
class Deed:
    """A form that came in. `trouble`: why nothing was done, "" when all is well; `status`: how that is answered."""

    fields: dict[str, str]
    reason: str
    trouble: str = ""
    status: int = 200


async def read(here: Visit) -> Deed:
    """Read a form: it must be ours, and say why."""
    fields = {name: printable(value) for name, value in (await form_fields(here.request)).items()}
    reason = " ".join(fields.get("reason", "").split())[:REASON_AT_MOST]
    if not is_from_here(here.request) or not here.is_own_form(fields.get("token", "")):
        return Deed(fields, reason, here.speech("form_stale"), 403)
    if not reason:
        return Deed(fields, reason, here.speech("reason_missing"), 422)
    return Deed(fields, reason)


def told(here: Visit, refusal: Rejected) -> str:
    """What is wrong, in the language of the page."""
    return " ".join(here.speech.of(found.message) for found in refusal.findings)


def told_before(here: Visit, before: Mapping[str, Any] | None) -> str:
    """Who did the same before, by the entry of the audit log; for whoever comes second."""
    if before is None:
        return here.speech("done_before")
    reason = before["details"].get("reason") or here.speech("no_reason")
    by = before["actor"].removeprefix("person:")
    return here.speech("done_before_by", by=by, time=here.speech.second(before["at"]), reason=reason)


async def in_sight(here: Visit, person: Person, action: Action, code: str) -> str:
    """The canonical code of an agency that `person` may do `action` to; whoever may not is told there is none."""
    known = (await here.console.hub.directory.resolve([printable(code)[:100]]))[printable(code)[:100]]
    if known is None or not allowed(person, action, await of_agency(here.console.hub, known.code)):
        raise rejected("not-found")
    return known.code
