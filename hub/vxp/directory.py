"""The directory as the axis lists it, whole and in one answer, and the units a gateway enters and takes out itself."""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from typing import Any, Final

import orjson
from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator

from hub import bodies, log
from hub.domain import deadline
from hub.domain.agency import Agency, Kind, Level
from hub.errors import Rejected, rejected
from hub.findings import values
from hub.store.directory import agencies, axis_units, registry, succession, systems
from hub.vxp.answers import Answer, ok
from hub.vxp.calls import Call

_PAGE: Final = 4000  # agencies: some 600 kB
_BODY_AT_MOST: Final = 64 * 1024
_LEVELS: Final = tuple(Level)  # the highest first
_ONE_LINE: Final = r"^[^\x00-\x1f\x7f]*$"  # a contact goes into the head of a mail
_logger = log.get(__name__)


class Unit(BaseModel):
    """What a client says of a unit it registers. `level` is ours: the client has no word for it."""

    model_config = ConfigDict(extra="ignore", coerce_numbers_to_str=True)
    code: str = Field(min_length=1, max_length=70)
    name: str = Field(min_length=1, max_length=500)
    pcode: str | None = Field(None, max_length=70)
    mail: str | None = Field(None, max_length=255, pattern=_ONE_LINE)
    mobile: str | None = Field(None, max_length=50, pattern=_ONE_LINE)
    level: Level | None = None

    @field_validator("*")
    @classmethod
    def _no_nul(cls, value: Any) -> Any:
        if isinstance(value, str) and "\0" in value:
            message = "ký tự NUL / a NUL character"
            raise ValueError(message)
        return value


# -- lists ------------------------------------------------------------------------------------------------------------


async def listed(call: Call) -> Answer:
    """Every open agency; `oldCode` is its code by QCVN 102 where it has another one by now."""
    return await _streamed(call, axis_units.ALL)


async def listed_qd20(call: Call) -> Answer:
    """Every open agency that has a code by QĐ 20; `level` (from 1) picks those with so many parts in it."""
    written = call.said.one("level")
    if written and not (written.isdecimal() and written.isascii() and len(written) < 3):  # noqa: PLR2004
        raise rejected("invalid-parameter", "level", name="level", problem="1, 2, 3 …")
    return await _streamed(call, axis_units.QD20, int(written) if written else 0)


async def synchronized(call: Call) -> Answer:
    """Every agency that is or was, with when it was changed last."""
    return await _streamed(call, axis_units.UNITS)


async def _streamed(call: Call, kind: str, parts: int = 0) -> Answer:
    database, today = call.hub.database, _today(call)
    async with database.read() as conn:  # before the answer begins: what fails here is still told as JSON
        first = await axis_units.page(conn, kind, "", _PAGE, today, parts)

    async def pieces() -> AsyncIterator[bytes]:
        yield b'{"status":"OK","ErrorCode":"0","ErrorDesc":"Success","data":['
        page, mark = first, ""
        while page.count:
            if page.text:
                yield (mark + page.text).encode()
                mark = ","
            if page.count < _PAGE:
                break
            async with database.read() as conn:
                page = await axis_units.page(conn, kind, page.last, _PAGE, today, parts)
        yield b"]}"

    return Answer(pieces())


def _today(call: Call) -> date:
    return call.now.astimezone(deadline.LOCAL).date()


# -- a gateway's own units -----------------------------------------------------------------------------------------------


async def register(call: Call) -> Answer:
    """Enter a unit below the gateway, or amend one it entered itself. The body is not covered by the client's HMAC."""
    said = await _unit(call)
    above = await _above(call, said.pcode or call.root)
    if said.level and _LEVELS.index(said.level) < _LEVELS.index(above.level):  # whose changes take two persons
        problem = f"không cao hơn / not above {above.level.value} ({above.code})"
        raise rejected("invalid-parameter", "level", name="level", problem=problem)
    contact = {name: value for name, value in (("email", said.mail), ("phone", said.mobile)) if value}
    unit = Agency(said.code, said.name, said.level or _level_below(above), parent=above.code, contact=contact)
    database, systemid = call.hub.database, call.system.systemid
    async with database.write() as conn:
        known = (await agencies.find(conn, [said.code]))[said.code]
        if known is None:
            kept = await registry.add(conn, unit, call.now)
            await systems.registered(conn, kept.code, systemid, call.now)
        elif await systems.registrar_of(conn, known.code) == systemid:
            changed = replace(known, name=said.name, parent=above.code, contact={**known.contact, **contact})
            kept = await registry.save(conn, changed, call.now)
        else:
            raise rejected("code-taken", "code", found=said.code, agency=known.code)
    return await _changed(call, "registered", kept)


async def delete(call: Call) -> Answer:
    """Close a unit that this system entered; its past stays answerable. Closing it again changes nothing."""
    written = call.said.one("AgencyCode")
    if not written:
        raise rejected("invalid-parameter", "AgencyCode", name="AgencyCode", problem="bắt buộc / required")
    today = _today(call)
    async with call.hub.database.write() as conn:
        known = await agencies.get(conn, written)
        if await systems.registrar_of(conn, known.code) != call.system.systemid:
            raise rejected("unit-not-yours", "AgencyCode", agency=written, system=call.system.systemid)
        if known.is_closed(today):
            return ok()
        closed = await succession.close_agency(conn, known.code, succession.Closing(today), call.now)
    return await _changed(call, "closed", closed)


async def _changed(call: Call, what: str, unit: Agency) -> Answer:
    await call.hub.directory.settle()
    _logger.info("directory.changed", what=what, agency=unit.code, by=f"vxp:{call.system.systemid}")
    return ok()


async def _unit(call: Call) -> Unit:
    announced = bodies.check_headers(call.headers, _BODY_AT_MOST)
    with call.scales.room() as take:
        body, _ = await bodies.read(call.receive, announced, call.hub.settings, take)
    try:
        return Unit.model_validate(orjson.loads(body))
    except orjson.JSONDecodeError as error:
        raise rejected("not-json", problem=str(error)) from None
    except ValidationError as error:
        raise Rejected(values.invalid(error.errors())) from None


async def _above(call: Call, code: str) -> Agency:
    """The agency a unit is entered below: one that a gateway acts for. Others have no units of their own making."""
    if call.agency.kind is not Kind.GATEWAY:
        raise rejected("not-delegated", "pcode", agency=code, system=call.system.systemid)
    return await call.acting(code)


def _level_below(above: Agency) -> Level:
    """A province's units are communes unless the client says otherwise; elsewhere a unit is of its parent's level."""
    return Level.COMMUNE if above.level is Level.PROVINCE else above.level
