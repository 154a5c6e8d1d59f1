"""Uploads that can be resumed: whatever happens on the way, the answer is that of a plain POST, and nothing is mixed."""

import asyncio
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Any

import httpx
import pytest
import time_machine

from hub import watch
from hub.domain.envelope import Kind
from hub.gateway.app import Gateway
from hub.settings import Settings
from hub.store.road import uploads
from hub.wiring import build
from tests.gateway.asking import HANGS_UP, Answer, ask
from tests.offices import Office, document
from tests.parts import postgres
from tests.town import Town, founded

MIB = 1024 * 1024
PARTIAL = "application/partial-upload"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Town]:
    async with founded(tmp_path, spool_bytes=MIB, uploads_per_agency=3, max_envelope_bytes=40 * MIB) as made:
        await made.settle("G22")
        await made.settle("H53")
        yield made


def large(sender: Office, size: int = 2 * MIB, **changes: Any) -> bytes:
    return sender.written(document("G22", ["H53"], **changes), attachment=b"%PDF-1.4\n" + secrets.token_bytes(size))


async def begun(office: Office, body: bytes | None = None, **headers: str) -> httpx.Response:
    given = {"Content-Type": "application/xml", "Upload-Complete": "?0", **headers}
    if body is not None:
        given["Upload-Length"] = str(len(body))
    return await office.call("POST", "/v1/uploads", headers=given)


async def sent(
    office: Office, place: str, offset: int, part: bytes, *, last: bool = False, **more: str
) -> httpx.Response:
    headers = {"Content-Type": PARTIAL, "Upload-Offset": str(offset), "Upload-Complete": "?1" if last else "?0", **more}
    return await office.call("PATCH", place, content=part, headers=headers)


async def stands(office: Office, place: str) -> int:
    answer = await office.call("HEAD", place)
    assert answer.status_code == 204
    assert answer.headers["cache-control"] == "no-store"
    return int(answer.headers["upload-offset"])


def said(answer: httpx.Response) -> tuple[int, str]:
    return answer.status_code, answer.json()["code"]


async def test_an_envelope_in_parts_is_answered_as_a_plain_post_is(town: Town) -> None:
    sender = town.offices["G22"]
    body = large(sender)

    made = await begun(sender, body)
    place = made.headers["location"]
    first = await sent(sender, place, 0, body[:MIB])
    half_way = await stands(sender, place)
    second = await sent(sender, place, MIB, body[MIB:], last=True)
    plain = await sender.post(body)

    assert (made.status_code, made.headers["upload-offset"], made.headers["upload-complete"]) == (201, "0", "?0")
    assert f"max-size={40 * MIB}" in made.headers["upload-limit"]
    assert (first.status_code, first.headers["upload-offset"]) == (204, str(MIB))
    assert half_way == MIB
    assert (second.status_code, second.headers["upload-complete"]) == (202, "?1")
    assert second.headers["location"] == f"/v1/envelopes/{second.json()['id']}"
    assert second.json()["sha256"] == sha256(body).hexdigest()
    assert plain.status_code == 200
    assert plain.json()["receipt"] == second.json()["receipt"]
    kept = await sender.call("GET", f"/v1/envelopes/{second.json()['id']}/original")
    assert kept.content == body
    assert len(town.files()) == 1  # the original: no part is left


async def test_a_lost_answer_is_given_again_the_same(town: Town) -> None:
    sender = town.offices["G22"]
    body = large(sender)
    place = (await begun(sender, body)).headers["location"]
    first = await sent(sender, place, 0, body, last=True)

    asked = await sender.call("HEAD", place)
    again = await sent(sender, place, len(body), b"", last=True)
    shown = (await sender.call("GET", place)).json()

    assert (asked.headers["upload-complete"], asked.headers["upload-offset"]) == ("?1", str(len(body)))
    assert again.status_code == 200
    assert again.json()["receipt"] == first.json()["receipt"]
    assert (shown["status"], shown["envelope_id"]) == (202, first.json()["id"])


async def test_a_refused_upload_is_refused_for_the_same_with_a_receipt_and_leaves_no_byte(town: Town) -> None:
    sender = town.offices["G22"]
    body = large(sender, subject="[MẬT] Phương án")
    place = (await begun(sender, body)).headers["location"]

    refused = await sent(sender, place, 0, body, last=True)
    again = await sent(sender, place, len(body), b"", last=True)
    plain = (await sender.post(body)).json()

    assert said(refused) == said(again) == (422, "classified-not-allowed")
    assert refused.json()["errors"] == again.json()["errors"] == plain["errors"]
    assert refused.json()["receipt"]
    assert not town.files()


async def test_the_whole_may_come_with_the_first_request(town: Town) -> None:
    sender = town.offices["G22"]
    body = sender.written(document("G22", ["H53"]))
    headers = {"Content-Type": "application/xml", "Upload-Complete": "?1"}

    answer = await sender.call("POST", "/v1/uploads", content=body, headers=headers)

    assert answer.status_code == 202
    assert answer.json()["signature"]["verdict"] == "valid"


async def test_a_status_message_may_be_uploaded_too(town: Town) -> None:
    sender, recipient = town.offices["G22"], town.offices["H53"]
    told = await sender.send(document("G22", ["H53"]))
    await town.carry()
    report = (await recipient.report("03", told["document_id"], sender="G22")).json()
    await town.carry()
    item = next(i for i in await sender.inbox(0) if i["kind"] == Kind.STATUS.value)
    message = (await sender.fetch(item["delivery_id"])).content
    place = (await begun(recipient)).headers["location"]

    answer = await sent(recipient, place, 0, message, last=True)
    again = await sent(recipient, place, len(message), b"", last=True)

    assert answer.status_code in (200, 202)
    assert again.json()["id"] == answer.json()["id"] == report["id"]
    assert again.json()["flags"] == answer.json()["flags"]


async def test_a_part_that_begins_elsewhere_is_told_where_to_go_on(town: Town) -> None:
    sender = town.offices["G22"]
    body = large(sender)
    place = (await begun(sender, body)).headers["location"]
    await sent(sender, place, 0, body[:1000])

    for offset in (0, 999, 1001):
        wrong = await sent(sender, place, offset, body[offset:], last=True)
        assert said(wrong) == (409, "upload-offset")
        assert wrong.headers["upload-offset"] == "1000"

    assert (await sent(sender, place, 1000, body[1000:], last=True)).status_code == 202


async def test_of_two_at_once_one_goes_on_and_the_other_is_told_where(town: Town) -> None:
    sender = town.offices["G22"]
    body = large(sender)
    place = (await begun(sender, body)).headers["location"]

    answers = await asyncio.gather(*(sent(sender, place, 0, body[:size]) for size in (MIB, MIB + 1, MIB + 2)))

    assert sorted(answer.status_code for answer in answers) == [204, 409, 409]
    at = await stands(sender, place)
    assert {int(answer.headers["upload-offset"]) for answer in answers} == {at}
    assert (await sent(sender, place, at, body[at:], last=True)).json()["sha256"] == sha256(body).hexdigest()
    assert len(town.files()) == 1


async def test_two_that_complete_at_once_make_one_envelope(town: Town) -> None:
    sender = town.offices["G22"]
    body = large(sender)
    place = (await begun(sender, body)).headers["location"]
    await sent(sender, place, 0, body)

    answers = await asyncio.gather(*(sent(sender, place, len(body), b"", last=True) for _ in range(3)))

    good = [answer for answer in answers if answer.status_code != 503]  # 503: it moved while it was read
    assert len({answer.json()["id"] for answer in good}) == 1
    assert (await town.counts())["envelope"] == 1


async def cut(town: Town, place: str, offset: int, *chunks: object, **more: str) -> Answer | None:
    given = [
        ("Authorization", f"Bearer {town.offices['G22'].key}"),
        ("Content-Type", PARTIAL),
        ("Content-Length", str(30 * MIB)),
        ("Upload-Offset", str(offset)),
        ("Upload-Complete", "?0"),
        *more.items(),
    ]
    return await ask(town, "PATCH", place, given, [*chunks, HANGS_UP])


async def test_what_came_before_the_line_broke_is_kept(town: Town) -> None:
    sender = town.offices["G22"]
    body = large(sender, 12 * MIB)
    place = (await begun(sender)).headers["location"]
    pieces = [body[at : at + 65_536] for at in range(0, 10 * MIB, 65_536)]

    await cut(town, place, 0, *pieces)
    at = await stands(sender, place)
    await cut(town, place, at, body[at : at + 5])
    answer = await sent(sender, place, at + 5, body[at + 5 :], last=True)

    assert at == 10 * MIB
    assert answer.status_code == 202
    assert answer.json()["sha256"] == sha256(body).hexdigest()


async def test_a_part_with_a_digest_is_kept_whole_or_not_at_all(town: Town) -> None:
    sender = town.offices["G22"]
    body = sender.written(document("G22", ["H53"]))
    place = (await begun(sender)).headers["location"]
    digest = {"Content-Digest": "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"}

    wrong = await sent(sender, place, 0, body, **digest)
    await cut(town, place, 0, body, **digest)

    assert said(wrong) == (400, "content-digest-mismatch")
    assert await stands(sender, place) == 0
    assert not town.files()


async def test_a_whole_that_is_not_what_its_digest_says_is_refused(town: Town) -> None:
    sender = town.offices["G22"]
    body = sender.written(document("G22", ["H53"]))
    place = (await begun(sender, body)).headers["location"]
    digest = {"Repr-Digest": "sha-256=:47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=:"}

    assert said(await sent(sender, place, 0, body, last=True, **digest)) == (400, "content-digest-mismatch")


async def test_nobody_else_sees_an_upload(town: Town) -> None:
    sender, other = town.offices["G22"], town.offices["H53"]
    body = sender.written(document("G22", ["H53"]))
    place = (await begun(sender, body)).headers["location"]

    answers = [
        await other.call("HEAD", place),
        await other.call("GET", place),
        await sent(other, place, 0, body, last=True),
        await other.call("DELETE", place),
        await sender.call("GET", "/v1/uploads/0193a000-0000-7000-8000-000000000000"),
        await sender.call("GET", "/v1/uploads/none"),
    ]

    assert {answer.status_code for answer in answers} == {404}
    assert (await sent(sender, place, 0, body, last=True)).status_code == 202


async def test_a_cancelled_upload_is_gone_with_its_parts(town: Town) -> None:
    sender = town.offices["G22"]
    body = large(sender)
    place = (await begun(sender, body)).headers["location"]
    await sent(sender, place, 0, body[:MIB])

    assert (await sender.call("DELETE", place)).status_code == 204
    assert (await sent(sender, place, MIB, body[MIB:], last=True)).status_code == 404
    assert not town.files()


async def test_more_uploads_than_an_agency_may_have_are_asked_to_wait(town: Town) -> None:
    sender = town.offices["G22"]
    places = [(await begun(sender, b"x" * 10)).headers["location"] for _ in range(3)]

    refused = await begun(sender, b"x" * 10)
    others = await begun(town.offices["H53"], b"x" * 10)
    await sender.call("DELETE", places[0])
    again = await begun(sender, b"x" * 10)

    assert said(refused) == (429, "upload-limit")
    assert int(refused.headers["retry-after"]) >= 1
    assert others.status_code == again.status_code == 201


async def test_more_bytes_than_an_agency_may_have_open_are_asked_to_wait(tmp_path: Path) -> None:
    async with founded(tmp_path, upload_bytes_per_agency=1000, max_envelope_bytes=900) as town:
        sender = await town.settle("G22")

        assert (await begun(sender, b"x" * 600)).status_code == 201
        assert said(await begun(sender, b"x" * 600)) == (429, "upload-limit")
        assert said(await begun(sender)) == (429, "upload-limit")  # nobody knows how long it will be
        assert (await begun(sender, b"x" * 400)).status_code == 201


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"Upload-Complete": ""}, (400, "upload-header")),
        ({"Upload-Complete": "1"}, (400, "upload-header")),
        ({"Upload-Length": "-1"}, (400, "upload-header")),
        ({"Upload-Length": "1e3"}, (400, "upload-header")),
        ({"Upload-Length": str(41 * MIB)}, (413, "too-large")),
        ({"Content-Type": "text/plain"}, (415, "unsupported-media-type")),
        ({"Content-Encoding": "gzip", "Content-Length": "0"}, (415, "content-coding")),
    ],
)
async def test_an_upload_that_cannot_begin_says_why(
    town: Town, headers: dict[str, str], expected: tuple[int, str]
) -> None:
    assert said(await begun(town.offices["G22"], **headers)) == expected


async def test_a_part_that_cannot_be_added_says_why(town: Town) -> None:
    sender = town.offices["G22"]
    body = sender.written(document("G22", ["H53"]))
    place = (await begun(sender, body)).headers["location"]
    half = len(body) // 2

    assert said(await sent(sender, place, 0, body, **{"Content-Type": "application/xml"})) == (
        415,
        "unsupported-media-type",
    )
    assert said(await sent(sender, place, 0, body, **{"Upload-Offset": "x"})) == (400, "upload-header")
    assert said(await sent(sender, place, 0, body, **{"Upload-Length": "7"})) == (400, "upload-length")
    assert said(await sent(sender, place, 0, body + b" ")) == (400, "upload-length")
    assert said(await sent(sender, place, 0, body[:half], last=True)) == (400, "upload-length")
    nothing = (await begun(sender)).headers["location"]
    assert said(await sent(sender, nothing, 0, b"", last=True)) == (400, "empty-body")
    assert (await sent(sender, place, 0, body, last=True)).status_code == 202
    assert said(await sent(sender, place, len(body), b"more")) == (409, "upload-over")


async def test_an_expired_upload_says_so_and_its_parts_are_swept(town: Town) -> None:
    sender = town.offices["G22"]
    body = large(sender)
    place = (await begun(sender, body)).headers["location"]
    await sent(sender, place, 0, body[:MIB])
    await town.hub.parts.put("f" * 64, b"a part whose upload never heard of it")
    assert await watch.sweep_uploads(town.hub.database, town.hub.parts, datetime.now(UTC)) == 0

    with time_machine.travel(datetime.now(UTC) + timedelta(hours=25)):
        assert said(await sent(sender, place, MIB, body[MIB:], last=True)) == (410, "upload-expired")
        assert await watch.sweep_uploads(town.hub.database, town.hub.parts, datetime.now(UTC)) == 2
    with time_machine.travel(datetime.now(UTC) + timedelta(hours=50)):
        await watch.sweep_uploads(town.hub.database, town.hub.parts, datetime.now(UTC))
        assert (await sender.call("GET", place)).status_code == 404
    assert not town.files()
    assert await watch.sweep(town.hub.database, town.hub.originals, datetime.now(UTC) + timedelta(hours=2)) == 0


async def test_an_upload_goes_on_at_another_gateway_that_shares_database_and_originals(
    tmp_path: Path, postgres_dsn: str
) -> None:
    store = f"file://{tmp_path / 'shared'}"
    async with (
        postgres.fresh(postgres_dsn) as url,
        founded(tmp_path / "one", url, originals_url=store, spool_bytes=MIB) as town,
    ):
        sender = await town.settle("G22")
        await town.settle("H53")
        body = large(sender)
        other = build(Settings(home=tmp_path / "two", database_url=url, originals_url=store, spool_bytes=MIB))  # type: ignore[arg-type]
        await other.start()
        try:
            transport = httpx.ASGITransport(Gateway(other))
            async with httpx.AsyncClient(transport=transport, base_url="http://hub", timeout=60) as http:
                elsewhere = Office("G22", sender.key, sender.identity, http)
                place = (await begun(sender, body)).headers["location"]
                await sent(sender, place, 0, body[:MIB])
                assert await stands(elsewhere, place) == MIB
                both = await asyncio.gather(
                    sent(sender, place, MIB, body[MIB:-1]), sent(elsewhere, place, MIB, body[MIB:-2])
                )
                assert sorted(answer.status_code for answer in both) == [204, 409]
                at = await stands(sender, place)
                answer = await sent(elsewhere, place, at, body[at:], last=True)
                assert answer.json()["sha256"] == sha256(body).hexdigest()
                again = await sent(sender, place, len(body), b"", last=True)
                assert again.json()["receipt"] == answer.json()["receipt"]
        finally:
            await other.stop()


async def test_an_upload_in_too_many_parts_is_told_to_begin_anew(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "PARTS_AT_MOST", 2)
    sender = town.offices["G22"]
    place = (await begun(sender)).headers["location"]

    answers = [await sent(sender, place, offset, b"<") for offset in range(3)]

    assert [answer.status_code for answer in answers] == [204, 204, 409]
    assert said(answers[2])[1] == "upload-parts"
    assert await stands(sender, place) == 2
    assert len(town.files()) == 2


async def test_an_upload_that_is_complete_with_nothing_in_it_is_refused_and_not_begun(town: Town) -> None:
    sender = town.offices["G22"]

    refused = [await begun(sender, **{"Upload-Complete": "?1"}) for _ in range(4)]

    assert [said(answer) for answer in refused] == [(400, "empty-body")] * 4
    assert (await begun(sender)).status_code == 201
