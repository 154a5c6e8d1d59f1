"""The form by which a registrar decides a day otherwise than the law's holidays say."""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub import log
from hub.console import days, deeds, system
from hub.console.frame import PageRoute, TheVisit, logged_in
from hub.domain import calendar as rules
from hub.domain.access import Action, actor
from hub.domain.roles import Person
from hub.errors import Rejected, rejected
from hub.store import directory_version
from hub.store.watching import calendar

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Registrar = Annotated[Person, Depends(logged_in(Action.CHANGE_DIRECTORY))]
_logger = log.get(__name__)


@router.post("/system/calendar")
async def decide(here: TheVisit, person: Registrar) -> Response:
    """Decide a day otherwise. One that somebody decided already is told of, and changed when the form says so again."""
    if person.sight is not None:  # the calendar is everybody's
        raise rejected("not-found")
    deed = await deeds.read(here)
    asked = {name: deed.fields.get(name, "") for name in days.FIELDS}
    if deed.trouble:
        return await system.shown(here, person, trouble=deed.trouble, asked=asked, status=deed.status)
    try:
        made = rules.checked(asked["day"], asked["kind"], asked["decree"], deed.reason)
    except Rejected as refusal:
        return await system.shown(here, person, trouble=deeds.told(here, refusal), asked=asked, status=422)
    hub = here.console.hub
    async with hub.database.write(actor(person)) as conn:
        await directory_version.hold(conn)
        before = next((row for row in await calendar.override_rows(conn) if row["day"] == made.day), None)
        if before is None or deed.fields.get("replace"):
            await calendar.put(conn, [made], actor(person), here.now)
            before = None
    if before:
        said = here.speech(
            "day_was_decided",
            day=here.speech.date(made.day),
            by=before["set_by"].removeprefix("person:"),
            time=here.speech.second(before["set_at"]),
            kind=here.speech.named(days.KINDS, before["kind"]),
            decree=before["decree"],
        )
        return await system.shown(here, person, trouble=said, asked=asked, replaces=True, status=409)
    await hub.calendars.refresh(here.now)
    _logger.info("calendar.changed", by=person.name, day=made.day.isoformat())
    return here.redirect("/system?done=calendar#calendar")
