"""For registrars: the trust store over HTTP, with the same rules as the command's."""

from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from hub import bodies, log
from hub.domain import access
from hub.domain.access import Action
from hub.domain.roles import Person
from hub.errors import Rejected, rejected
from hub.findings import values
from hub.gateway.callers import may, the_hub
from hub.gateway.given import Moment
from hub.gateway.views import at
from hub.store.trust import sources, trusted
from hub.trust.authorities import read_authorities
from hub.trust.chain import check
from hub.trust.lists import read_list
from hub.trust.sources import Source
from hub.wiring import Hub

router = APIRouter(tags=["Kho tin cậy · Trust store"])
TheHub = Annotated[Hub, Depends(the_hub)]
Reader = Annotated[Person, Depends(may(Action.READ_TRUST))]
Registrar = Annotated[Person, Depends(may(Action.CHANGE_TRUST))]
_logger = log.get(__name__)


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class Authorities(_Asked):
    """CAs to trust or to know, and from when until when."""

    pem: str = Field(max_length=1_000_000)
    valid_from: Moment | None = None
    valid_to: Moment | None = None


class RevocationList(_Asked):
    """A CA's complete list."""

    pem: str = Field(max_length=90_000_000)


class Named(_Asked):
    """Where a list is fetched from."""

    url: str = Field(max_length=2000, pattern=r"^https?://")


@router.get("/v1/trust")
async def show(hub: TheHub, who: Reader) -> JSONResponse:
    """The CAs, removed ones included, the lists that count, and the sources with how they went."""
    del who
    async with hub.database.read() as conn:
        anchors, lists = await trusted.listing(conn)
        fetched = await sources.listing(conn)
    return JSONResponse({"anchors": _plain(anchors), "revocation_lists": _plain(lists), "sources": _plain(fetched)})


@router.post("/v1/trust/anchors", status_code=201)
async def add(hub: TheHub, who: Registrar, asked: Authorities) -> JSONResponse:
    """Trust a root, or know an intermediate."""
    found = read_authorities(asked.pem.encode())
    now = datetime.now(UTC)
    async with hub.database.write(access.actor(who)) as conn:
        for each in found:
            await trusted.add_anchor(conn, each, now, (asked.valid_from, asked.valid_to))
        check("not-a-certificate", await trusted.load(conn))
    await _changed(hub, who, "CA trusted")
    items = [{"fingerprint": each.fingerprint, "kind": each.kind, "subject": each.subject} for each in found]
    return JSONResponse({"items": items}, 201)


@router.delete("/v1/trust/anchors/{fingerprint}")
async def remove(
    fingerprint: str, hub: TheHub, who: Registrar, *, last: Annotated[bool, Query()] = False
) -> JSONResponse:
    """Trust a CA no more; it stays on record. The last root only with `last=true`."""
    async with hub.database.write(access.actor(who)) as conn:
        subject = await trusted.remove_anchor(conn, fingerprint[:100], datetime.now(UTC), even_the_last=last)
    await _changed(hub, who, "CA removed")
    return JSONResponse({"removed": fingerprint, "subject": subject})


@router.post(
    "/v1/trust/revocation-lists",
    status_code=201,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {"application/json": {"schema": RevocationList.model_json_schema()}},
        }
    },
)
async def add_list(request: Request, hub: TheHub, who: Registrar) -> JSONResponse:
    """Judge by a revocation list from now on. A CA of the trust store must have signed it."""
    asked = await _list_in(request, hub)  # as large as a CA makes it: not before it is known who sends it
    now = datetime.now(UTC)
    found = read_list(asked.pem.encode(), now)
    async with hub.database.write(access.actor(who)) as conn:
        await trusted.add_list(conn, found, now)
        check("not-a-crl", await trusted.load(conn))
    await _changed(hub, who, "revocation list added")
    answer = {"fingerprint": found.fingerprint, "issuer": found.issuer, "next_update": at(found.next_update)}
    return JSONResponse({**answer, "revoked": found.revoked, "number": found.number}, 201)


@router.post("/v1/trust/sources", status_code=201)
async def add_source(hub: TheHub, who: Registrar, asked: Named) -> JSONResponse:
    """Fetch a revocation list from a URL that no certificate names."""
    async with hub.database.write(access.actor(who)) as conn:
        is_new = await sources.name(conn, Source("crl", asked.url), datetime.now(UTC))
    _logger.info("trust.changed", by=who.name, what="source named", url=asked.url)
    return JSONResponse({"source": asked.url}, 201 if is_new else 200)


@router.delete("/v1/trust/sources")
async def remove_source(hub: TheHub, who: Registrar, url: Annotated[str, Query(max_length=2000)]) -> JSONResponse:
    """Fetch from a URL no more that was named here."""
    async with hub.database.write(access.actor(who)) as conn:
        await sources.unname(conn, url)
    return JSONResponse({"removed": url})


async def _list_in(request: Request, hub: Hub) -> RevocationList:
    headers = dict(request.scope["headers"])
    announced = bodies.check_headers(headers, hub.settings.max_envelope_bytes)
    scales: bodies.Scales = request.app.state.scales
    with scales.room() as take:
        body, digest = await bodies.read(request.receive, announced, hub.settings, take)
    bodies.check_digest(headers, digest)
    try:
        return RevocationList.model_validate_json(body)
    except ValidationError as error:
        if error.errors()[0]["type"] == "json_invalid":
            raise rejected("not-json", problem=error.errors()[0]["msg"]) from None
        raise Rejected(values.invalid(error.errors())) from None


async def _changed(hub: Hub, who: Person, what: str) -> None:
    await hub.trust.refresh()
    _logger.info("trust.changed", by=who.name, what=what)


def _plain(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [{name: at(v) if isinstance(v, datetime) else v for name, v in row.items()} for row in rows]
