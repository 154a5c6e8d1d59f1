"""Groups of recipients: read by whoever sends, kept by registrars."""

from datetime import UTC, date, datetime
from typing import Annotated

from fastapi import APIRouter, Depends
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from hub.domain import access
from hub.domain.access import Action
from hub.domain.agency import Agency
from hub.domain.roles import Person
from hub.gateway.callers import may, the_hub
from hub.store.directory import agencies, groups
from hub.wiring import Hub

router = APIRouter(tags=["Danh bạ · Directory"])
TheHub = Annotated[Hub, Depends(the_hub)]
Reader = Annotated[Agency | Person, Depends(may(Action.READ_DIRECTORY))]
Registrar = Annotated[Person, Depends(may(Action.CHANGE_GROUPS))]


class Membership(BaseModel):
    """A group as it is to be from a day on."""

    model_config = ConfigDict(extra="forbid")
    code: str = Field(max_length=70)
    name: str = Field(max_length=500)
    members: list[str] = Field(max_length=20_000)
    on: date | None = Field(None, description="From which day; default today, in Vietnam.")


@router.get("/v1/groups")
async def listed(hub: TheHub, who: Reader, on: date | None = None) -> JSONResponse:
    """Every group, with the number of its members on a day."""
    del who
    async with hub.database.read() as conn:
        return JSONResponse({"items": await groups.listed(conn, on or agencies.today())})


@router.get("/v1/groups/{code}")
async def show(code: str, hub: TheHub, who: Reader, on: date | None = None) -> JSONResponse:
    """One group with its members on a day."""
    del who
    async with hub.database.read() as conn:
        return JSONResponse(await groups.get(conn, code, on or agencies.today()))


@router.put("/v1/groups")
async def put(hub: TheHub, who: Registrar, asked: Membership) -> JSONResponse:
    """Enter a group, or change it from a day on: these are its members then, and no others. Before, all stays as it was."""
    day = asked.on or agencies.today()
    async with hub.database.write(access.actor(who)) as conn:
        code = await groups.put(conn, asked.code, asked.name, datetime.now(UTC))
        await groups.replace(conn, code, asked.members, day)
        answer = await groups.get(conn, code, day)
    return JSONResponse(answer)
