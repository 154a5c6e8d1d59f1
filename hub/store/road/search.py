"""Finding documents by words: accents optional, the last word from its beginning, newest first.

The index is kept a moment behind the road (`add`); what is younger is looked through as it stands, so nothing accepted
is ever missed. Both databases answer in the order of `place`, without sorting what they found.
"""

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
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
from hub.store.road.looking import Look
from hub.store.road.parties import Page
from hub.store.sql import among, insert_rows, is_postgresql, skip_locked
from hub.store.tables import agency, delivery, envelope, search, search_until

_WORD: Final = re.compile(r"[0-9a-z]+")
_WRITTEN: Final = re.compile(r"[^\W_]+")
_WORDS_AT_MOST: Final = 12  # of a question
_NAMES_AT_MOST: Final = 20  # recipients whose names a document is found by
_TEXT_AT_MOST: Final = 4_000
_BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
_LOW_BITS: Final = 1024
_FIRST: Final = 1_000  # documents that are looked at first
_OFTEN: Final = 200  # words that more than one document in so many has are frequent
_MORE: Final = 4  # times as many are looked at as are wanted: some hold the letters elsewhere, or within a word
_fts = plain_table("search_words", column("rowid"))


class Whose(NamedTuple):
    """Whose documents: of agencies in this sight (None: everybody's), and ids among which all are that are asked for."""

    sight: Sight | None = None
    rare: Select[Any] | None = None  # where an index finds those


class _Words(NamedTuple):
    """What is asked for: without accents, and as it was typed where its accents count."""

    folded: Sequence[str]
    written: Sequence[str]


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
    whose: Whose,
) -> Page:
    """Rows of a question about envelopes (unordered, unlimited) that hold every word of `asked`, newest first.

    `whose`: only those; the question need not say so.
    """
    words = words_of(asked)[:_WORDS_AT_MOST]
    if not words:
        return Page([])
    since = (await conn.execute(select(search_until.c.received_at))).scalar_one_or_none() or _BEGINNING
    fresh: list[dict[str, Any]] = []
    if before is None or before[0] > since:
        younger = query.where(envelope.c.received_at > since, ~exists().where(search.c.envelope_id == envelope.c.id))
        younger = younger.where(parties.concerned(whose.sight)) if whose.sight else younger
        for word in words:
            younger = younger.where(envelope.c.search.contains(word, autoescape=True))
        younger = younger.order_by(envelope.c.received_at.desc(), envelope.c.id.desc()).limit(limit * _MORE)
        fresh = [dict(row) for row in (await conn.execute(younger)).mappings() if _says(row, words)]
    known = await _known(conn, query, _Words(words, ()), before, limit, whose)
    found = {row["id"]: row for row in (*fresh, *known.rows)}  # one may be entered between two questions
    rows = sorted(found.values(), key=lambda row: (row["received_at"], row["id"]), reverse=True)[:limit]
    return Page(rows, known.cut if len(rows) < limit else None)


async def as_written(
    conn: AsyncConnection, query: Select[Any], asked: str, limit: int, whose: Whose
) -> list[dict[str, Any]]:
    """Those among them that hold the words with the very accents of the question."""
    words = _Words(words_of(asked)[:_WORDS_AT_MOST], written_words(asked)[:_WORDS_AT_MOST])
    return (await _known(conn, query, words, None, limit, whose)).rows


async def _known(
    conn: AsyncConnection,
    query: Select[Any],
    words: _Words,
    before: tuple[datetime, str] | None,
    limit: int,
    whose: Whose,
) -> Page:
    """Those in the index: first among the newest, where words that many documents have are found at once.

    Whatever is left are words that few have, and their index leads to them; or words that many have and something else
    that few have, and then looking ends where it would not for long.
    """
    if whose.sight:
        return await _of_some(conn, query, words, before, limit, whose.sight, whose.rare)
    holding = _with_words(query, words)
    cut: tuple[datetime, str] | None = None
    rows: list[dict[str, Any]] = []
    looked_at, having = 1, 0
    for number in (_FIRST, parties.LOOKED_AT_MOST) if is_postgresql(conn) else ():  # SQLite's is in the order of time
        found, cut = await _newest(conn, words.folded, before, number)
        rows, having, looked_at = await parties.kept(conn, holding, found, limit), len(found), number
        if cut is None or len(rows) == limit:
            return Page(rows)
        if having * _OFTEN <= looked_at:
            break
    if having * _OFTEN > looked_at:
        return Page(rows, cut)
    by_words = _holding(conn, query, words.folded).where(
        *_said(search.c.written, words.written), *_older(cut or before)
    )
    more = [dict(row) for row in (await conn.execute(by_words.limit(limit))).mappings()]
    return Page(_merged(rows, more, limit))


def _with_words(query: Select[Any], words: _Words) -> Select[Any]:
    """Of the documents of a question those whose words in the index are these, in no order."""
    return query.join(search, search.c.envelope_id == envelope.c.id).where(
        *_said(search.c.words, words.folded), *_said(search.c.written, words.written)
    )


async def _of_some(  # noqa: PLR0913 - the question has this many parts
    conn: AsyncConnection,
    query: Select[Any],
    words: _Words,
    before: tuple[datetime, str] | None,
    limit: int,
    of: Sight,
    rare: Select[Any] | None,
) -> Page:
    """The same for those who see a part: first among the newest of theirs, where words that many documents have fill a page.

    What is left are words that few have: the newest documents of everybody that hold them, and of these theirs. Taking
    more of theirs instead would sort all that a province has ever been a party to.
    """
    holding = _with_words(query, words)
    mine = await parties.candidates(conn, of, parties.Span(None, before), _FIRST)
    rows = await parties.kept(conn, holding, [identity for _, identity in mine], limit)
    if len(mine) < _FIRST or len(rows) == limit:
        return Page(rows)
    if rare is not None:
        older = holding.where(envelope.c.id.in_(rare), parties.concerned(of), *_older(mine[-1]))
        older = older.order_by(envelope.c.received_at.desc(), envelope.c.id.desc()).limit(limit)
        return Page(_merged(rows, (await conn.execute(older)).mappings(), limit))
    found = _matching(conn, select(search.c.envelope_id, search.c.place), words.folded).where(*_older(mine[-1]))
    found = found.where(*_said(search.c.written, words.written)).limit(parties.LOOKED_AT_MOST)
    known = (await conn.execute(found)).all()
    theirs = query.where(parties.concerned(of))
    more = await parties.kept(conn, theirs, [row.envelope_id for row in known], limit)
    rows = _merged(rows, more, limit)
    if len(known) < parties.LOOKED_AT_MOST or len(rows) == limit:
        return Page(rows)
    return Page(rows, (from_micros(known[-1].place // _LOW_BITS), parties.LEAST))


def _merged(first: Sequence[Mapping[Any, Any]], then: Iterable[Mapping[Any, Any]], limit: int) -> list[dict[str, Any]]:
    """Both, each document once."""
    return [dict(row) for row in {row["id"]: row for row in (*first, *then)}.values()][:limit]


def _older(before: tuple[datetime, str] | None) -> list[ColumnElement[bool]]:
    return [search.c.place < (to_micros(before[0]) + 1) * _LOW_BITS] if before else []


async def _newest(
    conn: AsyncConnection, words: Sequence[str], before: tuple[datetime, str] | None, number: int
) -> tuple[list[str], tuple[datetime, str] | None]:
    """Which of the newest `number` documents in the index hold the words; and where looking ended, if there are older."""
    upper = (to_micros(before[0]) + 1) * _LOW_BITS if before else None
    bound = [search.c.place < upper] if upper else []
    places = select(search.c.place).where(*bound).order_by(search.c.place.desc())
    lower = (await conn.execute(places.offset(number).limit(1))).scalar_one_or_none()
    query = select(search.c.envelope_id).where(*bound, *_said(search.c.words, words))
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


def _said(words: ColumnElement[str], asked: Sequence[str]) -> list[ColumnElement[bool]]:
    """Whether all these words are there: the last, which may still be being typed, from its beginning."""
    spaced = literal_column("' '").concat(words).concat(literal_column("' '"))
    ends = [" "] * (len(asked) - 1) + [""]
    return [spaced.contains(f" {word}{end}", autoescape=True) for word, end in zip(asked, ends, strict=False)]


def _says(row: Mapping[Any, Any], asked: Sequence[str]) -> bool:
    """The same of a document that is not in the index yet."""
    said = words_of(f"{row['code']} {row['subject']} {row['document_id']}")
    *whole, last = asked
    return all(word in said for word in whole) and any(word.startswith(last) for word in said)


def _holding(conn: AsyncConnection, query: Select[Any], words: Sequence[str]) -> Select[Any]:
    """Join the index to the question, in its order."""
    return _matching(conn, query.join(search, search.c.envelope_id == envelope.c.id), words)


def _matching(conn: AsyncConnection, query: Select[Any], words: Sequence[str]) -> Select[Any]:
    """Of a question about entries of the index those that hold the words, the newest first."""
    if is_postgresql(conn):
        asked: BindParameter[str] = bindparam(None, " & ".join(words) + ":*")
        indexed = literal_column("array_to_tsvector(string_to_array(search.words, ' '))", postgresql.TSVECTOR())
        # by a sum, not by the place itself: whose order it would walk until it has met enough documents with the words
        return query.where(indexed.op("@@")(cast(asked, postgresql.TSQUERY))).order_by((search.c.place + 0).desc())
    matches = text("search_words MATCH :search_asked").bindparams(
        search_asked=" ".join(f'"{word}"' for word in words) + "*"
    )
    return query.join(_fts, _fts.c.rowid == search.c.place).where(matches).order_by(_fts.c.rowid.desc())


async def add(conn: AsyncConnection, now: datetime, look: Look) -> Look | None:
    """Enter documents that are not in the index, as far as `look` says. None where it is another worker's turn."""
    until = await _hold(conn)
    if until is None:
        return None
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
            envelope.c.received_at >= look.begins(until),
            envelope.c.kind != "status",
            ~exists().where(search.c.envelope_id == envelope.c.id),
        )
        .order_by(envelope.c.received_at, envelope.c.id)
        .limit(look.most)
    )
    rows = [dict(row) for row in (await conn.execute(query)).mappings()]
    if rows:
        names = await _names(conn, rows)
        entries = await _placed(conn, [_entry(row, names[row["id"]]) for row in rows])
        columns = ("place", "envelope_id", "words", "written")
        await insert_rows(conn, search, columns, [tuple(entry[name] for name in columns) for entry in entries])
        if not is_postgresql(conn):
            words = [{"rowid": entry["place"], "words": entry["words"]} for entry in entries]
            await conn.execute(text("INSERT INTO search_words (rowid, words) VALUES (:rowid, :words)"), words)
    after = look.after([row["received_at"] for row in rows])
    if (reached := after.reached(until, now)) is not None:
        await conn.execute(update(search_until).values(received_at=reached))
    return after


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
