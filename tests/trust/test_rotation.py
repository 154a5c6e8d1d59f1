"""An agency replaces its certificate by itself, is warned in time, and a registrar can end any of them at once."""

import json
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from typer.testing import CliRunner

from hub.cli import app
from hub.domain.roles import Role
from hub.errors import Rejected
from hub.offline import Brought, check
from hub.store.directory import certificates
from hub.trust import rotation, seal
from hub.trust.certificates import describe
from tests.offices import Office, document
from tests.pki import Identity, Usage, issue, make_crl
from tests.trust.test_town import OTHER, ROOT, crl, posted, refused, settled, trusting

DAY = timedelta(days=1)
JOSE = {"Content-Type": "application/jose"}


def now() -> datetime:
    return datetime.now(UTC)


def request(office: Office, new: Identity, agency: str = "", at: datetime | None = None) -> str:
    old = office.identity
    return rotation.make(
        agency or office.code, old.certificate_pem, old.key_pem, new.certificate_pem, new.key_pem, at or now()
    )


async def handed_in(office: Office, text: str) -> Any:
    return await office.call("POST", "/v1/agencies/me/certificates", content=text.encode(), headers=JOSE)


def successor(name: str = "H53 new", **facts: Any) -> Identity:
    return issue(ROOT, name, "p-256", **facts)


async def test_a_request_of_both_keys_binds_the_new_certificate_and_lets_the_old_one_end(found):
    async with found() as town:
        sender, _ = await settled(town)
        new = successor()
        answer = await handed_in(sender, request(sender, new))
        assert answer.status_code == 201, answer.text
        assert answer.json()["replaces"] == sender.identity.fingerprint
        assert (await posted(replace(sender, identity=new))).status_code == 202
        assert (await posted(sender)).status_code == 202  # for 30 days more
        async with town.hub.database.read() as conn:
            kept = {row["fingerprint"]: row["valid_to"] for row in await certificates.certificates_of(conn, "H53")}
        assert kept[new.fingerprint] is None
        assert timedelta(days=29) < kept[sender.identity.fingerprint] - now() <= timedelta(days=30)


async def test_the_same_request_again_changes_nothing(found):
    async with found() as town:
        sender, _ = await settled(town)
        text = request(sender, successor())
        assert (await handed_in(sender, text)).status_code == 201
        assert (await handed_in(sender, text)).status_code == 200


async def test_a_request_by_somebody_elses_key_is_refused(found):
    async with found() as town:
        sender, other = await settled(town)
        refused(await handed_in(sender, request(other, successor(), "H53")), "untrusted-certificate")
        refused(await handed_in(sender, request(sender, successor(), "H01")), "sender-mismatch", 403)


async def test_a_request_whose_new_key_did_not_sign_is_refused(found):
    async with found() as town:
        sender, _ = await settled(town)
        stolen = successor("Somebody else's")
        outer = request(sender, successor())
        inner = rotation.jws.extract_compact(outer.encode()).payload.decode()
        claims = json.loads(rotation.jws.extract_compact(inner.encode()).payload)
        claims["certificate"] = stolen.certificate_pem.decode()
        forged_inner = rotation._sign(json.dumps(claims).encode(), successor().certificate_pem, successor().key_pem)
        forged = rotation._sign(forged_inner.encode(), sender.identity.certificate_pem, sender.identity.key_pem)
        refused(await handed_in(sender, forged), "not-a-rotation")


@pytest.mark.parametrize("change", ["cut", "swapped", "no-jws", "empty-parts"])
async def test_a_request_that_was_changed_on_its_way_is_refused(found, change):
    async with found() as town:
        sender, _ = await settled(town)
        text, other = request(sender, successor()), request(sender, successor("Another"))
        parts = text.split(".")
        changed = {
            "cut": text[:-8],
            "swapped": ".".join((parts[0], other.split(".")[1], parts[2])),
            "no-jws": "ngay mai",
            "empty-parts": "..",
        }[change]
        refused(await handed_in(sender, changed), "not-a-rotation")


@pytest.mark.parametrize("days", [-8, 1])
async def test_a_request_is_good_for_seven_days(found, days):
    async with found() as town:
        sender, _ = await settled(town)
        refused(await handed_in(sender, request(sender, successor(), at=now() + days * DAY)), "not-a-rotation")


@pytest.mark.parametrize(
    ("facts", "code"),
    [
        ({"usage": Usage(extended=("1.3.6.1.5.5.7.3.1",))}, "certificate-usage"),
        (
            {"valid_from": datetime(2020, 1, 1, tzinfo=UTC), "valid_to": datetime(2021, 1, 1, tzinfo=UTC)},
            "certificate-time",
        ),
    ],
    ids=["a-server's", "an-expired-one"],
)
async def test_a_new_certificate_that_could_not_sign_is_refused(found, facts, code):
    async with found() as town:
        sender, _ = await settled(town)
        refused(await handed_in(sender, request(sender, successor("Odd", **facts))), code)


async def test_a_revoked_key_replaces_nothing(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl(revoked=[sender.identity])])
        refused(await handed_in(sender, request(sender, successor())), "certificate-revoked")


async def test_a_new_certificate_without_a_chain_is_refused(found):
    async with found() as town:
        sender, _ = await settled(town)
        await trusting(town, ROOT, crls=[crl()])
        refused(await handed_in(sender, request(sender, issue(OTHER, "H53 odd", "p-256"))), "certificate-chain")


async def test_a_certificate_that_the_registrar_revoked_is_refused_at_once(found):
    async with found() as town:
        sender, _ = await settled(town)
        async with await town.watcher(Role.REGISTRAR) as registrar:
            path = f"/v1/agencies/H53/certificates/{sender.identity.fingerprint}/revoke"
            assert (await registrar.post(path)).status_code == 200
        refused(await posted(sender), "untrusted-certificate")
        refused(await handed_in(sender, request(sender, successor())), "untrusted-certificate")


@pytest.mark.parametrize(("days", "is_told"), [(59, True), (62, False)])
async def test_a_sender_is_told_from_sixty_days_before_its_certificate_ends(found, days, is_told):
    async with found() as town:
        sender, _ = await settled(town)
        ending = successor("H53 ending", valid_to=now() + days * DAY)
        async with town.hub.database.write() as conn:
            await certificates.bind_certificate(
                conn, "H53", certificates.binding(describe(ending.certificate_pem)), now()
            )
        await town.hub.directory.refresh()
        answer = await posted(replace(sender, identity=ending))
        assert answer.status_code == 202, answer.text
        told = [warning["code"] for warning in answer.json()["warnings"]]
        assert ("certificate-expires" in told) is is_told
        shown = (await sender.call("GET", "/v1/agencies/H53")).json()["certificates"]
        assert {each["fingerprint"]: each["ends_soon"] for each in shown}[ending.fingerprint] is is_told


async def test_that_its_certificate_ends_stands_in_the_signed_receipt_and_is_the_same_on_every_retry(found):
    async with found() as town:
        sender, _ = await settled(town)
        ending = successor("H53 ending too", valid_to=now() + 9 * DAY)
        async with town.hub.database.write() as conn:
            await certificates.bind_certificate(
                conn, "H53", certificates.binding(describe(ending.certificate_pem)), now()
            )
        await town.hub.directory.refresh()
        office = replace(sender, identity=ending)
        body = office.written(document("H53", ["H01"]))
        first, second = await office.post(body), await office.post(body)
        assert (first.status_code, second.status_code) == (202, 200)
        assert first.json()["receipt"]["jws"] == second.json()["receipt"]["jws"]
        claims = seal.read(first.json()["receipt"]["jws"], [town.hub.seal.public]).claims
        (told,) = claims["warnings"]
        (warned,) = [each for each in first.json()["warnings"] if each["code"] == "certificate-expires"]
        assert told == {"code": "certificate-expires", "message": warned["message"]}
        said = check(first.content, town.hub.settings, Brought())
        assert (said["ok"], said["warnings"]) == (True, [told])
        plain = seal.read((await posted(sender)).json()["receipt"]["jws"], [town.hub.seal.public]).claims
        assert "warnings" not in plain


async def test_a_binding_counts_from_its_first_day_to_its_last(found):
    async with found() as town:
        sender, _ = await settled(town)
        later, over = successor("Later"), successor("Over")
        async with await town.watcher(Role.REGISTRAR) as registrar:
            for each, dates in (
                (later, {"valid_from": (now() + DAY).isoformat()}),
                (over, {"valid_to": (now() - DAY).isoformat()}),
            ):
                pem = {"pem": each.certificate_pem.decode()}
                bound = await registrar.post("/v1/agencies/H53/certificates", json=pem | dates)
                assert bound.status_code == 201, bound.text
        for each in (later, over):
            refused(await posted(replace(sender, identity=each)), "untrusted-certificate")
        assert (await posted(sender)).status_code == 202


def test_the_command_makes_a_request_that_verifies(tmp_path: Path):
    old, new = issue(ROOT, "Old"), issue(ROOT, "New", "p-384")
    files = {}
    for name, content in (
        ("old-cert", old.certificate_pem),
        ("old-key", old.key_pem),
        ("new-cert", new.certificate_pem),
        ("new-key", new.key_pem),
    ):
        files[name] = tmp_path / f"{name}.pem"
        files[name].write_bytes(content)
    options = [text for name, path in files.items() for text in (f"--{name}", str(path))]
    out = tmp_path / "request.jose"
    made = CliRunner().invoke(app, ["rotate", "--agency", "H53", *options, "-o", str(out)])
    assert made.exit_code == 0, made.stderr
    asked = rotation.verify(out.read_text(), old.der, now())
    assert (asked.agency, asked.certificate, asked.old) == ("H53", new.der, old.fingerprint)
    with pytest.raises(Rejected):
        rotation.verify(out.read_text(), new.der, now())
    options[3] = str(files["new-key"])
    wrong = CliRunner().invoke(app, ["rotate", "--agency", "H53", *options, "-o", str(out)])
    assert wrong.exit_code == 1
    assert "does not belong" in wrong.stderr


async def test_a_registrar_keeps_the_trust_store_over_http(found):
    async with found() as town, await town.watcher(Role.REGISTRAR) as registrar:
        root = {"pem": ROOT.certificate_pem.decode()}
        assert (await registrar.post("/v1/trust/anchors", json=root)).status_code == 201
        pem = _pem(crl())
        listed = await registrar.post("/v1/trust/revocation-lists", json={"pem": pem})
        assert listed.status_code == 201, listed.text
        refused(
            await registrar.post("/v1/trust/revocation-lists", json={"pem": _pem(make_crl(OTHER))}),
            "crl-issuer-unknown",
        )
        url = "http://crl.example.vn/root.crl"
        assert (await registrar.post("/v1/trust/sources", json={"url": url})).status_code == 201
        shown = (await registrar.get("/v1/trust")).json()
        assert [each["fingerprint"] for each in shown["anchors"]] == [ROOT.fingerprint]
        assert [each["url"] for each in shown["sources"]] == [url]
        assert (await registrar.delete("/v1/trust/sources", params={"url": url})).status_code == 200
        path = f"/v1/trust/anchors/{ROOT.fingerprint}"
        refused(await registrar.delete(path), "last-root")
        assert (await registrar.delete(path + "?last=true")).status_code == 200


async def test_who_is_no_registrar_does_not_change_the_trust_store(found):
    async with found() as town:
        sender, _ = await settled(town)
        root = {"pem": ROOT.certificate_pem.decode()}
        async with await town.watcher(Role.OPERATOR) as operator:
            refused(await operator.post("/v1/trust/anchors", json=root), "forbidden", 403)
            assert (await operator.get("/v1/trust")).status_code == 200
        refused(await sender.call("GET", "/v1/trust"), "forbidden", 403)


async def test_a_root_is_trusted_only_within_the_hubs_own_window(found):
    async with found() as town, await town.watcher(Role.REGISTRAR) as registrar:
        sender, _ = await settled(town)
        root = {"pem": ROOT.certificate_pem.decode()}
        over = {"valid_to": (now() - DAY).isoformat()}
        assert (await registrar.post("/v1/trust/anchors", json=root | over)).status_code == 201
        await trusting(town, crls=[crl()])
        refused(await posted(sender), "certificate-time")
        assert (await registrar.post("/v1/trust/anchors", json=root)).status_code == 201
        assert (await posted(sender)).status_code == 202


def _pem(der: bytes) -> str:
    return x509.load_der_x509_crl(der).public_bytes(Encoding.PEM).decode()
