"""One file that convinces a stranger, and that no change of it survives."""

import asyncio
import base64
import copy
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest

from hub.attest import steps as stepwise
from hub.attest.steps import Known, Step, is_proven
from hub.domain.roles import Role
from hub.offline import Brought
from hub.offline import check as check_file
from hub.store.trust import trusted
from hub.trust import seal
from hub.trust.authorities import read_authorities
from hub.trust.lists import read_list
from tests.offices import document
from tests.pki import make_ca, make_crl
from tests.proof.scenes import exchanged, followed
from tests.town import Town

DAY = timedelta(days=1)
ROOT = make_ca()  # who issues the certificates of the offices


async def trusting(town: Town) -> None:
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        for authority in read_authorities(ROOT.certificate_pem):
            await trusted.add_anchor(conn, authority, now)
        await trusted.add_list(conn, read_list(make_crl(ROOT, (), 1, now - DAY, now + 5 * DAY), now), now)
    await town.hub.directory.refresh()
    await town.hub.trust.refresh()


async def evidence_of(town: Town) -> dict[str, Any]:
    sent, sender, _ = await exchanged(town)
    await followed(town)
    answer = await sender.call("GET", f"/v1/envelopes/{sent}/evidence")
    assert answer.status_code == 200, answer.text
    return answer.json()


def known(town: Town, *, with_roots: bool = True) -> Known:
    return Known([town.hub.seal.public], [ROOT.der] if with_roots else [])


async def check(evidence: dict[str, Any], brought: Known) -> list[Step]:
    return await asyncio.to_thread(stepwise.check, evidence, brought)  # a command has no loop running


def failed(steps: list[Step]) -> list[str]:
    return [step.name for step in steps if step.ok is False]


async def test_a_stranger_checks_everything_with_the_published_keys_and_roots(town: Town) -> None:
    await trusting(town)
    evidence = await evidence_of(town)

    steps = await check(evidence, known(town))

    assert [step for step in steps if step.ok is False] == []
    held = [step.name for step in steps if step.ok]
    assert {"receipt", "bytes", "signature", "chain", "head", "leaf envelope", "leaf receipt", "delivery"} <= set(held)
    assert held.count("delivery") == 3  # collected, confirmed, answered
    assert is_proven(steps)
    assert evidence["signature"]["basis"] == "chain"
    assert len(evidence["signature"]["crls"]) == 1
    assert evidence["signature"]["policy"]["signature"] == "required"
    assert isinstance(evidence["signature"]["policy"]["version"], int)


async def test_what_is_judged_is_how_things_were_then(town: Town) -> None:
    await trusting(town)
    sent, sender, _ = await exchanged(town)
    await followed(town)
    before = (await sender.call("GET", f"/v1/envelopes/{sent}/evidence")).json()
    now = datetime.now(UTC)
    async with town.hub.database.write() as conn:
        revoking = make_crl(ROOT, [sender.identity], 2, now - DAY / 2, now + 5 * DAY)
        await trusted.add_list(conn, read_list(revoking, now), now)
        await trusted.remove_anchor(conn, ROOT.fingerprint, now, even_the_last=True)

    after = (await sender.call("GET", f"/v1/envelopes/{sent}/evidence")).json()

    assert after["signature"] == before["signature"]
    assert failed(await check(after, known(town))) == []


def spoiled(evidence: dict[str, Any]) -> dict[str, Any]:
    """The file with one thing changed, for each thing that could be; by the step that must find it."""

    def changed(change: Any) -> dict[str, Any]:
        other = copy.deepcopy(evidence)
        change(other)
        return other

    def other_bytes(e: dict[str, Any]) -> None:
        body = base64.b64decode(e["original"]).replace(b"V/v", b"V/x", 1)
        e["original"] = base64.b64encode(body).decode()

    def other_record(e: dict[str, Any]) -> None:
        proof = next(p for p in e["proofs"] if p["kind"] == "envelope")
        proof["record"] = proof["record"].replace("UBND-VP", "UBND-XX", 1)

    def other_receipt(e: dict[str, Any]) -> None:
        head, _, signature = e["receipt"].split(".")
        claims = seal.claims_of(e["receipt"]) | {"recipients": ["H01"]}
        payload = base64.urlsafe_b64encode(orjson.dumps(claims)).decode().rstrip("=")
        e["receipt"] = f"{head}.{payload}.{signature}"

    def other_number(e: dict[str, Any]) -> None:
        e["proofs"][0]["number"] += 1

    return {
        "bytes": changed(other_bytes),
        "receipt": changed(other_receipt),
        "leaf envelope": changed(other_record),
        "receipt ": changed(lambda e: e["envelope"].update(document_id="another")),
        "receipt  ": changed(lambda e: e["signature"].update(verdict="absent")),
        "leaf envelope ": changed(other_number),
        "delivery": changed(lambda e: e["receipts"][0].update(recipient="H01")),
        "delivery ": changed(lambda e: e["receipts"][0].update(receipt=e["receipt"])),
        "head": changed(lambda e: e["heads"][0].update(size=e["heads"][0]["size"] + 1)),
        "head ": changed(lambda e: e["heads"][0].update(head=e["receipt"])),
        "chain": changed(lambda e: e["signature"].update(crls=[], authorities=[])),
        "signature": changed(lambda e: e["signature"].update(certificate=base64.b64encode(make_ca("X").der).decode())),
        "file": changed(lambda e: e.pop("heads")),
        "file ": changed(lambda e: e.update(format="truc-evidence/9")),
    }


async def test_no_change_of_the_file_survives(town: Town) -> None:
    await trusting(town)
    evidence = await evidence_of(town)
    assert failed(await check(evidence, known(town))) == []

    for step, other in spoiled(evidence).items():
        steps = await check(other, known(town))
        assert not is_proven(steps), step
        assert step.strip() in failed(steps), (step, failed(steps))


async def test_the_keys_in_the_file_are_believed_by_nobody(town: Town, tmp_path: Any) -> None:
    evidence = await evidence_of(town)
    stranger = seal.load_or_make(tmp_path / "other")

    steps = await check(evidence, Known([stranger.public]))

    assert {"receipt", "head", "delivery"} <= set(failed(steps))


async def test_who_may_not_read_documents_gets_digests_alone(town: Town) -> None:
    sent, _, recipient = await exchanged(town)
    await followed(town)
    auditor = await town.watcher(Role.AUDITOR)

    seen = (await auditor.get(f"/v1/envelopes/{sent}/evidence")).json()
    asked = await auditor.get(f"/v1/envelopes/{sent}/evidence", params={"bytes": "true"})
    own = (await recipient.call("GET", f"/v1/envelopes/{sent}/evidence")).json()
    stranger = await town.settle("H01")
    foreign = await stranger.call("GET", f"/v1/envelopes/{sent}/evidence")

    assert (seen["original"], {proof["record"] for proof in seen["proofs"]}) == (None, {None})
    assert is_proven(await check(seen, Known([town.hub.seal.public])))
    assert asked.status_code == 403
    assert is_proven(await check(own, Known([town.hub.seal.public])))
    assert foreign.status_code == 404


async def test_before_a_head_covers_it_there_is_none_yet(town: Town) -> None:
    sent, sender, _ = await exchanged(town)

    answer = await sender.call("GET", f"/v1/envelopes/{sent}/evidence")

    assert (answer.status_code, answer.json()["code"]) == (503, "not-yet-logged")
    assert int(answer.headers["retry-after"]) > 0


async def test_receipts_of_a_delivery_are_for_its_two_sides_and_always_the_same(town: Town) -> None:
    sent, sender, recipient = await exchanged(town)
    delivery = (await sender.envelope(sent))["deliveries"][0]["id"]
    path = f"/v1/envelopes/{sent}/deliveries/{delivery}/receipts"

    first = (await sender.call("GET", path)).json()
    await followed(town)
    second = (await recipient.call("GET", path)).json()
    stranger = await town.settle("H01")

    assert first == second
    assert [item["what"] for item in first["items"]] == ["collected", "confirmed", "reported"]
    for item in first["items"]:
        assert seal.read(item["receipt"]["jws"], [town.hub.seal.public]).claims["delivery_id"] == delivery
    assert (await stranger.call("GET", path)).status_code == 404


async def test_what_an_older_key_signed_stays_checkable(town: Town) -> None:
    evidence = await evidence_of(town)

    fresh = seal.rotate(town.hub.settings.home)

    said = check_file(orjson.dumps(evidence), town.hub.settings, Brought())
    published = {key["kid"] for key in (await town.http.get("/.well-known/jwks.json")).json()["keys"]}
    assert said["ok"], said
    assert {town.hub.seal.kid, fresh.kid} <= published
    assert fresh.kid != town.hub.seal.kid


async def test_the_log_proves_its_leaves_and_that_it_only_grew(town: Town) -> None:
    from hub.domain import merkle

    _, sender, _ = await exchanged(town)
    await followed(town)
    old = (await town.http.get("/v1/log/head")).json()
    await sender.send(document("H53", ["H53.32.21"]))
    await followed(town)
    new = (await town.http.get("/v1/log/head")).json()

    step = (await town.http.get("/v1/log/consistency", params={"first": old["size"]})).json()
    leaf = (await sender.call("GET", "/v1/log/proof", params={"number": 3})).json()

    assert new["size"] > old["size"]
    raw = [bytes.fromhex(p) for p in step["path"]]
    roots = bytes.fromhex(old["root"]), bytes.fromhex(new["root"])
    assert merkle.is_consistent(old["size"], new["size"], raw, *roots)
    path = [bytes.fromhex(p) for p in leaf["path"]]
    assert merkle.is_included(merkle.leaf_hash(leaf["leaf"].encode()), 3, new["size"], path, roots[1])
    mirrored = (await sender.call("GET", "/v1/log/leaves", params={"limit": 1000})).json()["items"]
    grower = merkle.Grower()
    for item in mirrored:
        grower.add(merkle.leaf_hash(item["leaf"].encode()))
    assert grower.head == roots[1]


@pytest.mark.parametrize(
    ("path", "query"),
    [("proof", {"number": 10**6}), ("proof", {"number": 0, "size": 10**6}), ("consistency", {"first": 10**6})],
)
async def test_a_place_beyond_the_log_is_told_so(town: Town, path: str, query: dict[str, int]) -> None:
    _, sender, _ = await exchanged(town)
    await followed(town)

    answer = await sender.call("GET", f"/v1/log/{path}", params=query)

    assert (answer.status_code, answer.json()["code"]) == (422, "log-size")
