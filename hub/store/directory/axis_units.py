"""The directory as the national axis lists it: 123,000 agencies in one answer, so the database writes the JSON itself.

Read in pages by key: a list of any length takes the memory of one page, and Python sees a page as one text.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import (
    JSON,
    BigInteger,
    ColumnElement,
    Integer,
    Text,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    or_,
    select,
    type_coerce,
)
from sqlalchemy.dialects.postgresql import aggregate_order_by
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.agency import Kind
from hub.store.sql import is_postgresql
from hub.store.tables import agency, agency_alias

ALL, QD20, UNITS = "all", "qd20", "units"
_MICROS: Final = 1_000_000
_LOCAL: Final = 7 * 3600  # seconds: Vietnam's offset, the same since 1975


@dataclass(frozen=True, slots=True)
class Page:
    """A piece of a list: JSON objects joined by commas ("" for none), how many agencies were looked at, the last's code."""

    text: str
    count: int
    last: str


async def page(conn: AsyncConnection, kind: str, after: str, limit: int, today: date, parts: int = 0) -> Page:
    """The next `limit` agencies in the order of their codes as list `kind` shows them: `ALL`, `QD20` or `UNITS`.

    Those closed by `today` are in `UNITS` alone. `parts`: of `QD20` only codes of so many parts; 0 for all.
    """
    is_pg = is_postgresql(conn)
    members, shown = _LISTS[kind](is_pg, today, parts)
    listed = select(agency.c.code.label("place"), _object(is_pg, members).label("said"), shown.label("shown"))
    some = listed.where(agency.c.code > after).order_by(agency.c.code).limit(limit).subquery()
    mark = literal(",", Text())
    joined = (
        func.string_agg(some.c.said, aggregate_order_by(mark, some.c.place))
        if is_pg
        else func.group_concat(some.c.said, mark)
    )
    query = select(joined.filter(some.c.shown), func.count(), func.max(some.c.place))
    text, count, last = (await conn.execute(query)).one()
    return Page(text or "", count, last or "")


def _all(is_pg: bool, today: date, parts: int) -> tuple[dict[str, Any], ColumnElement[bool]]:  # noqa: FBT001
    del parts
    shown = {
        "id": agency.c.code,
        "pid": func.coalesce(agency.c.parent, ""),
        "code": agency.c.code,
        "name": agency.c.name,
        "mail": _mail(is_pg),
        "oldCode": func.coalesce(_other_code("qcvn102"), ""),
    }
    return shown, _is_open(today)


def _qd20(is_pg: bool, today: date, parts: int) -> tuple[dict[str, Any], ColumnElement[bool]]:  # noqa: FBT001
    code = case((_is_own("qd20"), agency.c.code), else_=_other_code("qd20"))
    own = case((_is_own("qcvn102"), agency.c.code), else_="")
    old = func.coalesce(_other_code("qcvn102"), own)
    shown = {"id": code, "code": code, "name": agency.c.name, "mail": _mail(is_pg), "code102": old}
    wanted = and_(_is_open(today), code.is_not(None))
    if parts:
        wanted = and_(wanted, func.length(code) - func.length(func.replace(code, ".", "")) == parts - 1)
    return shown, wanted


def _units(is_pg: bool, today: date, parts: int) -> tuple[dict[str, Any], ColumnElement[bool]]:  # noqa: FBT001
    del parts
    at = agency.c.updated_at
    seconds: ColumnElement[int]
    if is_pg:
        seconds = cast(func.floor(func.extract("epoch", at)), BigInteger)
        day = func.to_char(func.timezone("Asia/Ho_Chi_Minh", at), "DD/MM/YYYY HH24:MI:SS")
    else:
        seconds = type_coerce(at, Integer).op("/")(_MICROS)
        day = func.strftime("%d/%m/%Y %H:%M:%S", seconds + _LOCAL, "unixepoch")
    shown = {
        "id": agency.c.code,
        "pid": func.coalesce(agency.c.parent, ""),
        "code": agency.c.code,
        "name": agency.c.name,
        "mail": _mail(is_pg),
        "version": seconds,
        "centerCode": literal("", Text()),
        "deleted": _truth(is_pg, ~_is_open(today)),
        "modifyDate": day,
        "isAgency": _truth(is_pg, agency.c.kind != Kind.GATEWAY),
    }
    return shown, literal(1) == 1


_LISTS: Final = {ALL: _all, QD20: _qd20, UNITS: _units}


def _object(is_pg: bool, members: dict[str, Any]) -> ColumnElement[str]:  # noqa: FBT001
    pairs = [part for name, value in members.items() for part in (literal(name, Text()), value)]
    return cast(func.json_build_object(*pairs), Text) if is_pg else func.json_object(*pairs)


def _truth(is_pg: bool, condition: ColumnElement[bool]) -> ColumnElement[Any]:  # noqa: FBT001
    """SQLite has no truth of its own: JSON must be told."""
    return condition if is_pg else case((condition, func.json("true")), else_=func.json("false"))


def _mail(is_pg: bool) -> ColumnElement[str]:  # noqa: FBT001
    """The mailbox of an agency's contact, "" when it has none."""
    contact = type_coerce(agency.c.contact, Text())
    mail = func.json_extract_path_text(cast(contact, JSON), "email") if is_pg else func.json_extract(contact, "$.email")
    return case((contact == "{}", ""), else_=func.coalesce(mail, ""))


def _is_open(today: date) -> ColumnElement[bool]:
    return and_(
        or_(agency.c.valid_to.is_(None), agency.c.valid_to > today),
        or_(agency.c.valid_from.is_(None), agency.c.valid_from <= today),
    )


def _is_own(scheme: str) -> ColumnElement[bool]:
    """Whether the agency's canonical code is one of a scheme."""
    mine = (agency_alias.c.agency == agency.c.code, agency_alias.c.written == agency.c.code)
    return exists().where(*mine, agency_alias.c.scheme == scheme).correlate(agency)


def _other_code(scheme: str) -> ColumnElement[str | None]:
    """Another code of the agency by a scheme, if it has one."""
    mine = (agency_alias.c.agency == agency.c.code, agency_alias.c.scheme == scheme)
    query = select(func.min(agency_alias.c.written)).where(*mine, agency_alias.c.written != agency.c.code)
    return query.correlate(agency).scalar_subquery()
