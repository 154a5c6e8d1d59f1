"""A certificate is bound by itself, by its key, or by its issuer and number; the last two before anybody has seen it."""

import asyncio
import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from typer.testing import CliRunner

from hub import enrol
from hub.cli import app
from hub.domain.agency import SignaturePolicy
from hub.domain.binding import BoundBy
from hub.domain.envelope import Address, StatusMessage
from hub.domain.roles import Role
from hub.errors import Rejected
from hub.store.directory import certificates
from hub.store.proof import grounds
from hub.store.road import envelopes
from hub.trust import rotation
from hub.trust.certificates import describe, read_name, read_serial
from hub.xml.write import sign, write_status
from tests.offices import XML, Office, document
from tests.pki import NOW, Identity, Usage, found_at, issue, make_ca, make_key
from tests.proof.scenes import followed
from tests.proof.test_audit import odd
from tests.town import Town
from tests.trust.test_town import OTHER, ROOT, crl, posted, refused, settled, trusting, verdict_of

DAY = timedelta(days=1)
KEY = {"name": "Khoa H53", "key": "p-256"}


def now() -> datetime:
    return datetime.now(UTC)


def renewed(name: str = KEY["name"], ca: Identity = ROOT, **facts: Any) -> Identity:
    """A certificate over the one key of a name: each call another certificate."""
    return issue(ca, name, KEY["key"], **facts)


def with_key(office: Office, identity: Identity) -> Office:
    return replace(office, identity=identity)


async def bound(town: Town, code: str, what: certificates.Binding) -> None:
    async with town.hub.database.write() as conn:
        await enrol.bind(conn, code, what, now())
    await town.hub.directory.refresh()


async def on_record(town: Town, code: str = "H53") -> dict[str, dict[str, Any]]:
    async with town.hub.database.read() as conn:
        return {row["fingerprint"]: row for row in await certificates.certificates_of(conn, code)}


def key_of(identity: Identity) -> str:
    return describe(identity.certificate_pem).key


def number_of(identity: Identity) -> tuple[str, str]:
    facts = describe(identity.certificate_pem)
    return facts.issuer, facts.serial


def by_key(identity: Identity, days: int = 30, **facts: Any) -> certificates.Binding:
    return enrol.by_key(key_of(identity), (None, now() + days * DAY), now(), pinned=facts.get("pinned", False))


def by_number(identity: Identity, days: int = 30) -> certificates.Binding:
    return enrol.by_number(*number_of(identity), (None, now() + days * DAY), now())


async def test_a_key_that_is_bound_signs_with_every_certificate_over_it(found):
    async with found() as town:
        sender, _ = await settled(town)
        first, second = renewed(), renewed()
        await bound(town, "H53", enrol.handed_in(first.certificate_pem, BoundBy.KEY, (None, None), pinned=False))
        for each in (first, second, second):
            answer = await posted(with_key(sender, each))
            assert answer.status_code == 202, answer.text
            assert verdict_of(answer)[0] == "valid"
        kept = await on_record(town)
        assert kept[second.fingerprint]["bound_by"] == "key"
        assert kept[second.fingerprint]["subject"] == kept[first.fingerprint]["subject"]


async def test_a_certificate_bound_by_itself_does_not_carry_another_over_its_key(found):
    async with found() as town:
        sender, _ = await settled(town)
        await bound(
            town, "H53", enrol.handed_in(renewed().certificate_pem, BoundBy.CERTIFICATE, (None, None), pinned=False)
        )
        refused(await posted(with_key(sender, renewed())), "untrusted-certificate")


async def test_a_key_whose_certificate_is_to_come_is_believed_from_the_first_document_on(found):
    async with found() as town:
        sender, recipient = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        signer = renewed()
        await bound(town, "H53", by_key(signer))
        assert (await posted(with_key(sender, signer))).status_code == 202
        kept = await on_record(town)
        assert key_of(signer) not in kept  # what was to come is there
        assert kept[signer.fingerprint]["valid_to"] is not None
        await town.carry()
        assert len(await recipient.inbox(wait=0)) == 1


async def test_a_number_that_is_bound_is_filled_by_the_certificate_the_ca_issued_under_it(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        signer = renewed()
        await bound(town, "H53", by_number(signer))
        for _ in range(2):
            assert (await posted(with_key(sender, signer))).status_code == 202
        assert (await on_record(town))[signer.fingerprint]["bound_by"] == "issuer-serial"


def forged(true: Identity) -> Identity:
    """A certificate of one's own making under the issuer's name and the number of a true one."""
    key = make_key("p-256")
    stated = true.certificate
    builder = x509.CertificateBuilder(
        stated.issuer,
        stated.subject,
        key.public_key(),
        stated.serial_number,
        stated.not_valid_before_utc,
        stated.not_valid_after_utc,
    )
    for extension in stated.extensions:
        builder = builder.add_extension(extension.value, extension.critical)
    made = builder.sign(key, hashes.SHA256())
    return Identity(
        made.public_bytes(Encoding.PEM), key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    )


@pytest.mark.parametrize("roots", [0, 1])
async def test_an_issuers_name_and_a_number_of_ones_own_making_are_never_believed(found, roots):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, *[ROOT] * roots, crls=[crl()] * roots)
        signer = renewed()
        await bound(town, "H53", by_number(signer))
        refused(await posted(with_key(sender, forged(signer))), "certificate-chain")
        assert number_of(signer)[1] in {row["serial"] for row in (await on_record(town)).values()}  # still to come
        answer = await posted(with_key(sender, signer))
        assert answer.status_code == (202 if roots else 422)  # without a root nobody can prove who issued it


async def test_once_a_number_is_filled_no_other_certificate_counts_under_it(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        signer = renewed()
        await bound(town, "H53", by_number(signer))
        assert (await posted(with_key(sender, signer))).status_code == 202
        refused(await posted(with_key(sender, forged(signer))), "untrusted-certificate")


async def test_a_dry_run_puts_nothing_on_record(found):
    async with found() as town:
        sender, _ = await settled(town)
        await bound(town, "H53", by_key(renewed()))
        before = await on_record(town)
        assert (await posted(with_key(sender, renewed()), "?dry_run=true")).status_code == 200
        assert await on_record(town) == before


async def test_a_binding_by_key_counts_from_its_first_day_to_its_last(found):
    async with found() as town:
        sender, _ = await settled(town)
        signer = renewed()
        later = (now() + DAY, now() + 2 * DAY)
        await bound(town, "H53", enrol.by_key(key_of(signer), later, now(), pinned=False))
        refused(await posted(with_key(sender, signer)), "untrusted-certificate")


async def test_a_key_that_is_withdrawn_takes_every_certificate_over_it_with_it(found):
    async with found() as town:
        sender, _ = await settled(town)
        first, second, third = renewed(), renewed(), renewed()
        await bound(town, "H53", enrol.handed_in(first.certificate_pem, BoundBy.KEY, (None, None), pinned=False))
        assert (await posted(with_key(sender, second))).status_code == 202
        async with town.hub.database.write() as conn:
            await certificates.revoke_certificate(conn, "H53", second.fingerprint, now())
        await town.hub.directory.refresh()
        for each in (first, second, third):
            refused(await posted(with_key(sender, each)), "untrusted-certificate")
        with pytest.raises(Rejected) as error:
            await bound(
                town, "H53", enrol.handed_in(third.certificate_pem, BoundBy.CERTIFICATE, (None, None), pinned=False)
            )
        assert error.value.code == "certificate-withdrawn"


async def test_a_certificate_that_was_withdrawn_does_not_come_back_by_its_key(found):
    async with found() as town:
        sender, _ = await settled(town)
        signer = renewed()
        await bound(town, "H53", by_key(signer))
        assert (await posted(with_key(sender, signer))).status_code == 202
        async with town.hub.database.write() as conn:
            await certificates.revoke_certificate(conn, "H53", signer.fingerprint, now())
        await town.hub.directory.refresh()
        refused(await posted(with_key(sender, signer)), "untrusted-certificate")


@pytest.mark.parametrize("order", ["key first", "certificate first", "number first"])
async def test_one_key_and_one_number_sign_for_one_agency(found, order):
    async with found() as town:
        await settled(town)
        signer = renewed()
        whole = enrol.handed_in(signer.certificate_pem, BoundBy.CERTIFICATE, (None, None), pinned=False)
        first, second = {
            "key first": (by_key(signer), whole),
            "certificate first": (whole, by_key(signer)),
            "number first": (by_number(signer), whole),
        }[order]
        await bound(town, "H53", first)
        with pytest.raises(Rejected) as error:
            await bound(town, "H01", second)
        assert error.value.code == "certificate-taken"


async def test_whose_key_it_is_is_seen_also_where_it_was_bound_before_keys_were_noted(found):
    async with found() as town:
        await settled(town)
        signer = renewed()
        older = certificates.binding(describe(signer.certificate_pem))
        async with town.hub.database.write() as conn:
            await certificates.bind_certificate(conn, "H53", replace(older, match=""), now())
        with pytest.raises(Rejected) as error:
            await bound(town, "H01", by_key(renewed()))
        assert error.value.code == "certificate-taken"
        await bound(town, "H53", by_key(renewed()))
        assert (await on_record(town))[signer.fingerprint]["match"] == key_of(signer)
        await followed(town)
        assert await odd(town) == []


async def test_a_signature_under_another_agencys_key_is_a_mismatch(found):
    async with found() as town:
        sender, _ = await settled(town)
        await bound(town, "H01", by_key(renewed()))
        refused(await posted(with_key(sender, renewed())), "sender-mismatch", 403)


async def test_a_key_excuses_no_certificate_that_may_not_sign(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        await bound(town, "H53", by_key(renewed()))
        server = renewed(usage=Usage(extended=("1.3.6.1.5.5.7.3.1",)))
        refused(await posted(with_key(sender, server)), "certificate-usage")
        past = renewed(valid_from=NOW - 900 * DAY, valid_to=NOW - 500 * DAY)
        refused(await posted(with_key(sender, past)), "certificate-time")
        refused(await posted(with_key(sender, renewed(ca=OTHER))), "certificate-chain")


async def test_under_report_only_a_certificate_that_is_not_believed_is_not_put_on_record(found):
    async with found() as town:
        sender, _ = await settled(town, signature=SignaturePolicy.REPORT_ONLY)
        await trusting(town, ROOT, crls=[crl()])
        await bound(town, "H53", by_key(renewed()))
        before = await on_record(town)
        answer = await posted(with_key(sender, renewed(ca=OTHER)))
        assert verdict_of(answer) == ("untrusted", "certificate-chain")
        assert await on_record(town) == before


@pytest.mark.parametrize("kind", ["key", "number"])
async def test_a_certificate_that_must_wait_for_word_of_revocation_is_on_record_so_that_word_is_fetched(found, kind):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT)
        signer = renewed(extra=found_at(crl="http://ca.example/root.crl"))
        await bound(town, "H53", by_key(signer) if kind == "key" else by_number(signer))
        office = with_key(sender, signer)
        assert (await posted(office, "?dry_run=true")).status_code == 503
        assert signer.fingerprint not in await on_record(town)
        refused(await posted(office), "revocation-unavailable", 503)
        assert signer.fingerprint in await on_record(town)
        async with town.hub.database.read() as conn:
            assert signer.der in await certificates.bound_now(conn, now())
        refused(await posted(with_key(sender, forged(signer))), "untrusted-certificate")
        await trusting(town, crls=[crl()])
        assert (await posted(office)).status_code == 202


async def test_a_report_that_must_come_again_puts_its_certificate_on_record_too(found):
    async with found() as town:
        sender, recipient = await settled(town)
        await trusting(town, ROOT)
        signer = renewed(name=f"Khoa {recipient.code}", extra=found_at(crl="http://ca.example/root.crl"))
        await bound(town, recipient.code, by_key(signer))
        said = StatusMessage(Address(recipient.code), Address(sender.code), "d", "c", None, "03", "Đã vào sổ")
        body = sign(write_status(said), signer.certificate_pem, signer.key_pem)

        answer = await recipient.call("POST", "/v1/status-reports", content=body, headers=XML)

        refused(answer, "revocation-unavailable", 503)
        assert signer.fingerprint in await on_record(town, recipient.code)


async def test_an_agency_rotates_away_from_its_key(found):
    async with found() as town:
        sender, _ = await settled(town)
        old, twin, new = renewed(), renewed(), renewed("Khoa moi")
        await bound(town, "H53", enrol.handed_in(old.certificate_pem, BoundBy.KEY, (None, None), pinned=False))
        assert (await posted(with_key(sender, twin))).status_code == 202
        text = rotation.make("H53", old.certificate_pem, old.key_pem, new.certificate_pem, new.key_pem, now())
        headers = {"Content-Type": "application/jose"}
        answer = await sender.call("POST", "/v1/agencies/me/certificates", content=text.encode(), headers=headers)
        assert answer.status_code == 201, answer.text
        kept = await on_record(town)
        assert kept[new.fingerprint]["bound_by"] == "key"
        assert kept[new.fingerprint]["valid_to"] is None
        ends = {kept[each.fingerprint]["valid_to"] for each in (old, twin)}
        assert len(ends) == 1  # the key goes, with every certificate over it
        assert timedelta(days=29) < ends.pop() - now() <= timedelta(days=30)
        assert (await posted(with_key(sender, renewed("Khoa moi")))).status_code == 202


async def test_evidence_of_a_document_shows_by_what_its_certificate_was_bound(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        signer = renewed()
        await bound(town, "H53", by_key(signer))
        answer = await posted(with_key(sender, signer))
        async with town.hub.database.read() as conn:
            said = (await envelopes.get(conn, answer.json()["id"]))["facts"]["trust"]
            der, then = await grounds.bound(conn, said["certificate"], said["version"], now())
        assert der == signer.der
        assert (then["bound_by"], then["agency"]) == ("key", "H53")


async def test_a_registrar_binds_by_key_and_by_number_over_http(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        signer, other = renewed(), renewed("So hieu")
        issuer, serial = number_of(other)
        end = (now() + 30 * DAY).isoformat()
        registrar = await town.watcher(Role.REGISTRAR)
        path = "/v1/agencies/H53/certificates"
        made = await registrar.post(path, json={"key_sha256": key_of(signer).upper(), "valid_to": end})
        assert (made.status_code, made.json()["bound_by"]) == (201, "key"), made.text
        made = await registrar.post(path, json={"issuer": issuer, "serial": f"0x{serial}", "valid_to": end})
        assert (made.status_code, made.json()["bound_by"]) == (201, "issuer-serial"), made.text
        shown = (await sender.call("GET", "/v1/agencies/H53")).json()["certificates"]
        assert {each["bound_by"] for each in shown} == {"certificate", "key", "issuer-serial"}
        for each in (signer, other):
            assert (await posted(with_key(sender, each))).status_code == 202


@pytest.mark.parametrize(
    "asked",
    [
        {},
        {"key_sha256": "ab"},
        {"key_sha256": "ab" * 32},
        {"issuer": "CN=CA", "serial": "1"},
        {"issuer": "CN=CA", "valid_to": "2027-01-01T00:00:00+07:00"},
        {"issuer": "no name", "serial": "1", "valid_to": "2027-01-01T00:00:00+07:00"},
        {"issuer": "CN=CA", "serial": "-1", "valid_to": "2027-01-01T00:00:00+07:00"},
        {"issuer": "CN=CA", "serial": "1", "valid_to": "2027-01-01T00:00:00+07:00", "pinned": True},
        {"issuer": "CN=CA", "serial": "1", "key_sha256": "ab" * 32, "valid_to": "2027-01-01T00:00:00+07:00"},
        {"key_sha256": "ab" * 32, "valid_to": "2020-01-01T00:00:00+07:00"},
    ],
)
async def test_what_says_too_little_of_a_certificate_to_come_is_refused(found, asked):
    async with found() as town:
        await settled(town)
        registrar = await town.watcher(Role.REGISTRAR)
        answer = await registrar.post("/v1/agencies/H53/certificates", json=asked)
        assert (answer.status_code, answer.json()["code"]) == (422, "invalid-parameter"), answer.text


def test_a_name_is_the_same_however_a_registrar_writes_it():
    as_certified = read_name("CN=Test Root CA,C=VN")
    assert describe(issue(ROOT, "Any").certificate_pem).issuer == as_certified
    assert read_name(" CN=Test Root CA,C=VN ") == as_certified
    mail = read_name("emailAddress=ca@a.vn,CN=CA")
    assert mail == read_name("1.2.840.113549.1.9.1=ca@a.vn,CN=CA")


@pytest.mark.parametrize("written", ["1A:2B", "0x1a2b", "001A2B", "1a2b", " 1A 2B "])
def test_a_number_is_the_same_however_a_registrar_writes_it(written):
    assert read_serial(written) == 0x1A2B


async def test_two_offices_documents_may_meet_a_certificate_at_once(found):
    async with found() as town:
        sender, _ = await settled(town)
        await bound(town, "H53", by_key(renewed()))
        signer = with_key(sender, renewed())
        bodies = [signer.written(document("H53", ["H01"])) for _ in range(8)]
        answers = await asyncio.gather(*[signer.post(body) for body in bodies])
        assert [answer.status_code for answer in answers] == [202] * 8
        assert list(await on_record(town)).count(signer.identity.fingerprint) == 1


def test_a_ca_is_not_bound_by_its_key():
    with pytest.raises(Rejected) as error:
        enrol.handed_in(make_ca().certificate_pem, BoundBy.KEY, (None, None), pinned=False)
    assert error.value.code == "certificate-usage"


def test_the_command_binds_by_key_and_by_number(tmp_path):
    run = CliRunner(env={"TRUC_HOME": str(tmp_path)}).invoke
    assert run(app, ["agency", "add", "H53", "--name", "Tây Ninh", "--level", "province"]).exit_code == 0
    signer = renewed()
    file = tmp_path / "signer.pem"
    file.write_bytes(signer.certificate_pem)
    issuer, serial = number_of(renewed("So hieu"))
    bind = ["agency", "cert", "H53", "--json"]
    for given, kind in (
        ([str(file), "--by-key"], "key"),
        (["--key-sha256", "ab" * 32, "--to", "2028-01-01"], "key"),
        (["--issuer", issuer, "--serial", serial, "--to", "2028-01-01"], "issuer-serial"),
    ):
        done = run(app, [*bind, *given])
        assert done.exit_code == 0, done.output
        assert json.loads(done.stdout)["bound_by"] == kind
    listed = json.loads(run(app, ["agency", "cert-list", "H53", "--json"]).stdout)["items"]
    assert sorted(each["bound_by"] for each in listed) == ["issuer-serial", "key", "key"]
    for wrong in (
        [],
        ["--key-sha256", "ab" * 32],
        ["--issuer", issuer, "--serial", serial, "--to", "2028-01-01", "--pinned"],
    ):
        assert run(app, [*bind, *wrong]).exit_code == 2, wrong
