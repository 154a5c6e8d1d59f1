"""Finding documents by words: accents optional, words from their beginning, newest first.

The index is kept a moment behind the road (`add`); what is younger is looked through as it stands, so nothing accepted
is ever missed. Both databases answer in the order of `place`, without sorting what they found.
"""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Select,
    bindparam,
    cast,
    column,
    exists,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy import table as plain_table
from sqlalchemy.dialects import postgresql
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.roles import Sight
from hub.domain.vietnamese import fold
from hub.store.columns import from_micros, to_micros
from hub.store.road import parties
from hub.store.road.parties import Page
from hub.store.sql import among, is_postgresql, skip_locked
from hub.store.tables import agency, delivery, envelope, search, search_until

SETTLED: Final = parties.SETTLED
_WORD: Final = re.compile(r"[0-9a-z]+")
_WRITTEN: Final = re.compile(r"[^\W_]+")
_WORDS_AT_MOST: Final = 12  # of a question
_NAMES_AT_MOST: Final = 20  # recipients whose names a document is found by
_TEXT_AT_MOST: Final = 4_000
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOW_BITS: Final = 1024
_FIRST: Final = 1_000  # documents that are looked at first
_OFTEN: Final = 200  # words that more than one document in so many has are frequent
_MORE: Final = 4  # times as many are looked at as are wanted: some hold the letters elsewhere in a word
_fts = plain_table("search_words", column("rowid"))


def words_of(text_written: str) -> list[str]:
    """The words a text is found by: letters and digits without accents."""
    return _WORD.findall(fold(text_written))


def written_words(text_written: str) -> list[str]:
    """The same words as they were written: lower case, composed."""
    return _WRITTEN.findall(unicodedata.normalize("NFC", text_written).lower())


def has_accents(text_written: str) -> bool:
    """Whether somebody took the trouble to type accents."""
    return any(not word.isascii() for word in written_words(text_written))


async def find(
    conn: AsyncConnection,
    query: Select[Any],
    asked: str,
    before: tuple[datetime, str] | None,
    limit: int,
    of: Sight | None = None,
) -> Page:
    """Rows of a question about envelopes (unordered, unlimited) that hold every word of `asked`, newest first.

    `of`: only those to which an agency in this sight is a party; the question need not say so.
    """
    words = words_of(asked)[:_WORDS_AT_MOST]
    if not words:
        return Page([])
    since = (await conn.execute(select(search_until.c.received_at))).scalar_one_or_none() or _BEGINNING
    fresh: list[dict[str, Any]] = []
    if before is None or before[0] > since:
        younger = query.where(envelope.c.received_at > since, ~exists().where(search.c.envelope_id == envelope.c.id))
        younger = younger.where(parties.concerned(of)) if of else younger
        for word in words:
            younger = younger.where(envelope.c.search.contains(word, autoescape=True))
        younger = younger.order_by(envelope.c.received_at.desc(), envelope.c.id.desc()).limit(limit * _MORE)
        fresh = [dict(row) for row in (await conn.execute(younger)).mappings() if _begins(row, words)]
    known = await _known(conn, query, words, (), before, limit, of)
    found = {row["id"]: row for row in (*fresh, *known.rows)}  # one may be entered between two questions
    rows = sorted(found.values(), key=lambda row: (row["received_at"], row["id"]), reverse=True)[:limit]
    return Page(rows, known.cut if len(rows) < limit else None)


async def as_written(
    conn: AsyncConnection, query: Select[Any], asked: str, limit: int, of: Sight | None = None
) -> list[dict[str, Any]]:
    """Those among them that hold the words with the very accents of the question."""
    words = words_of(asked)[:_WORDS_AT_MOST]
    return (await _known(conn, query, words, written_words(asked)[:_WORDS_AT_MOST], None, limit, of)).rows


async def _known(  # noqa: PLR0913 - the question has this many parts
    conn: AsyncConnection,
    query: Select[Any],
    words: Sequence[str],
    written: Sequence[str],
    before: tuple[datetime, str] | None,
    limit: int,
    of: Sight | None,
) -> Page:
    """Those in the index: first among the newest, where words that many documents have are found at once.

    Whatever is left are words that few have, and their index leads to them; or words that many have and something else
    that few have, and then looking ends where it would not for long.
    """
    holding = query.join(search, search.c.envelope_id == envelope.c.id).where(
        *(_begun(search.c.words, word) for word in words), *(_begun(search.c.written, word) for word in written)
    )
    cut: tuple[datetime, str] | None = None
    rows: list[dict[str, Any]] = []
    looked_at, having = 1, 0
    for number in (_FIRST, parties.LOOKED_AT_MOST) if of or is_postgresql(conn) else ():
        if of:
            mine = await parties.candidates(conn, of, parties.Span(None, before), number)
            rows = await parties.kept(conn, holding, [identity for _, identity in mine], limit)
            cut, having = mine[-1] if len(mine) == number else None, len(rows)
        else:  # SQLite's index is in the order of time by itself
            found, cut = await _newest(conn, words, before, number)
            rows, having = await parties.kept(conn, holding, found, limit), len(found)
        looked_at = number
        if cut is None or len(rows) == limit:
            return Page(rows)
        if having * _OFTEN <= looked_at:
            break
    if having * _OFTEN > looked_at:
        return Page(rows, cut)
    lower = cut or before
    by_words = _holding(conn, query.where(parties.concerned(of)) if of else query, words)
    by_words = by_words.where(*(_begun(search.c.written, word) for word in written))
    if lower:
        by_words = by_words.where(search.c.place < (to_micros(lower[0]) + 1) * _LOW_BITS)
    more = [dict(row) for row in (await conn.execute(by_words.limit(limit))).mappings()]
    return Page(list({row["id"]: row for row in (*rows, *more)}.values())[:limit])


async def _newest(
    conn: AsyncConnection, words: Sequence[str], before: tuple[datetime, str] | None, number: int
) -> tuple[list[str], tuple[datetime, str] | None]:
    """Which of the newest `number` documents in the index hold the words; and where looking ended, if there are older."""
    upper = (to_micros(before[0]) + 1) * _LOW_BITS if before else None
    bound = [search.c.place < upper] if upper else []
    places = select(search.c.place).where(*bound).order_by(search.c.place.desc())
    lower = (await conn.execute(places.offset(number).limit(1))).scalar_one_or_none()
    query = select(search.c.envelope_id).where(*bound, *(_begun(search.c.words, word) for word in words))
    query = query.where(search.c.place >= lower) if lower else query
    found = list((await conn.execute(query.order_by(search.c.place.desc()))).scalars())
    return found, (from_micros(lower // _LOW_BITS), parties.LEAST) if lower else None


def in_number(asked: str) -> list[ColumnElement[bool]]:
    """Whether a document holds every word in its number or id, for whom its subject is not to be guessed at.

    In the question itself: of a page that is only left out afterwards, its end would still tell that there was one.
    """
    said = envelope.c.code.concat(" ").concat(envelope.c.document_id)
    folded = func.lower(func.replace(func.replace(said, "Đ", "d"), "đ", "d"))
    return [folded.contains(word, autoescape=True) for word in fold(asked).split()]


def _begun(words: ColumnElement[str], word: str) -> ColumnElement[bool]:
    """Whether a word begins so."""
    return literal_column("' '").concat(words).contains(f" {word}", autoescape=True)


def _begins(row: Mapping[Any, Any], asked: Sequence[str]) -> bool:
    """Whether each word asked for begins a word of the document, as in the index."""
    said = words_of(f"{row['code']} {row['subject']} {row['document_id']}")
    return all(any(word.startswith(begin) for word in said) for begin in asked)


def _holding(conn: AsyncConnection, query: Select[Any], words: Sequence[str]) -> Select[Any]:
    """Join the index to the question, in its order."""
    query = query.join(search, search.c.envelope_id == envelope.c.id)
    if is_postgresql(conn):
        asked: BindParameter[str] = bindparam(None, " & ".join(f"{word}:*" for word in words))
        indexed = literal_column("array_to_tsvector(string_to_array(search.words, ' '))", postgresql.TSVECTOR())
        # by a sum, not by the place itself: whose order it would walk until it has met enough documents with the words
        return query.where(indexed.op("@@")(cast(asked, postgresql.TSQUERY))).order_by((search.c.place + 0).desc())
    matches = text("search_words MATCH :search_asked").bindparams(search_asked=" ".join(f'"{w}"*' for w in words))
    return query.join(_fts, _fts.c.rowid == search.c.place).where(matches).order_by(_fts.c.rowid.desc())


async def add(conn: AsyncConnection, now: datetime, most: int) -> int:
    """Enter up to `most` documents that are not in the index; answer how many there were. One worker at a time."""
    until = await _hold(conn)
    if until is None:
        return 0
    query = (
        select(
            envelope.c.id,
            envelope.c.sender,
            envelope.c.code,
            envelope.c.subject,
            envelope.c.document_id,
            envelope.c.received_at,
        )
        .where(
            envelope.c.received_at > until - SETTLED,
            envelope.c.kind != "status",
            ~exists().where(search.c.envelope_id == envelope.c.id),
        )
        .order_by(envelope.c.received_at, envelope.c.id)
        .limit(most)
    )
    rows = [dict(row) for row in (await conn.execute(query)).mappings()]
    reached = now - SETTLED if len(rows) < most else rows[-1]["received_at"]
    if rows:
        names = await _names(conn, rows)
        entries = await _placed(conn, [_entry(row, names[row["id"]]) for row in rows])
        await conn.execute(insert(search), entries)
        if not is_postgresql(conn):
            words = [{"rowid": entry["place"], "words": entry["words"]} for entry in entries]
            await conn.execute(text("INSERT INTO search_words (rowid, words) VALUES (:rowid, :words)"), words)
    if reached > until and (rows or reached - until > SETTLED):  # while nothing comes in, not at every turn
        await conn.execute(update(search_until).values(received_at=reached))
    return len(rows)


async def _hold(conn: AsyncConnection) -> datetime | None:
    query = skip_locked(conn, select(search_until.c.received_at).where(search_until.c.id == 1))
    found: datetime | None = (await conn.execute(query)).scalar_one_or_none()
    return found


async def _names(conn: AsyncConnection, rows: Sequence[Mapping[str, Any]]) -> dict[str, list[str]]:
    """Codes and names of sender and, where there are few, recipients, by envelope."""
    ids = [row["id"] for row in rows]
    counted = (
        select(delivery.c.envelope_id)
        .where(among(conn, delivery.c.envelope_id, ids))
        .group_by(delivery.c.envelope_id)
        .having(func.count() <= _NAMES_AT_MOST)
    )
    query = (
        select(delivery.c.envelope_id, delivery.c.recipient, agency.c.name)
        .outerjoin(agency, agency.c.code == delivery.c.recipient)
        .where(delivery.c.envelope_id.in_(counted))
    )
    senders = await conn.execute(
        select(agency.c.code, agency.c.name).where(among(conn, agency.c.code, {row["sender"] for row in rows}))
    )
    named = {row.code: row.name for row in senders}
    found: dict[str, list[str]] = {row["id"]: [row["sender"], named.get(row["sender"], "")] for row in rows}
    for identity, code, name in await conn.execute(query):
        found[identity] += [code, name or ""]
    return found


def _entry(row: Mapping[str, Any], names: Sequence[str]) -> dict[str, Any]:
    said = " ".join([row["code"], row["subject"], row["document_id"], *names])[:_TEXT_AT_MOST]
    return {
        "place": to_micros(row["received_at"]) * _LOW_BITS + UUID(row["id"]).int % _LOW_BITS,
        "envelope_id": row["id"],
        "words": " ".join(dict.fromkeys(words_of(said))),
        "written": " ".join(written_words(said)),
    }


async def _placed(conn: AsyncConnection, entries: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The entries with places that are free: two documents of one microsecond may ask for the same."""
    lowest, highest = min(e["place"] for e in entries), max(e["place"] for e in entries)
    query = select(search.c.place).where(search.c.place >= lowest, search.c.place <= highest + len(entries))
    taken = set((await conn.execute(query)).scalars())
    for entry in entries:
        while entry["place"] in taken:
            entry["place"] += 1
        taken.add(entry["place"])
    return entries


def is_indexed() -> ColumnElement[bool]:
    """Whether an envelope is in the index."""
    return exists().where(search.c.envelope_id == envelope.c.id)
