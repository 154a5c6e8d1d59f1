"""One body under several codes: an agency whose code was changed is, in the directory, a line of entries, one a code.

Each entry but the first `continues` the one before (a fact without a day: it is so once and for all). What belongs to the
body, its keys, certificates, documents, channel, is of all of them. An entry that was withdrawn before its day was never
open and belongs to nobody.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from datetime import date
from typing import Any, Final

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.reform import Fact
from hub.store.sql import among
from hub.store.tables import agency, agency_fact

_CODES_AT_MOST: Final = 50  # of one body; more are a ring


async def lines(conn: AsyncConnection, codes: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Of each of these (canonical codes) that has had another code or will: all codes of the body, in the order of time."""
    before: dict[str, str] = {}
    began: dict[str, date] = {}
    wanted, asked = set(codes), set[str]()
    for _ in range(_CODES_AT_MOST):
        if not (new := wanted - asked):
            break
        asked |= new
        for later, earlier, since in await conn.execute(_linked(conn, new)):
            before[later], began[later] = earlier, since or date.min
            wanted |= {later, earlier}
    after: dict[str, set[str]] = defaultdict(set)
    for later, earlier in before.items():
        after[earlier].add(later)
    found = {code: _line(code, before, after, began) for code in codes}
    return {code: line for code, line in found.items() if len(line) > 1}


async def line(conn: AsyncConnection, code: str) -> tuple[str, ...]:
    """Every code of the body that this one (canonical) is of, itself at least."""
    return (await lines(conn, [code])).get(code, (code,))


async def others(conn: AsyncConnection, code: str) -> tuple[str, ...]:
    """The other codes of the body that this one (canonical) is of."""
    return tuple(each for each in await line(conn, code) if each != code)


def bearers(codes: Iterable[str], known: Mapping[str, tuple[str, ...]]) -> dict[str, set[str]]:
    """Every code under which something may stand that is theirs -> those of `codes` whose it is. `known`: `lines` of them."""
    found: dict[str, set[str]] = defaultdict(set)
    for code in codes:
        for each in known.get(code, (code,)):
            found[each].add(code)
    return found


async def later(conn: AsyncConnection, codes: Collection[str]) -> dict[str, str]:
    """The codes that come after these in their lines, each with the one of these that it goes on from."""
    own = set(codes)
    found = await lines(conn, own)
    return {
        after: code for code, whole in found.items() for after in whole[whole.index(code) + 1 :] if after not in own
    }


def _linked(conn: AsyncConnection, codes: Collection[str]) -> Select[Any]:
    is_open = or_(agency.c.valid_to.is_(None), agency.c.valid_from.is_(None), agency.c.valid_to > agency.c.valid_from)
    return (
        select(agency_fact.c.agency, agency_fact.c.value, agency.c.valid_from)
        .join(agency, agency.c.code == agency_fact.c.agency)
        .where(
            agency_fact.c.fact == Fact.CONTINUES,
            or_(among(conn, agency_fact.c.agency, codes), among(conn, agency_fact.c.value, codes)),
            is_open,
        )
    )


def _line(code: str, before: dict[str, str], after: dict[str, set[str]], began: dict[str, date]) -> tuple[str, ...]:
    whole, waiting = {code}, [code]
    while waiting:
        one = waiting.pop()
        more = ({before[one]} if one in before else set()) | after[one]
        waiting += more - whole
        whole |= more
    return tuple(sorted(whole, key=lambda one: (began.get(one, date.min), one)))
