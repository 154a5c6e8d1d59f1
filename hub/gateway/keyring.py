"""API keys over HTTP: the registrar's view of an agency's keys, and an agency that renews its own."""

from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from hub.domain import access
from hub.domain.access import Action
from hub.domain.agency import Agency
from hub.domain.roles import Person
from hub.gateway import views
from hub.gateway.callers import may, the_hub
from hub.gateway.registering import in_sight
from hub.store.directory import agencies, keys
from hub.store.directory.keys import ApiKey
from hub.wiring import Hub

router = APIRouter(tags=["Danh bạ · Directory"])
TheHub = Annotated[Hub, Depends(the_hub)]
Registrar = Annotated[Person, Depends(may(Action.CHANGE_DIRECTORY))]
Owner = Annotated[Agency, Depends(may(Action.RENEW_KEY))]


class Rotation(BaseModel):
    """How long the keys that are replaced stay good beside the new one."""

    model_config = ConfigDict(extra="forbid")
    overlap_hours: float = Field(24, ge=0, le=24 * 90)


@router.post("/v1/keys/rotate", status_code=201)
async def renew(hub: TheHub, who: Owner, asked: Rotation) -> JSONResponse:
    """Make a fresh key for the calling agency, shown this once; its others end after the overlap."""
    return await _rotate(hub, who.code, asked, access.actor(who))


@router.get("/v1/agencies/{code}/keys")
async def listing(code: str, hub: TheHub, who: Registrar) -> JSONResponse:
    """The keys of an agency, never their secrets: made, last used (to a minute or two), ending, revoked."""
    await in_sight(hub, who, code)
    async with hub.database.read() as conn:
        known = await agencies.get(conn, code)
        found = await keys.keys_of(conn, known.code)
    return JSONResponse({"items": [view(key) for key in found]})


@router.post("/v1/agencies/{code}/keys/rotate", status_code=201)
async def rotate(code: str, hub: TheHub, who: Registrar, asked: Rotation) -> JSONResponse:
    """Make a fresh key for an agency, shown this once; its others end after the overlap."""
    await in_sight(hub, who, code)
    return await _rotate(hub, code, asked, access.actor(who))


@router.delete("/v1/agencies/{code}/keys/{key_id}")
async def revoke(code: str, key_id: str, hub: TheHub, who: Registrar) -> JSONResponse:
    """Make a key worthless at once: here now, in the other processes within two seconds."""
    await in_sight(hub, who, code)
    now = datetime.now(UTC)
    async with hub.database.write(access.actor(who)) as conn:
        await keys.revoke_key(conn, code, key_id, now)
        known = await agencies.get(conn, code)
        found = next(key for key in await keys.keys_of(conn, known.code) if key.id == key_id)
    await hub.directory.settle()
    return JSONResponse({"code": known.code, **view(found)})


def view(key: ApiKey) -> dict[str, Any]:
    """A key as answers show it."""
    return {
        "id": key.id,
        "created_at": views.at(key.created_at),
        "last_used_at": views.at(key.last_used_at),
        "expires_at": views.at(key.expires_at),
        "revoked_at": views.at(key.revoked_at),
    }


async def _rotate(hub: Hub, code: str, asked: Rotation, actor: str) -> JSONResponse:
    now = datetime.now(UTC)
    overlap = timedelta(hours=asked.overlap_hours)
    async with hub.database.write(actor) as conn:
        made = await keys.rotate_keys(conn, code, overlap, now)
        known = await agencies.get(conn, code)
    await hub.directory.settle()
    return JSONResponse({"code": known.code, "api_key": made, "others_until": views.at(now + overlap)}, 201)
