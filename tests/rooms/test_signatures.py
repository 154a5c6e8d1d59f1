"""Signatures of field software are called what they are, and counted by agency: those taken and those refused."""

from datetime import date
from typing import Any

import httpx
import pytest

from hub.domain.agency import SignaturePolicy
from hub.domain.legacy import LEGACY, counted, legacy_of
from hub.domain.roles import Role
from hub.findings import TEXTS
from hub.xml.names import EDXML
from tests.offices import Office, document
from tests.town import Town

SDK = f'<Signature xmlns="{EDXML}"><SignedInfo/><SignatureValue>AAAA</SignatureValue></Signature>'.encode()


def sdk_made(office: Office) -> bytes:
    """An envelope signed the way the SDK does: in the edXML namespace."""
    end = b"</edXML:edXMLHeader>"
    return office.written(document(office.code, ["H53"]), signed=False).replace(end, SDK + end)


async def signatures(town: Town, code: str, role: Role = Role.OPERATOR, **query: Any) -> httpx.Response:
    await town.hub.acceptor.refusals.write()
    async with await town.watcher(role) as person:
        return await person.get(f"/v1/agencies/{code}/signatures", params=query)


async def test_what_was_taken_is_counted_by_verdict_and_by_what_field_software_did(town: Town) -> None:
    await town.settle("H53")
    office = await town.settle("G22", signature=SignaturePolicy.VERIFY_IF_PRESENT)
    await office.send(document("G22", ["H53"]))
    taken = await office.post(sdk_made(office))
    assert taken.json()["signature"]["verdict"] == "unverifiable"

    answer = (await signatures(town, "G22")).json()

    assert answer["taken"] == {"verdicts": {"valid": 1, "unverifiable": 1}, "legacy": {"sdk-namespace": 1}}
    assert answer["refused"] == {"verdicts": {}, "legacy": {}}
    assert answer["policy"] == {"signature": "verify-if-present", "accept_sha1_until": None}


async def test_what_was_refused_is_counted_and_nothing_else_of_it_is_kept(town: Town) -> None:
    await town.settle("H53")
    office = await town.settle("G22")
    before = await town.counts()
    for _ in range(2):
        assert (await office.post(sdk_made(office))).json()["code"] == "signature-namespace"
        await town.hub.acceptor.refusals.write()
    assert (await office.post(office.written(document("G22", ["H53"]), signed=False))).status_code == 422

    answer = (await signatures(town, "G22")).json()

    assert answer["refused"] == {"verdicts": {"unverifiable": 2, "absent": 1}, "legacy": {"sdk-namespace": 2}}
    assert answer["taken"]["verdicts"] == {}
    assert await town.counts() == before


async def test_counts_are_those_of_the_days_asked_for(town: Town) -> None:
    await town.settle("H53")
    office = await town.settle("G22")
    await office.send(document("G22", ["H53"]))

    answer = (await signatures(town, "G22", **{"from": date(2020, 1, 1), "to": date(2020, 2, 1)})).json()

    assert answer["taken"]["verdicts"] == {}
    assert (answer["from"], answer["to"]) == ("2020-01-01", "2020-02-01")


async def test_only_who_watches_sees_how_an_agency_signs(town: Town) -> None:
    office = await town.settle("G22")

    assert (await office.call("GET", "/v1/agencies/G22/signatures")).status_code == 403
    assert (await signatures(town, "G22", Role.REGISTRAR)).status_code == 403
    assert (await signatures(town, "H99")).status_code == 404


def test_every_kind_of_legacy_signature_has_a_finding_that_says_what_to_do() -> None:
    assert set(LEGACY) <= set(TEXTS)


@pytest.mark.parametrize(
    ("judgement", "reason", "name"),
    [
        ("valid-legacy", "", "sha-1-by-policy"),
        ("unverifiable", "algorithm", "sha-1"),
        ("unverifiable", "certificate", "certificate-stub"),
        ("broken", "algorithm", ""),
        ("unverifiable", "revocation-unavailable", ""),
        ("valid", "", ""),
    ],
)
def test_only_what_honest_field_software_writes_is_legacy(judgement: str, reason: str, name: str) -> None:
    assert legacy_of(judgement, reason) == name
    assert counted([(judgement, reason, 2), (judgement, reason, 3)])["legacy"] == ({name: 5} if name else {})
