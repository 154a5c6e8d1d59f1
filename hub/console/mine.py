"""An agency's own corner: its traffic, its connection, its keys and certificates, and having again what it missed."""

from datetime import datetime, timedelta
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub import log
from hub.console import agency, deeds, filters
from hub.console.asked import Asked
from hub.console.frame import PageRoute, TheVisit, Visit, logged_in
from hub.domain import deadline
from hub.domain.access import Action, actor
from hub.domain.roles import Person
from hub.errors import rejected
from hub.store import audit
from hub.store.road import recovery
from hub.store.road.deliveries import INBOX, By
from hub.store.road.recovery import Missed

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Officer = Annotated[Person, Depends(logged_in(Action.RECOVER))]
_FURTHEST: Final = timedelta(days=90)
_logger = log.get(__name__)


@router.get("/mine")
async def page(here: TheVisit, person: Officer) -> Response:
    """The officer's own agency; with `since`, what would be recovered."""
    given = here.request.query_params.get("since", "")
    since = _since(here, given)
    trouble = here.speech("since_unusable", days=_FURTHEST.days) if given and since is None else ""
    return await _shown(here, person, since=since, trouble=trouble)


@router.post("/mine/recover")
async def recover(here: TheVisit, person: Officer) -> Response:
    """Do what the dry run counted; what was counted may have moved meanwhile, so the answer says what was done."""
    code = _own(person)
    deed = await deeds.read(here)
    since = _since(here, deed.fields.get("since", ""))
    if deed.trouble:
        return await _shown(here, person, since=since, trouble=deed.trouble, status=deed.status)
    if since is None:
        return await _shown(here, person, trouble=here.speech("since_unusable", days=_FURTHEST.days), status=422)
    done = await recovery.recover(here.console.hub.database, code, since, here.now, By(actor(person), deed.reason))
    _logger.info("deliveries.recovered", by=person.name, agency=code, dead=done.dead, waiting=done.waiting)
    return await _shown(here, person, done=_told(here, done))


async def _shown(
    here: Visit, person: Person, *, since: datetime | None = None, done: str = "", trouble: str = "", status: int = 200
) -> Response:
    code, speech = _own(person), here.speech
    facts = await agency.known_of(here, person, code)
    counted: Missed | None = None
    async with here.console.hub.database.read() as conn:
        if since:
            counted = await recovery.missed(conn, code, since)
        before = await audit.latest(conn, "deliveries recovered", code)
    return here.page(
        "mine.html",
        person,
        status,
        **facts,
        keeps=False,
        counted=counted,
        missed=_behind(code, since, facts["channel"].channel) if since else {},
        asked_since=_local(since or here.now - timedelta(days=1)),
        since_word=speech.time(since) if since else "",
        before=_before(here, before),
        done=done,
        trouble=trouble,
    )


def _behind(code: str, since: datetime, channel: str) -> dict[str, str]:
    """The documents behind the counts of what was missed."""
    waits = Asked(period="all", to=code, since=_local(since))
    return {
        "dead": waits.address(state="dead"),
        "waiting": waits.address(state="QUEUED"),
        "inbox": waits.address(state="AVAILABLE" if channel == INBOX else "DELIVERED"),
    }


def _own(person: Person) -> str:
    if not person.scope:
        raise rejected("not-found")
    return person.scope


def _since(here: Visit, given: str) -> datetime | None:
    """A moment that is past and not too long ago."""
    found = filters.at(given) if given else None
    return found if found and here.now - _FURTHEST <= found <= here.now else None


def _local(moment: datetime) -> str:
    return f"{moment.astimezone(deadline.LOCAL):%Y-%m-%dT%H:%M}"


def _told(here: Visit, done: Missed) -> str:
    speech = here.speech
    return speech(
        "was_recovered",
        dead=speech.number(done.dead),
        waiting=speech.number(done.waiting),
        inbox=speech.number(done.inbox),
    )


def _before(here: Visit, before: dict[str, Any] | None) -> str:
    if before is None:
        return ""
    by = before["actor"].removeprefix("person:")
    reason = before["details"].get("reason", "")
    return here.speech("recovered_before", by=by, time=here.speech.time(before["at"]), reason=reason)
