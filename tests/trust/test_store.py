"""The trust store in the database: what goes in, what counts, what stays as evidence."""

from datetime import timedelta

import pytest
from sqlalchemy import func, select

from hub.errors import Rejected
from hub.store import directory_version
from hub.store.database import Database
from hub.store.migrate import is_current, migrate
from hub.store.tables import revocation_list
from hub.store.trust import trusted
from hub.trust.authorities import read_authorities
from hub.trust.certificates import describe
from hub.trust.holders import fingerprint_of, public_key
from hub.trust.lists import read_list
from hub.trust.sources import sources_of
from tests.pki import CA, NOW, Identity, Usage, make_ca, make_crl

DAY = timedelta(days=1)
ROOT = make_ca("Root")
SUB = make_ca("Sub", above=ROOT)


async def add(database: Database, *authorities: Identity) -> None:
    async with database.write() as conn:
        for each in authorities:
            for authority in read_authorities(each.certificate_pem):
                await trusted.add_anchor(conn, authority, NOW)


async def take(database: Database, content: bytes) -> None:
    async with database.write() as conn:
        await trusted.add_list(conn, read_list(content, NOW), NOW)


async def stored(database: Database) -> trusted.Stored:
    async with database.read() as conn:
        return await trusted.load(conn)


async def version(database: Database) -> int:
    async with database.read() as conn:
        return await directory_version.current(conn)


async def refusal(database: Database, content: bytes) -> str:
    with pytest.raises(Rejected) as refused:
        await take(database, content)
    return refused.value.code


async def test_a_self_signed_ca_is_a_root_and_any_other_an_intermediate(database):
    await add(database, ROOT, SUB)

    assert await stored(database) == trusted.Stored((ROOT.der,), (SUB.der,), ())


async def test_every_change_of_the_store_is_a_change_of_the_directory(database):
    seen = [await version(database)]
    await add(database, ROOT)
    seen.append(await version(database))
    await take(database, make_crl(ROOT))
    seen.append(await version(database))
    async with database.write() as conn:
        await trusted.remove_anchor(conn, ROOT.fingerprint, NOW, even_the_last=True)
    seen.append(await version(database))

    assert seen == sorted(set(seen))


async def test_adding_a_ca_twice_is_adding_it_once(database):
    await add(database, ROOT, ROOT)

    assert (await stored(database)).roots == (ROOT.der,)


async def test_a_removed_ca_counts_no_more_and_can_come_back(database):
    await add(database, ROOT, SUB)
    async with database.write() as conn:
        assert "Sub" in await trusted.remove_anchor(conn, SUB.fingerprint.upper(), NOW)
    assert (await stored(database)).intermediates == ()
    async with database.read() as conn:
        anchors, _ = await trusted.listing(conn)
    assert [each["removed_at"] for each in anchors if each["kind"] == "intermediate"] == [NOW]

    await add(database, SUB)
    assert (await stored(database)).intermediates == (SUB.der,)


async def test_a_ca_that_is_not_there_cannot_be_removed(database):
    await add(database, ROOT)
    async with database.write() as conn:
        with pytest.raises(Rejected, match="anchor-unknown"):
            await trusted.remove_anchor(conn, SUB.fingerprint, NOW)


async def test_the_last_root_goes_only_when_that_is_meant(database):
    await add(database, ROOT, SUB)
    async with database.write() as conn:
        with pytest.raises(Rejected, match="last-root"):
            await trusted.remove_anchor(conn, ROOT.fingerprint, NOW)
        await trusted.remove_anchor(conn, ROOT.fingerprint, NOW, even_the_last=True)

    assert (await stored(database)).roots == ()


async def test_of_a_cas_lists_the_latest_counts_and_the_others_stay_as_evidence(database):
    await add(database, ROOT)
    first, second = make_crl(ROOT, number=7), make_crl(ROOT, number=300)
    await take(database, first)
    await take(database, second)

    assert (await stored(database)).crls == (second,)
    async with database.read() as conn:
        assert (await conn.execute(select(func.count()).select_from(revocation_list))).scalar_one() == 2


async def test_the_same_list_again_changes_nothing(database):
    await add(database, ROOT)
    again = make_crl(ROOT)
    await take(database, again)
    await take(database, again)

    assert (await stored(database)).crls == (again,)


async def test_a_list_that_is_rolled_back_is_refused(database):
    await add(database, ROOT)
    there = make_crl(ROOT, [SUB], number=10)
    await take(database, there)

    assert await refusal(database, make_crl(ROOT, number=9)) == "crl-older"
    assert await refusal(database, make_crl(ROOT, number=10)) == "crl-older"
    assert await refusal(database, make_crl(ROOT, number=None)) == "crl-older"
    assert await refusal(database, make_crl(ROOT, number=11, this_update=NOW - 5 * DAY)) == "crl-older"
    assert (await stored(database)).crls == (there,)


async def test_lists_without_a_number_are_ordered_by_their_date(database):
    await add(database, ROOT)
    await take(database, make_crl(ROOT, number=None, this_update=NOW - 3 * DAY))
    later = make_crl(ROOT, number=None, this_update=NOW - 2 * DAY)
    await take(database, later)

    assert await refusal(database, make_crl(ROOT, number=None, this_update=NOW - 4 * DAY)) == "crl-older"
    assert (await stored(database)).crls == (later,)


async def test_the_number_of_a_list_may_have_twenty_octets(database):
    await add(database, ROOT)
    number = 2**159 - 1
    await take(database, make_crl(ROOT, number=number - 1))
    last = make_crl(ROOT, number=number)
    await take(database, last)

    assert (await stored(database)).crls == (last,)


async def test_a_list_by_an_impostor_with_the_name_of_a_ca_is_refused(database):
    await add(database, ROOT)

    assert await refusal(database, make_crl(make_ca("Root", "p-384"))) == "crl-issuer-unknown"


async def test_a_list_of_a_ca_that_is_not_in_the_store_is_refused(database):
    await add(database, ROOT)

    assert await refusal(database, make_crl(SUB)) == "crl-issuer-unknown"


async def test_a_list_of_a_ca_that_was_removed_is_refused(database):
    await add(database, ROOT, SUB)
    async with database.write() as conn:
        await trusted.remove_anchor(conn, SUB.fingerprint, NOW)

    assert await refusal(database, make_crl(SUB)) == "crl-issuer-unknown"


async def test_a_list_of_a_ca_that_may_not_sign_lists_is_refused(database):
    mute = make_ca("Mute", usage=Usage(("key_cert_sign",), is_ca=True))
    await add(database, mute)

    assert await refusal(database, make_crl(mute)) == "crl-issuer-unknown"


async def test_two_cas_of_one_name_number_their_lists_apart(database):
    other = make_ca("Root", "p-384", usage=CA)
    await add(database, ROOT, other)
    await take(database, make_crl(ROOT, number=50))
    await take(database, make_crl(other, number=1))

    assert len((await stored(database)).crls) == 2


async def test_a_renewed_ca_with_its_old_key_goes_on_counting(database):
    await add(database, ROOT, make_ca("Root"))
    await take(database, make_crl(ROOT, number=5))

    assert await refusal(database, make_crl(ROOT, number=4)) == "crl-older"


async def test_the_schema_of_the_store_can_be_taken_down_and_brought_back(database):
    await migrate(database.url, "base")
    await migrate(database.url)

    assert await is_current(database)
    await add(database, ROOT)
    assert (await stored(database)).roots == (ROOT.der,)


def test_a_certificate_of_a_version_nobody_knows_is_no_certificate_and_no_ca() -> None:
    odd = ROOT.der.replace(b"\xa0\x03\x02\x01\x02", b"\xa0\x03\x02\x01\x5a", 1)
    assert odd != ROOT.der
    for read in (describe, read_authorities, fingerprint_of):
        with pytest.raises(Rejected, match="not-a-certificate"):
            read(odd)
    assert sources_of(odd, "") == []
    assert public_key(odd) is None


def test_a_certificate_whose_fields_are_no_asn1_is_no_certificate() -> None:
    issuer = ROOT.certificate.issuer.public_bytes()
    with pytest.raises(Rejected, match="not-a-certificate"):
        describe(ROOT.der.replace(issuer, issuer[:2] + b"\x02" + issuer[3:]))
