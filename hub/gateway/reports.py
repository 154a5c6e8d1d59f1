"""The agency's answer about a document (`POST /v1/status-reports`), and the sender's feed of everything that happened."""

import asyncio
from collections.abc import Callable
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hub import bodies, reception
from hub.acknowledge import Acknowledged
from hub.domain.access import Action
from hub.domain.agency import Agency
from hub.domain.envelope import Address, Staff, StatusMessage
from hub.domain.ids import report_id
from hub.domain.report import BY_SENDER
from hub.domain.trust import Judgement, Verdict
from hub.errors import Rejected, rejected
from hub.findings import values
from hub.gateway import cursors, views
from hub.gateway.callers import may, the_hub
from hub.gateway.waiting import WAIT_AT_MOST, refuse_more, until_there_is
from hub.spool import Body
from hub.store import bell
from hub.store.road import events, idempotency
from hub.wiring import Hub

router = APIRouter(tags=["Trả lời · Answer"])
TheHub = Annotated[Hub, Depends(the_hub)]
Caller = Annotated[Agency, Depends(may(Action.ANSWER))]
Follower = Annotated[Agency, Depends(may(Action.FEED))]
_JSON_AT_MOST = 64 * 1024
_BRIEFLY: Final = [0.01] * 25  # seconds between looks while an older transaction is about to end: nobody rings for that
_MORE_AT_MOST: Final = 20  # looks of whoever waits, a tenth of a second apart, at one that does not end soon


class ReportStaff(BaseModel):
    """Who made the report."""

    model_config = ConfigDict(extra="ignore")
    name: str = Field("", max_length=255)
    department: str = Field("", max_length=255)
    email: str = Field("", max_length=255)
    mobile: str = Field("", max_length=50)


class Report(BaseModel):
    """A status report as JSON: `sender` is who sent the document; `recipient` is needed for 13, which goes the other way."""

    sender: str = Field("", max_length=70)
    recipient: str = Field("", max_length=70)
    document_id: str = Field("", max_length=1000)
    document_code: str = Field("", max_length=200, description="Số/ký hiệu, when the document id is not known.")
    code: str = Field(max_length=3, description="01-06, 13, 15, 16.")
    description: str = Field("", max_length=1000)
    staff: ReportStaff = ReportStaff()

    @field_validator("code", mode="before")
    @classmethod
    def _two_digits(cls, value: Any) -> Any:
        text = str(value).strip()
        return f"{int(text):02d}" if text.isascii() and text.isdigit() and len(text) < 4 else value  # noqa: PLR2004

    @field_validator("*", mode="after")
    @classmethod
    def _no_nul(cls, value: Any) -> Any:
        return value.replace("\x00", "") if isinstance(value, str) else value


@router.post(
    "/v1/status-reports",
    status_code=202,
    openapi_extra={
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": Report.model_json_schema()},
                "application/xml": {"schema": {"type": "string"}},
            },
        }
    },
)
async def report(request: Request, hub: TheHub, who: Caller) -> JSONResponse:
    """Record a report, flag it when it is out of turn, and send it on to its addressee."""
    headers = dict(request.scope["headers"])
    announced = bodies.check_headers(headers, hub.settings.max_envelope_bytes)
    kind = headers.get(b"content-type", b"").split(b";")[0].strip().lower()
    now = hub.clock.now()
    scales: bodies.Scales = request.app.state.scales
    with scales.room() as take, hub.spool.room() as room:
        body, sha256 = await bodies.read(request.receive, announced, hub.settings, take, room)
        bodies.check_digest(headers, sha256)
        key = headers.get(b"idempotency-key", b"").decode("latin-1")[:255]
        first = await idempotency.check(hub.database, who.codes, key, sha256) if key else None
        if first and (made := await hub.acknowledger.known(first)):
            return _answer(made)
        if kind == b"application/json":
            named = report_id(who.code, key, sha256) if key else ""
            unsigned = Verdict(Judgement.ABSENT)
            asked = _from_json(body, take, who)
            made = await hub.acknowledger.report(who, asked, unsigned, (), None, now, identity=named)
        else:
            bodies.check_xml_type(headers)
            opened = await reception.opened(hub, who, body, now)
            if not isinstance(opened.message, StatusMessage):
                raise rejected("not-a-status-message")
            if errors := await hub.acceptor.check_caller(who, opened.message.sender, now):
                raise Rejected(errors)
            said = reception.of_status(body, take)
            made = await hub.acknowledger.report(who, opened.message, opened.verdict, opened.warnings, said, now)
        if key:
            await idempotency.keep(hub.database, who.code, key, sha256, made.id, now)
    return _answer(made)


def _answer(made: Acknowledged) -> JSONResponse:
    return JSONResponse(
        {
            "id": made.id,
            "document_id": made.document_id,
            "code": made.code,
            "accepted": True,
            "flags": list(made.flags),
        },
        202,
        {"Location": f"/v1/envelopes/{made.id}"},
    )


def _from_json(body: Body, take: Callable[[int], None], who: Agency) -> StatusMessage:
    if len(body) > _JSON_AT_MOST:
        raise rejected("too-large", limit=_JSON_AT_MOST)
    try:
        said = Report.model_validate(orjson.loads(reception.of_status(body, take)))
    except orjson.JSONDecodeError as error:
        raise rejected("not-json", problem=str(error)) from None
    except ValidationError as error:
        raise Rejected(
            values.invalid(
                error.errors(), lambda e: "unknown-status-code" if e["loc"][:1] == ("code",) else "invalid-parameter"
            )
        ) from None
    if not said.code.isdigit():
        raise rejected("unknown-status-code", "code", found=said.code)
    if said.code == BY_SENDER:
        if not said.recipient:
            raise rejected("report-recipient-missing", "recipient")
        addressee = said.recipient
    else:
        addressee = said.sender
    if not addressee or not (said.document_id or said.document_code):
        missing = "sender" if not addressee else "document_id"
        raise rejected("invalid-parameter", missing, name=missing, problem="bắt buộc / required")
    staff = said.staff
    return StatusMessage(
        sender=Address(who.code, who.name),
        addressee=Address(addressee),
        document_id=said.document_id,
        document_code=said.document_code,
        promulgated_on=None,
        code=said.code,
        description=said.description,
        staff=Staff(staff.name, staff.department, staff.email, staff.mobile),
    )


@router.get("/v1/status", tags=["Theo dõi · Follow"])
async def feed(
    request: Request,
    hub: TheHub,
    who: Follower,
    after: str = "",
    wait: Annotated[float, Query(ge=0, le=WAIT_AT_MOST)] = 0,
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> JSONResponse:
    """Everything that happened to the caller's documents after a cursor, oldest first; `next` is always there."""
    page = events.Page([], cursors.unpack_numbers(after), is_whole=True)
    place = page.place

    async def look() -> list[dict[str, Any]]:
        nonlocal page
        for pause in _BRIEFLY + [0.1] * min(int(wait * 10), _MORE_AT_MOST):
            async with hub.database.read_for(*who.codes) as conn:
                page = await events.feed(conn, who.codes, place, limit)
            if page.is_whole or (wait and page.items):  # who waits comes back for the rest
                break
            await asyncio.sleep(pause)
        return page.items

    if wait:
        refuse_more(hub.database.bell, bell.feed(who.code))
    found = await until_there_is(request, hub.database.bell, map(bell.feed, who.codes), wait, look)
    return JSONResponse({"items": [views.feed_item(row) for row in found], "next": cursors.pack(*page.place)})
