import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hub.domain.agency import Level, SignaturePolicy
from hub.domain.envelope import Address, Kind
from hub.store.directory import succession
from hub.trust.seal import NotOurs, verify
from tests.offices import document
from tests.town import Town


async def test_an_accepted_envelope_has_a_delivery_for_each_recipient_at_its_level(town: Town) -> None:
    sender = await town.settle("G22", Level.CENTRAL)
    for code, level in [("H53", Level.PROVINCE), ("H53.32", Level.DISTRICT), ("H53.32.21", Level.COMMUNE)]:
        await town.settle(code, level)

    accepted = await sender.send(document("G22", ["H53", "H53.32", "H53.32.21"]))

    assert {(d["recipient"], d["level"], d["state"]) for d in accepted["deliveries"]} == {
        ("H53", "province", "QUEUED"),
        ("H53.32", "district", "QUEUED"),
        ("H53.32.21", "commune", "QUEUED"),
    }
    assert accepted["signature"]["verdict"] == "valid"
    assert await town.counts() == {"envelope": 1, "original": 1, "delivery": 3, "outbox": 3, "event": 1, "report": 0}


async def test_the_receipt_is_the_hubs_own_word_and_nobody_elses(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")

    accepted = await sender.send(document("G22", ["H53"]))

    jws = accepted["receipt"]["jws"]
    claims = verify(jws, town.hub.seal.public)
    assert claims["sha256"] == accepted["sha256"]
    assert claims["recipients"] == ["H53"]
    assert (claims["sender"], claims["document_id"]) == ("G22", accepted["document_id"])
    head, payload, signature = jws.split(".")
    with pytest.raises(NotOurs):
        verify(f"{head}.{payload[:-4]}AAAA.{signature}", town.hub.seal.public)


async def test_the_same_bytes_again_get_the_same_receipt(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")
    body = sender.written(document("G22", ["H53"]))

    first = await sender.post(body)
    again = await sender.post(body)

    assert (first.status_code, again.status_code) == (202, 200)
    assert again.json()["receipt"] == first.json()["receipt"]
    assert again.json()["id"] == first.json()["id"]
    assert (await town.counts())["delivery"] == 1


async def test_twenty_copies_at_once_are_one_document(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")
    body = sender.written(document("G22", ["H53"]))

    answers = await asyncio.gather(*(sender.post(body) for _ in range(20)))

    assert {a.json()["id"] for a in answers} == {answers[0].json()["id"]}
    assert sorted(a.status_code for a in answers) == [200] * 19 + [202]
    assert (await town.counts())["envelope"] == 1


async def test_other_bytes_under_the_same_name_are_a_conflict_that_names_the_first(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")
    envelope = document("G22", ["H53"])
    first = await sender.send(envelope)

    answer = await sender.post(sender.written(replace(envelope, subject="V/v nội dung khác")))

    assert (answer.status_code, answer.json()["code"]) == (409, "duplicate-document")
    assert first["id"] in answer.json()["detail"]


async def test_a_conflict_inside_one_group_spoils_no_neighbour(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")
    envelope = document("G22", ["H53"])
    bodies = [sender.written(replace(envelope, subject=f"V/v bản {n}")) for n in range(3)]
    bodies += [sender.written(document("G22", ["H53"])) for _ in range(5)]

    answers = await asyncio.gather(*(sender.post(body) for body in bodies))

    assert sorted(a.status_code for a in answers) == [202] * 6 + [409] * 2


async def test_what_is_refused_for_its_key_is_not_accepted_however_many_come_at_once(town: Town) -> None:
    sender, _ = await town.settle("G22"), await town.settle("H53")
    bodies = [sender.written(document("G22", ["H53"])) for _ in range(8)]

    answers = await asyncio.gather(*(sender.post(body, **{"Idempotency-Key": "k-1"}) for body in bodies))

    accepted = [answer for answer in answers if answer.status_code == 202]
    assert (await town.counts())["envelope"] == len(accepted) >= 1


async def test_an_idempotency_key_belongs_to_one_body(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")
    key = {"Idempotency-Key": "k-1"}
    body = sender.written(document("G22", ["H53"]))

    assert (await sender.post(body, **key)).status_code == 202
    assert (await sender.post(body, **key)).status_code == 200
    other = await sender.post(sender.written(document("G22", ["H53"])), **key)

    assert (other.status_code, other.json()["code"]) == (409, "idempotency-conflict")


async def test_a_dry_run_says_everything_and_keeps_nothing(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")

    answer = await sender.post(sender.written(document("G22", ["H53"])), "?dry_run=true")

    assert answer.status_code == 200
    assert [check["name"] for check in answer.json()["checks"]] == ["request", "envelope", "signature", "routing"]
    assert all(check["ok"] for check in answer.json()["checks"])
    assert set((await town.counts()).values()) == {0}
    refused = await sender.post(sender.written(document("G22", ["Z1"])), "?dry_run=true")
    assert (refused.status_code, refused.json()["code"]) == (422, "unknown-recipient")


async def test_one_agency_under_two_codes_gets_one_delivery_and_the_sender_a_warning(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("G12", aliases=("000.00.00.G12",))

    accepted = await sender.send(document("G22", ["G12", "000.00.00.G12"]))

    assert [d["recipient"] for d in accepted["deliveries"]] == ["G12"]
    assert "duplicate-recipient" in [w["code"] for w in accepted["warnings"]]


@pytest.mark.parametrize("written", [" h53 ", "H53\u200b", "Ｈ５３"])
async def test_noise_around_a_code_is_forgiven_with_a_warning(town: Town, written: str) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")

    accepted = await sender.send(document("G22", [written]))

    assert [d["recipient"] for d in accepted["deliveries"]] == ["H53"]


async def test_a_code_that_is_part_of_another_is_another_code(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53.13")

    answer = await sender.post(sender.written(document("G22", ["H53", "53.13", "H53.1"])))

    assert [e["code"] for e in answer.json()["errors"]] == ["unknown-recipient"] * 3


async def test_a_closed_recipient_with_one_successor_is_served_there(town: Town) -> None:
    sender = await town.settle("G22")
    recipient = await town.settle("H17")
    await town.settle("H47")
    await _close(town, "H47", ("H17",))

    accepted = await sender.send(document("G22", ["H47"]))

    assert [(d["recipient"], d["addressed_as"]) for d in accepted["deliveries"]] == [("H17", "H47")]
    assert "recipient-succeeded" in [w["code"] for w in accepted["warnings"]]
    await town.carry()
    assert [item["document_id"] for item in await recipient.inbox(0)] == [accepted["document_id"]]


async def test_a_closed_sender_is_refused_once_its_grace_is_over(town: Town) -> None:
    sender = await town.settle("H47")
    await town.settle("H17")
    await _close(town, "H47", ("H17",))

    answer = await sender.post(sender.written(document("H47", ["H17"])))

    assert (answer.status_code, answer.json()["code"]) == (403, "sender-closed")


async def test_leniency_serves_the_good_and_buries_the_bad_with_their_reasons(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")

    accepted = await sender.send(document("G22", ["H53", "Z1"]), Prefer="handling=lenient")

    by_code = {d["recipient"]: d for d in accepted["deliveries"]}
    assert by_code["H53"]["state"] == "QUEUED"
    assert by_code["Z1"]["state"] == "DEAD"
    assert "unknown-recipient" in by_code["Z1"]["reason"]
    assert [e["what"] for e in await sender.timeline(accepted["id"])] == ["accepted", "dead"]


@pytest.mark.parametrize(
    ("policy", "status"),
    [(SignaturePolicy.REQUIRED, 422), (SignaturePolicy.VERIFY_IF_PRESENT, 202), (SignaturePolicy.REPORT_ONLY, 202)],
)
async def test_what_a_missing_signature_means_is_the_senders_policy(
    town: Town, policy: SignaturePolicy, status: int
) -> None:
    sender = await town.settle("G22", signature=policy)
    await town.settle("H53")

    answer = await sender.post(sender.written(document("G22", ["H53"]), signed=False))

    assert answer.status_code == status


async def test_report_only_records_a_broken_signature_and_takes_the_document(town: Town) -> None:
    sender = await town.settle("G22", signature=SignaturePolicy.REPORT_ONLY)
    await town.settle("H53")
    body = sender.written(document("G22", ["H53"])).replace("V/v rà soát".encode(), "V/v bỏ qua".encode())

    answer = await sender.post(body)

    assert answer.status_code == 202
    assert answer.json()["signature"] == {
        "verdict": "broken",
        "reason": "digest-mismatch",
        "signer": answer.json()["signature"]["signer"],
    }


async def test_a_signature_by_another_agencys_certificate_is_a_mismatch(town: Town) -> None:
    sender = await town.settle("G22")
    other = await town.settle("H53")
    sender.identity, own = other.identity, sender.identity

    answer = await sender.post(sender.written(document("G22", ["H53"])))

    assert (answer.status_code, answer.json()["code"]) == (403, "sender-mismatch")
    sender.identity = own


async def test_a_large_original_is_an_object_that_its_row_names(town: Town) -> None:
    sender = await town.settle("G22")
    recipient = await town.settle("H53")
    body = sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + b"0123456789" * 60_000)

    accepted = (await sender.post(body)).json()
    await town.carry()

    assert [path.name for path in town.files()] == [accepted["sha256"]]
    (item,) = await recipient.inbox(0)
    whole = await recipient.fetch(item["delivery_id"])
    assert whole.content == body
    assert whole.headers["etag"] == f'"{accepted["sha256"]}"'
    part = await recipient.fetch(item["delivery_id"], Range="bytes=100-199")
    assert (part.status_code, part.content) == (206, body[100:200])
    tail = await recipient.fetch(item["delivery_id"], Range="bytes=-50")
    assert tail.content == body[-50:]
    beyond = await recipient.fetch(item["delivery_id"], Range=f"bytes={len(body)}-")
    assert (beyond.status_code, beyond.json()["code"]) == (416, "range-not-satisfiable")


async def test_a_recall_empties_inboxes_and_reaches_who_has_the_document(town: Town) -> None:
    sender = await town.settle("G22")
    quick, slow = await town.settle("H53"), await town.settle("H27")
    envelope = document("G22", ["H53", "H27"])
    original = await sender.send(envelope)
    await town.carry()
    (taken,) = await quick.inbox(0)
    await quick.fetch(taken["delivery_id"])
    await quick.confirm(taken["delivery_id"])
    (waiting,) = await slow.inbox(0)

    recall = await sender.send(
        replace(envelope, kind=Kind.RECALL, concerns=(envelope.document_id,), reason="Ban hành nhầm")
    )
    await town.carry()

    states = {d["recipient"]: d["state"] for d in (await sender.envelope(original["id"]))["deliveries"]}
    assert states == {"H53": "CONFIRMED", "H27": "WITHDRAWN"}
    assert await slow.inbox(0) == []
    gone = await slow.fetch(waiting["delivery_id"])
    assert (gone.status_code, gone.json()["code"]) == (409, "not-collectable")
    assert [item["envelope_kind"] for item in await quick.inbox(0)] == ["recall"]
    answers = {d["recipient"]: d["business"] for d in (await sender.envelope(recall["id"]))["deliveries"]}
    assert answers["H27"]["code"] == "15"
    assert answers["H53"] is None
    words = [(e["what"], e["recipient"]) for e in await sender.timeline(original["id"])]
    assert ("withdrawn", "H27") in words
    assert ("recalled", "H53") in words


async def test_a_recall_of_another_agencys_document_is_refused(town: Town) -> None:
    sender, other = await town.settle("G22"), await town.settle("H53")
    envelope = document("G22", ["H53"])
    await sender.send(envelope)
    recall = replace(
        document("H53", ["G22"]), kind=Kind.RECALL, document_id=envelope.document_id, concerns=(envelope.document_id,)
    )

    answer = await other.post(other.written(recall))

    assert (answer.status_code, answer.json()["code"]) == (403, "not-yours")


async def test_a_recall_of_what_the_hub_never_carried_is_accepted_with_a_warning(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")
    recall = replace(document("G22", ["H53"]), kind=Kind.RECALL)

    accepted = await sender.send(recall)

    assert "unknown-related-document" in [w["code"] for w in accepted["warnings"]]


async def test_three_hundred_recipients_are_one_envelope_and_three_hundred_deliveries(town: Town) -> None:
    sender = await town.settle("G22")
    codes = [f"H53.{n:03d}" for n in range(60)]
    for number, code in enumerate(codes):
        await town.settle(code, list(Level)[number % 4])

    accepted = await sender.send(document("G22", codes))
    await town.carry()

    assert len(accepted["deliveries"]) == 60
    states = {d["state"] for d in (await sender.envelope(accepted["id"]))["deliveries"]}
    assert states == {"AVAILABLE"}


async def test_too_many_recipients_are_refused_before_anybody_is_looked_up(town: Town) -> None:
    sender = await town.settle("G22")
    envelope = document("G22", [])
    many = replace(envelope, recipients=tuple(Address(f"H53.{n}") for n in range(5001)))

    answer = await sender.post(sender.written(many))

    assert (answer.status_code, answer.json()["code"]) == (422, "too-many-recipients")


async def test_that_there_are_too_many_recipients_hides_nothing_else(town: Town) -> None:
    sender = await town.settle("G22")
    await town.settle("H53")
    many = tuple(Address(f"H53.{n}") for n in range(5001))

    answer = await sender.post(sender.written(replace(document("H53", []), recipients=many)))

    assert {error["code"] for error in answer.json()["errors"]} == {"too-many-recipients", "sender-mismatch"}


async def _close(town: Town, code: str, successors: tuple[str, ...]) -> None:
    async with town.hub.database.write() as conn:
        closing = succession.Closing(date(2025, 7, 1), successors)
        await succession.close_agency(conn, code, closing, datetime.now(UTC))
    await town.hub.directory.refresh()
