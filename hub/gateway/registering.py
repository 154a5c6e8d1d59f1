"""For registrars: the directory changed over HTTP, with the same rules as the command's. Every change is logged with a name."""

from collections.abc import AsyncIterator
from datetime import UTC, date, datetime
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import JSONResponse, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field

from hub import bodies, enrol, log
from hub.adapter import channel_faults
from hub.domain import access, agencies_csv, deadline
from hub.domain.access import Action
from hub.domain.agency import Agency, Kind, Level, SignaturePolicy
from hub.domain.binding import BoundBy
from hub.domain.reform import Asked, ChangeKind, contact_faults, is_alone
from hub.domain.roles import Person
from hub.errors import Rejected, rejected
from hub.gateway.agencies import view
from hub.gateway.callers import may, of_agency, the_hub
from hub.gateway.given import Moment
from hub.store.directory import agencies, agencies_import, certificates, keys, registry
from hub.store.directory.certificates import Binding
from hub.store.directory.reform import planning
from hub.wiring import Hub

router = APIRouter(tags=["Danh bạ · Directory"])
_logger = log.get(__name__)
_PAGE = 1000
_OF_THE_MACHINE: Final = frozenset({"folder"})  # channels whose settings name places on the hub's own machine


registrar = may(Action.CHANGE_DIRECTORY)
"""A person who may change the directory."""

TheHub = Annotated[Hub, Depends(the_hub)]
Registrar = Annotated[Person, Depends(registrar)]


class _Asked(BaseModel):
    model_config = ConfigDict(extra="forbid")


class NewAgency(_Asked):
    """An agency to enter."""

    code: str = Field(max_length=70)
    name: str = Field(max_length=500)
    level: Level
    kind: Kind = Kind.GOVERNMENT
    parent: str | None = Field(None, max_length=70)
    aliases: list[str] = Field(default_factory=list, max_length=50)
    signature: SignaturePolicy | None = None
    contact: dict[str, str] = Field(default_factory=dict)


class Closure(_Asked):
    """A code to close."""

    on: date | None = None
    successors: list[str] = Field(default_factory=list, max_length=100)
    grace_days: int = Field(0, ge=0, le=3650)


class NewName(_Asked):
    """Another name from a day on."""

    name: str = Field(max_length=500)
    on: date | None = None


class Channel(_Asked):
    """How an agency is reached."""

    channel: str = Field(max_length=30)
    config: dict[str, str] = Field(default_factory=dict)
    on: date | None = Field(None, description="The first day on which it holds; default: now.")


class Policy(_Asked):
    """What follows from the verdict on an agency's signatures."""

    signature: SignaturePolicy | None = Field(None, description="null: as of who was given none.")
    on: date | None = None


class Certificate(_Asked):
    """A certificate to bind, or what is known of one to come: its issuer and number, or its key."""

    pem: str | None = Field(None, max_length=1_000_000)
    bound_by: BoundBy = BoundBy.CERTIFICATE
    issuer: str | None = Field(None, max_length=2_000)
    serial: str | None = Field(None, max_length=70)
    key_sha256: str | None = Field(None, max_length=100)
    pinned: bool = False
    valid_from: Moment | None = None
    valid_to: Moment | None = None


@router.post("/v1/agencies", status_code=201)
async def add(hub: TheHub, who: Registrar, new: NewAgency) -> JSONResponse:
    """Enter an agency and make its first API key, which is shown this once."""
    await in_sight(hub, who, new.parent)
    if faults := contact_faults(new.contact):
        raise Rejected(faults)
    now = datetime.now(UTC)
    made = Agency(
        new.code,
        new.name,
        new.level,
        new.kind,
        new.parent,
        tuple(new.aliases),
        signature=new.signature,
        contact=new.contact,
    )
    async with hub.database.write(access.actor(who)) as conn:
        kept = await registry.add(conn, made, now)
        key = await keys.issue_key(conn, kept.code, now)
    return await _changed(hub, who, "added", kept, 201, api_key=key)


@router.post("/v1/agencies/{code}/keys", status_code=201)
async def add_key(code: str, hub: TheHub, who: Registrar) -> JSONResponse:
    """Make a further API key, shown this once; the others stay good."""
    await in_sight(hub, who, code)
    now = datetime.now(UTC)
    async with hub.database.write(access.actor(who)) as conn:
        kept = await agencies.get(conn, code)
        key = await keys.issue_key(conn, kept.code, now)
    return await _changed(hub, who, "key issued", kept, 201, api_key=key)


@router.post("/v1/agencies/{code}/certificates", status_code=201)
async def bind(code: str, hub: TheHub, who: Registrar, asked: Certificate) -> JSONResponse:
    """Let a certificate sign for an agency."""
    await in_sight(hub, who, code)
    now = datetime.now(UTC)
    bound = _bound(asked, now)
    async with hub.database.write(access.actor(who)) as conn:
        await enrol.bind(conn, code, bound, now)
        kept = await agencies.get(conn, code)
    more = {"fingerprint": bound.fingerprint, "bound_by": bound.bound_by.value}
    return await _changed(hub, who, "certificate bound", kept, 201, **more)


def _bound(asked: Certificate, now: datetime) -> Binding:
    window = asked.valid_from, asked.valid_to
    ways = [asked.pem is not None, asked.key_sha256 is not None, asked.issuer is not None or asked.serial is not None]
    if sum(ways) != 1:
        raise rejected("invalid-parameter", name="pem", problem="pem | key_sha256 | issuer + serial")
    if asked.pem is not None:
        return enrol.handed_in(asked.pem.encode(), asked.bound_by, window, pinned=asked.pinned)
    if asked.key_sha256 is not None:
        return enrol.by_key(asked.key_sha256, window, now, pinned=asked.pinned)
    if asked.pinned:
        problem = "chỉ chuỗi chứng thư chứng minh được số hiệu / only a chain can prove a number"
        raise rejected("invalid-parameter", name="pinned", problem=problem)
    return enrol.by_number(asked.issuer or "", asked.serial or "", window, now)


@router.post("/v1/agencies/{code}/certificates/{fingerprint}/revoke")
async def revoke(code: str, fingerprint: str, hub: TheHub, who: Registrar) -> JSONResponse:
    """Believe a bound certificate no more, at once, before any list of its CA says so."""
    await in_sight(hub, who, code)
    async with hub.database.write(access.actor(who)) as conn:
        await certificates.revoke_certificate(conn, code, fingerprint[:100], datetime.now(UTC))
        kept = await agencies.get(conn, code)
    return await _changed(hub, who, "certificate revoked", kept, fingerprint=fingerprint)


@router.post("/v1/agencies/{code}/suspend")
async def suspend(code: str, hub: TheHub, who: Registrar) -> JSONResponse:
    """Stop an agency from sending; what is sent to it waits."""
    await in_sight(hub, who, code)
    async with hub.database.write(access.actor(who)) as conn:
        kept = await registry.suspend(conn, code, datetime.now(UTC))
    return await _changed(hub, who, "suspended", kept)


@router.post("/v1/agencies/{code}/resume")
async def resume(code: str, hub: TheHub, who: Registrar) -> JSONResponse:
    """Let a suspended agency take part again."""
    await in_sight(hub, who, code)
    async with hub.database.write(access.actor(who)) as conn:
        kept = await registry.resume(conn, code, datetime.now(UTC))
    return await _changed(hub, who, "resumed", kept)


@router.post("/v1/agencies/{code}/close")
async def close(code: str, hub: TheHub, who: Registrar, asked: Closure) -> JSONResponse:
    """Close a code from a day on; documents go to its one successor, of several senders choose."""
    change = Asked(
        ChangeKind.CLOSE, (code,), asked.on or _today(), tuple(asked.successors), grace_days=asked.grace_days
    )
    return await _planned(hub, who, "closed", change)


@router.post("/v1/agencies/{code}/rename")
async def rename(code: str, hub: TheHub, who: Registrar, asked: NewName) -> JSONResponse:
    """Give an agency another name from a day on."""
    return await _planned(hub, who, "renamed", Asked(ChangeKind.RENAME, (code,), asked.on or _today(), to=asked.name))


async def _planned(hub: Hub, who: Person, what: str, asked: Asked) -> JSONResponse:
    """Make a change of one agency, or leave it to a second person: `change` says which, and in what state."""
    (code,) = asked.agencies
    await in_sight(hub, who, code)
    now = datetime.now(UTC)
    alone = is_alone(hub.settings.two_persons, asked.on, _today())
    made = await planning.plan(hub.database, asked, access.actor(who), now, alone=alone)
    async with hub.database.read() as conn:
        kept = await agencies.get(conn, code)
    return await _changed(hub, who, what, kept, change={"id": made.id, "state": made.state.value})


@router.put("/v1/agencies/{code}/channel")
async def set_channel(code: str, hub: TheHub, who: Registrar, asked: Channel) -> JSONResponse:
    """Choose how an agency is reached; the channel says what is wrong with its settings."""
    await in_sight(hub, who, code)
    refuse_channel(hub, who, asked.channel, asked.config)
    if asked.on:
        change = Asked(ChangeKind.CHANNEL, (code,), asked.on, to=asked.channel, settings=asked.config)
        return await _planned(hub, who, "channel set", change)
    async with hub.database.write(access.actor(who)) as conn:
        kept = await registry.set_channel(conn, code, asked.channel, asked.config, datetime.now(UTC))
    return await _changed(hub, who, "channel set", kept, channel=asked.channel)


@router.put("/v1/agencies/{code}/contact")
async def set_contact(
    code: str, hub: TheHub, who: Registrar, contact: dict[str, str], on: date | None = None
) -> JSONResponse:
    """Say whom to call when documents lie uncollected; with `on`, from that day."""
    await in_sight(hub, who, code)
    if on:
        return await _planned(hub, who, "contact set", Asked(ChangeKind.CONTACT, (code,), on, settings=contact))
    async with hub.database.write(access.actor(who)) as conn:
        kept = await registry.set_contact(conn, code, contact, datetime.now(UTC))
    return await _changed(hub, who, "contact set", kept, contact=contact)


@router.put("/v1/agencies/{code}/policy")
async def set_policy(code: str, hub: TheHub, who: Registrar, asked: Policy) -> JSONResponse:
    """Choose what follows from the verdict on an agency's signatures, from a day on."""
    change = Asked(
        ChangeKind.POLICY, (code,), asked.on or _today(), to=asked.signature.value if asked.signature else ""
    )
    return await _planned(hub, who, "policy set", change)


def refuse_channel(hub: Hub, who: Person, channel: str, config: dict[str, str]) -> None:
    """Refuse a channel that there is not, or settings with which it would reach nobody.

    Paths on the hub's own machine, where it writes and what there is, are no business of a registrar of a province.
    """
    if channel in _OF_THE_MACHINE and who.sight is not None:
        raise rejected("forbidden", action=f"{Action.CHANGE_DIRECTORY.value}: {channel}")
    if faults := channel_faults(hub.adapters, channel, config):
        raise Rejected(faults)


@router.post("/v1/agencies/import", openapi_extra={"requestBody": {"content": {"text/csv": {}}, "required": True}})
async def import_csv(
    request: Request, hub: TheHub, who: Registrar, *, with_keys: Annotated[bool, Query()] = False
) -> JSONResponse:
    """Take in a directory file: bad lines are named and left out, the good ones are taken, an empty cell changes nothing."""
    await in_sight(hub, who, None)
    announced = bodies.check_headers(dict(request.scope["headers"]), hub.settings.max_envelope_bytes)
    scales: bodies.Scales = request.app.state.scales
    with scales.room() as take:
        body, digest = await bodies.read(request.receive, announced, hub.settings, take)
        bodies.check_digest(dict(request.scope["headers"]), digest)
        try:
            lines = body.decode("utf-8").splitlines(keepends=True)
        except UnicodeDecodeError as error:
            where = f"byte {error.start}"
            raise rejected("csv-unreadable", problem=(f"không phải UTF-8: {where}", where)) from None
        async with hub.database.write(access.actor(who)) as conn:
            report = await agencies_import.import_agencies(
                conn, agencies_csv.read(lines), datetime.now(UTC), with_keys=with_keys
            )
            if report.refused and not report.added + report.changed:
                raise Rejected(report.findings)
    await hub.directory.settle()
    _logger.info("directory.imported", by=who.name, added=report.added, changed=report.changed, refused=report.refused)
    return JSONResponse(
        {
            "added": report.added,
            "changed": report.changed,
            "refused": report.refused,
            "findings": [found.explained() for found in report.findings],
            "keys": [{"code": code, "api_key": key} for code, key in report.keys],
        }
    )


@router.get("/v1/agencies/export")
async def export_csv(hub: TheHub, who: Registrar, on: date | None = None) -> StreamingResponse:
    """The directory as a file that import takes back."""
    del who

    async def lines() -> AsyncIterator[str]:
        yield agencies_csv.heading()
        after = ""
        while True:
            async with hub.database.read() as conn:
                page = await agencies.search(conn, on=on, limit=_PAGE, after=after)
            for agency in page:
                yield agencies_csv.line(agency)
            if len(page) < _PAGE:
                return
            after = page[-1].code

    return StreamingResponse(lines(), media_type="text/csv; charset=utf-8")


async def in_sight(hub: Hub, who: Person, code: str | None) -> None:
    """Refuse what lies outside the registrar's scope; without a code, what concerns all of the directory."""
    if who.sight is None:
        return
    known = (await hub.directory.resolve([code]))[code] if code else None
    if known is None or not access.allowed(who, Action.CHANGE_DIRECTORY, await of_agency(hub, known.code)):
        raise rejected("forbidden", action=f"{Action.CHANGE_DIRECTORY.value}: {code or '*'}")


async def _changed(hub: Hub, who: Person, what: str, agency: Agency, status: int = 200, **more: Any) -> JSONResponse:
    await hub.directory.settle()
    _logger.info("directory.changed", by=who.name, what=what, agency=agency.code)
    return JSONResponse({**view(agency, _today()), "signature": agency.policy.value, **more}, status)


def _today() -> date:
    return datetime.now(UTC).astimezone(deadline.LOCAL).date()
