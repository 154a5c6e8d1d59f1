"""What registrars do to an agency from its page: suspend, resume, make and revoke keys; each with a reason.

Two may act at once: the directory's version row is taken first, and the second is told what the first did.
"""

from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub import log
from hub.console import agency, deeds
from hub.console.deeds import Deed
from hub.console.frame import PageRoute, TheVisit, Visit, logged_in
from hub.domain.access import Action, actor
from hub.domain.roles import Person
from hub.errors import Rejected
from hub.store import audit, directory_version
from hub.store.directory import agencies, keys, registry

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Registrar = Annotated[Person, Depends(logged_in(Action.CHANGE_DIRECTORY))]
_logger = log.get(__name__)


@router.post("/agencies/{code}/suspend")
async def suspend(code: str, here: TheVisit, person: Registrar) -> Response:
    """Stop an agency from sending."""
    return await _switch(code, here, person, suspended=True)


@router.post("/agencies/{code}/resume")
async def resume(code: str, here: TheVisit, person: Registrar) -> Response:
    """Let it take part again."""
    return await _switch(code, here, person, suspended=False)


async def _switch(code: str, here: Visit, person: Person, *, suspended: bool) -> Response:
    code = await deeds.in_sight(here, person, Action.CHANGE_DIRECTORY, code)
    deed = await deeds.read(here)
    if deed.trouble:
        return await _again(here, person, code, deed)
    change, done = (registry.suspend, "suspended") if suspended else (registry.resume, "resumed")
    async with here.console.hub.database.write(actor(person)) as conn:
        await directory_version.hold(conn)
        is_done = (await agencies.get(conn, code)).suspended == suspended
        before = await audit.latest(conn, f"agency {done}", code) if is_done else None
        if not is_done:
            await change(conn, code, here.now, deed.reason)
    if is_done:
        return await agency.shown(here, person, code, trouble=deeds.told_before(here, before), status=409)
    await _changed(here, person, code, done)
    return here.redirect(f"/agencies/{code}?done={done}")


@router.post("/agencies/{code}/keys")
async def new_key(code: str, here: TheVisit, person: Registrar) -> Response:
    """Make one more API key; its text is on the answer and nowhere else."""
    code = await deeds.in_sight(here, person, Action.CHANGE_DIRECTORY, code)
    deed = await deeds.read(here)
    if deed.trouble:
        return await _again(here, person, code, deed)
    async with here.console.hub.database.write(actor(person)) as conn:
        text = await keys.issue_key(conn, code, here.now, deed.reason)
    await _changed(here, person, code, "key issued")
    return await agency.shown(here, person, code, new_key=text)


@router.post("/agencies/{code}/keys/{key_id}/revoke")
async def revoke_key(code: str, key_id: str, here: TheVisit, person: Registrar) -> Response:
    """Make a key worthless at once."""
    code = await deeds.in_sight(here, person, Action.CHANGE_DIRECTORY, code)
    deed = await deeds.read(here)
    if deed.trouble:
        return await _again(here, person, code, deed)
    try:
        async with here.console.hub.database.write(actor(person)) as conn:
            await directory_version.hold(conn)
            found = await keys.find_key(conn, key_id[:16])
            is_done = found is not None and found.agency == code and found.revoked_at is not None
            before = await audit.latest(conn, "key revoked", code, key=key_id[:16]) if is_done else None
            if not is_done:
                await keys.revoke_key(conn, code, key_id[:16], here.now, deed.reason)
    except Rejected as refusal:
        return await agency.shown(here, person, code, trouble=deeds.told(here, refusal), status=404)
    if is_done:
        return await agency.shown(here, person, code, trouble=deeds.told_before(here, before), status=409)
    await _changed(here, person, code, "key revoked")
    return here.redirect(f"/agencies/{code}?done=revoked#keys")


async def _again(here: Visit, person: Person, code: str, deed: Deed) -> Response:
    return await agency.shown(here, person, code, trouble=deed.trouble, status=deed.status)


async def _changed(here: Visit, person: Person, code: str, what: str) -> None:
    await here.console.hub.directory.settle()
    _logger.info("directory.changed", by=person.name, what=what, agency=code)
