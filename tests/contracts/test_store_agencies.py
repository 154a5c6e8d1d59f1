"""The directory in the database: the same on SQLite and on PostgreSQL."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import event, select

from hub.domain.agency import Agency, Kind, Level, SignaturePolicy
from hub.errors import Rejected
from hub.store import directory_version
from hub.store.database import Database
from hub.store.directory import agencies, certificates, keys, registry, succession
from hub.store.directory.certificates import Binding
from hub.store.directory.succession import Closing
from hub.store.tables import api_key

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
TODAY = date(2026, 11, 25)
PROVINCE = Agency(
    "H53",
    "Ủy ban nhân dân tỉnh Tây Ninh",
    Level.PROVINCE,
    aliases=("000.00.00.H53",),
    contact={"name": "Nguyễn Văn A", "mobile": "0900000000"},
)
COMMUNE = Agency("H53.21", "Ủy ban nhân dân xã An Bình", Level.COMMUNE, parent="000.00.00.H53")
MINISTRY = Agency("G12", "Bộ Tài chính", Level.CENTRAL, aliases=("000.00.00.G12",))


async def settle(database: Database, *town: Agency) -> None:
    async with database.write() as conn:
        for agency in town:
            await registry.add(conn, agency, NOW)


async def found(database: Database, code: str, on: date | None = None) -> Agency | None:
    async with database.read() as conn:
        return (await agencies.find(conn, [code], on))[code]


async def refusal(database: Database, change) -> str:
    with pytest.raises(Rejected) as refused:
        async with database.write() as conn:
            await change(conn)
    return refused.value.code


@contextmanager
def counted(conn) -> Iterator[list[str]]:
    statements: list[str] = []

    def note(_conn, _cursor, statement, _parameters, _context, _many) -> None:
        statements.append(statement)

    event.listen(conn.sync_connection, "before_cursor_execute", note)
    yield statements
    event.remove(conn.sync_connection, "before_cursor_execute", note)


async def test_an_agency_is_found_by_each_of_its_codes_however_they_are_written(database):
    await settle(database, PROVINCE)

    for code in ("H53", "000.00.00.H53", " h53\u200b", "Ｈ５３"):
        assert await found(database, code) == PROVINCE


@pytest.mark.parametrize("code", ["H5", "H533", "53", "%", "H_3", "00.00.H53", "H 53", "", "Н53"])
async def test_a_part_of_a_code_or_a_pattern_finds_nobody(database, code):
    await settle(database, PROVINCE)

    assert await found(database, code) is None


async def test_everything_about_an_agency_comes_back_as_it_was_given(database):
    full = Agency(
        code="vxp.saas.03",
        name="Đơn vị thử nghiệm",
        level=Level.CENTRAL,
        kind=Kind.GATEWAY,
        parent="G12",
        aliases=("00.53.W00",),
        channel="webhook",
        signature=SignaturePolicy.REPORT_ONLY,
        valid_from=date(2020, 9, 15),
        contact={"email": "vanthu@example.vn"},
        accept_sha1_until=date(2027, 1, 1),
    )
    await settle(database, MINISTRY, full)

    assert await found(database, "VXP.SAAS.03") == full


async def test_a_thousand_codes_cost_as_many_statements_as_one(database):
    await settle(database, PROVINCE, COMMUNE, MINISTRY)

    async with database.read() as conn:
        with counted(conn) as one:
            await agencies.find(conn, ["H53"])
        with counted(conn) as thousand:
            answer = await agencies.find(conn, ["H53", "G12", *(f"X{n}" for n in range(5_000))])

    assert len(one) == len(thousand) == 4
    assert sum(1 for agency in answer.values() if agency) == 2


async def test_a_code_that_is_taken_is_refused_whoever_has_it_and_as_whatever(database):
    await settle(database, PROVINCE, MINISTRY)
    clash = Agency("h53", "Khác", Level.COMMUNE, aliases=("000.00.00.g12",))

    with pytest.raises(Rejected) as refused:
        async with database.write() as conn:
            await registry.add(conn, clash, NOW)

    assert [f.code for f in refused.value.findings] == ["code-taken", "code-taken"]
    assert {"H53", "G12"} <= set(" ".join(f.message[1] for f in refused.value.findings).replace(".", " ").split())


async def test_a_refused_agency_leaves_nothing_behind(database):
    await settle(database, MINISTRY)

    code = await refusal(
        database, lambda conn: registry.add(conn, Agency("H99", "x", Level.COMMUNE, aliases=("G12",)), NOW)
    )

    assert code == "code-taken"
    assert await found(database, "H99") is None


async def test_an_agency_without_a_name_is_refused(database):
    assert (
        await refusal(database, lambda conn: registry.add(conn, Agency("H1", " \t", Level.COMMUNE), NOW))
        == "name-missing"
    )


async def test_a_parent_is_kept_under_its_own_code_even_when_it_comes_later(database):
    await settle(database, COMMUNE)
    assert (await found(database, "H53.21")).parent == "000.00.00.H53"

    await settle(database, PROVINCE)

    assert (await found(database, "H53.21")).parent == "H53"


async def test_nobody_is_its_own_parent(database):
    own = Agency("H1", "x", Level.COMMUNE, parent="000.00.00.H1", aliases=("000.00.00.H1",))

    assert await refusal(database, lambda conn: registry.add(conn, own, NOW)) == "parent-itself"


async def test_an_amended_agency_is_what_the_amendment_says(database):
    await settle(database, PROVINCE)
    changed = Agency(
        "H53", "UBND tỉnh Tây Ninh", Level.PROVINCE, aliases=("10.H53",), signature=SignaturePolicy.REQUIRED
    )

    async with database.write() as conn:
        await registry.save(conn, changed, NOW)

    assert await found(database, "10.H53") == changed
    assert await found(database, "000.00.00.H53") is None


async def test_an_alias_belongs_to_one_agency(database):
    await settle(database, PROVINCE, MINISTRY)

    async with database.write() as conn:
        await registry.add_alias(conn, "G12", "00.G12", NOW)
        await registry.add_alias(conn, "G12", "00.g12", NOW)

    assert (await found(database, "00.G12")).code == "G12"
    assert await refusal(database, lambda conn: registry.add_alias(conn, "H53", "00.G12", NOW)) == "code-taken"


async def test_a_suspended_agency_is_known_and_can_be_resumed(database):
    await settle(database, PROVINCE)

    async with database.write() as conn:
        assert (await registry.suspend(conn, "000.00.00.H53", NOW)).suspended
    async with database.write() as conn:
        assert not (await registry.resume(conn, "H53", NOW)).suspended


async def test_a_channel_is_changed_with_its_settings(database):
    await settle(database, PROVINCE)

    async with database.write() as conn:
        changed = await registry.set_channel(conn, "H53", "webhook", {"url": "https://example.vn/hook"}, NOW)

    assert changed.channel == "webhook"


async def test_a_change_for_an_unknown_agency_names_codes_alike(database):
    await settle(database, PROVINCE)

    with pytest.raises(Rejected) as refused:
        async with database.write() as conn:
            await registry.suspend(conn, "H35", NOW)

    assert refused.value.code == "unknown-agency"
    assert "H53" in refused.value.findings[0].fix[1]


# -- succession --------------------------------------------------------------------------------------------------


async def test_a_closed_code_names_its_successor_and_its_last_days(database):
    await settle(database, PROVINCE, Agency("H39", "UBND tỉnh Long An", Level.PROVINCE))

    async with database.write() as conn:
        await succession.close_agency(conn, "H39", Closing(date(2025, 7, 1), ("000.00.00.H53",), 30), NOW)

    closed = await found(database, "H39")
    assert (closed.valid_to, closed.successors, closed.grace_days) == (date(2025, 7, 1), ("H53",), 30)


async def test_closing_again_corrects_the_first_time(database):
    await settle(database, PROVINCE, MINISTRY)

    async with database.write() as conn:
        await succession.close_agency(conn, "H53", Closing(date(2025, 7, 1)), NOW)
        await succession.close_agency(conn, "H53", Closing(date(2025, 8, 1), ("G12",)), NOW)

    assert (await found(database, "H53")).valid_to == date(2025, 8, 1)


async def test_a_successor_nobody_knows_is_refused(database):
    await settle(database, PROVINCE)

    code = await refusal(database, lambda conn: succession.close_agency(conn, "H53", Closing(TODAY, ("H99",)), NOW))

    assert code == "successor-unknown"


async def test_a_succession_never_goes_in_a_circle(database):
    await settle(database, *(Agency(f"H0{n}", "x", Level.PROVINCE) for n in (1, 2, 3)))
    async with database.write() as conn:
        await succession.close_agency(conn, "H01", Closing(TODAY, ("H02",)), NOW)
        await succession.close_agency(conn, "H02", Closing(TODAY, ("H03",)), NOW)

    assert (
        await refusal(database, lambda conn: succession.close_agency(conn, "H03", Closing(TODAY, ("H01",)), NOW))
        == await refusal(database, lambda conn: succession.close_agency(conn, "H03", Closing(TODAY, ("H03",)), NOW))
        == "successor-loop"
    )


async def test_a_code_is_not_closed_before_it_began(database):
    await settle(database, Agency("H1", "x", Level.COMMUNE, valid_from=date(2025, 7, 1)))

    code = await refusal(database, lambda conn: succession.close_agency(conn, "H1", Closing(date(2025, 7, 1)), NOW))

    assert code == "dates-crossed"


async def test_a_merger_closes_all_but_the_one_that_goes_on(database):
    await settle(database, *(Agency(code, "x", Level.PROVINCE) for code in ("H36", "H11", "H16")))

    async with database.write() as conn:
        await succession.merge(conn, ["H11", "H16"], "H36", date(2025, 7, 1), NOW)

    assert [(await found(database, code)).successors for code in ("H11", "H16", "H36")] == [("H36",), ("H36",), ()]


async def test_a_merger_that_is_half_wrong_changes_nothing(database):
    await settle(database, *(Agency(code, "x", Level.PROVINCE) for code in ("H36", "H11")))

    code = await refusal(database, lambda conn: succession.merge(conn, ["H11", "H99"], "H36", TODAY, NOW))

    assert code == "unknown-agency"
    assert (await found(database, "H11")).valid_to is None


async def test_a_split_leaves_the_choice_to_the_senders(database):
    await settle(database, *(Agency(code, "x", Level.COMMUNE) for code in ("H53.1", "H53.2", "H53.3")))

    async with database.write() as conn:
        await succession.split(conn, "H53.1", ["H53.2", "H53.3"], TODAY, NOW)

    assert (await found(database, "H53.1")).successors == ("H53.2", "H53.3")
    assert (
        await refusal(database, lambda c: succession.split(c, "H53.2", ["H53.3", "h53.3"], TODAY, NOW))
        == "successors-few"
    )


async def test_a_renamed_agency_answers_to_the_name_of_the_day_asked_about(database):
    await settle(database, Agency("H57", "UBND tỉnh Thừa Thiên Huế", Level.PROVINCE))

    async with database.write() as conn:
        await succession.rename(conn, "H57", "UBND thành phố Huế", date(2025, 1, 1), NOW)

    assert (await found(database, "H57", date(2024, 12, 31))).name == "UBND tỉnh Thừa Thiên Huế"
    assert (await found(database, "H57", date(2025, 1, 1))).name == "UBND thành phố Huế"
    assert (await found(database, "H57")).name == "UBND thành phố Huế"


async def test_a_name_to_come_is_not_used_before_its_day(database):
    await settle(database, Agency("G10", "Bộ Nông nghiệp", Level.CENTRAL))

    async with database.write() as conn:
        await succession.rename(conn, "G10", "Bộ Nông nghiệp và Môi trường", date(9000, 1, 1), NOW)

    assert (await found(database, "G10")).name == "Bộ Nông nghiệp"
    assert (await found(database, "G10", date(9000, 1, 1))).name == "Bộ Nông nghiệp và Môi trường"


async def test_names_given_out_of_order_still_hold_from_their_days(database):
    await settle(database, Agency("G1", "một", Level.CENTRAL))

    async with database.write() as conn:
        await succession.rename(conn, "G1", "ba", date(2025, 1, 1), NOW)
        await succession.rename(conn, "G1", "hai", date(2020, 1, 1), NOW)
        await succession.rename(conn, "G1", "bốn", date(2025, 1, 1), NOW)

    days = (date(2019, 1, 1), date(2020, 1, 1), date(2026, 1, 1))
    assert [(await found(database, "G1", day)).name for day in days] == ["một", "hai", "bốn"]


async def test_amending_a_renamed_agency_mends_its_present_name_only(database):
    await settle(database, Agency("G1", "cũ", Level.CENTRAL))
    async with database.write() as conn:
        await succession.rename(conn, "G1", "mơí", date(2025, 1, 1), NOW)
        await registry.save(conn, Agency("G1", "mới", Level.CENTRAL), NOW)

    assert (await found(database, "G1")).name == "mới"
    assert (await found(database, "G1", date(2024, 1, 1))).name == "cũ"


# -- searching ---------------------------------------------------------------------------------------------------


async def searched(database, **question) -> list[str]:
    async with database.read() as conn:
        return [agency.code for agency in await agencies.search(conn, **question)]


async def test_names_are_searched_by_words_in_any_order_without_accents(database):
    await settle(database, PROVINCE, COMMUNE, MINISTRY, Agency("H17", "UBND thành phố Ðà Nẵng", Level.PROVINCE))

    assert await searched(database, q="tay ninh") == ["H53"]
    assert await searched(database, q="ninh TÂY") == ["H53"]
    assert await searched(database, q="Đà nẵng") == ["H17"]
    assert await searched(database, q="uy ban") == ["H53", "H53.21"]


async def test_codes_are_searched_by_their_beginning_old_or_new(database):
    await settle(database, PROVINCE, COMMUNE, MINISTRY)

    assert await searched(database, q="h53") == ["H53", "H53.21"]
    assert await searched(database, q="000.00.00.G") == ["G12"]


@pytest.mark.parametrize("q", ["%", "_", "tay%ninh", "'; DROP TABLE agency; --", "\\"])
async def test_signs_of_the_query_language_mean_nothing(database, q):
    await settle(database, PROVINCE)

    assert await searched(database, q=q) == []


async def test_a_former_name_still_finds_the_agency(database):
    await settle(database, Agency("H57", "UBND tỉnh Thừa Thiên Huế", Level.PROVINCE))
    async with database.write() as conn:
        await succession.rename(conn, "H57", "UBND thành phố Huế", date(2025, 1, 1), NOW)

    assert await searched(database, q="thua thien") == ["H57"]
    assert await searched(database, q="thanh pho hue") == ["H57"]


async def test_level_and_parent_narrow_the_search(database):
    await settle(database, PROVINCE, COMMUNE, MINISTRY)

    assert await searched(database, level="province") == ["H53"]
    assert await searched(database, parent="000.00.00.H53") == ["H53.21"]
    assert await searched(database, parent="H99") == []


async def test_a_day_shows_the_codes_that_were_open_on_it(database):
    await settle(
        database,
        Agency("H39", "Long An", Level.PROVINCE, valid_to=date(2025, 7, 1)),
        Agency("H53", "Tây Ninh", Level.PROVINCE),
        Agency("H53.9", "xã mới", Level.COMMUNE, valid_from=date(2025, 7, 1)),
    )

    assert await searched(database, on=date(2025, 6, 30)) == ["H39", "H53"]
    assert await searched(database, on=date(2025, 7, 1)) == ["H53", "H53.9"]
    assert await searched(database) == ["H39", "H53", "H53.9"]


async def test_pages_follow_one_another_without_gap_or_repetition(database):
    await settle(database, *(Agency(f"H{n:02}", "x", Level.PROVINCE) for n in range(10, 25)))
    pages, after = [], ""

    while page := await searched(database, limit=4, after=after):
        pages += page
        after = page[-1]

    assert pages == [f"H{n:02}" for n in range(10, 25)]


async def test_candidates_for_unknown_codes_are_found_in_one_question(database):
    await settle(database, PROVINCE, COMMUNE, MINISTRY)

    async with database.read() as conn:
        with counted(conn) as statements:
            alike = await agencies.candidates(conn, ["Н53", "H35", "000.00.21.H53", "H53.99", "ZZZ"])

    assert len(statements) == 1
    assert alike == {
        "Н53": ("H53",),
        "H35": ("H53",),
        "000.00.21.H53": ("H53.21", "H53"),
        "H53.99": ("H53",),
        "ZZZ": (),
    }


# -- keys and certificates ---------------------------------------------------------------------------------------


async def test_of_a_key_only_a_hash_of_its_secret_is_kept(database):
    await settle(database, PROVINCE)

    async with database.write() as conn:
        text = await keys.issue_key(conn, "H53", NOW)
        row = (await conn.execute(select(api_key))).one()

    prefix, key_id, secret = text.split("_", 2)
    assert (prefix, row.id, len(secret)) == ("trk", key_id, 43)
    assert secret.encode() not in row.hash
    assert row.hash == keys.hash_of(secret)


async def test_a_key_opens_until_it_is_revoked_and_only_with_its_secret(database):
    await settle(database, PROVINCE)
    async with database.write() as conn:
        key_id, secret = keys.split(await keys.issue_key(conn, "H53", NOW))
        assert (await keys.find_key(conn, key_id)).opens_with(secret)
        assert not (await keys.find_key(conn, key_id)).opens_with(secret[:-1] + "!")

        await keys.revoke_key(conn, "H53", key_id, NOW)

        assert not (await keys.find_key(conn, key_id)).opens_with(secret)


async def test_an_agency_may_have_several_keys_and_revokes_only_its_own(database):
    await settle(database, PROVINCE, MINISTRY)
    async with database.write() as conn:
        texts = [await keys.issue_key(conn, "H53", NOW) for _ in range(2)]
        assert len({key.id for key in await keys.keys_of(conn, "H53")}) == 2
    key_id, _ = keys.split(texts[0])

    assert await refusal(database, lambda conn: keys.revoke_key(conn, "G12", key_id, NOW)) == "key-unknown"


def binding(fingerprint: str = "ab" * 32, **facts) -> Binding:
    return Binding(
        **{
            "fingerprint": fingerprint,
            "der": b"der",
            "subject": "CN=Tây Ninh",
            "issuer": "CN=CA",
            "serial": "1",
            "not_before": NOW,
            "not_after": NOW + timedelta(days=365),
            **facts,
        }
    )


async def test_a_bound_certificate_stands_with_its_agency(database):
    await settle(database, PROVINCE)

    async with database.write() as conn:
        await certificates.bind_certificate(conn, "000.00.00.H53", binding(pinned=True), NOW)

    (bound,) = (await found(database, "H53")).certificates
    assert (bound.fingerprint, bound.der, bound.pinned, bound.revoked_at) == ("ab" * 32, b"der", True, None)


async def test_a_certificate_belongs_to_one_agency(database):
    await settle(database, PROVINCE, MINISTRY)
    async with database.write() as conn:
        await certificates.bind_certificate(conn, "H53", binding(), NOW)
        assert await certificates.owner_of(conn, "ab" * 32) == "H53"

    code = await refusal(database, lambda conn: certificates.bind_certificate(conn, "G12", binding(), NOW))

    assert code == "certificate-taken"


async def test_binding_again_changes_whether_it_is_pinned(database):
    await settle(database, PROVINCE)

    async with database.write() as conn:
        await certificates.bind_certificate(conn, "H53", binding(), NOW)
        await certificates.bind_certificate(conn, "H53", binding(pinned=True), NOW)

    assert [bound.pinned for bound in (await found(database, "H53")).certificates] == [True]


async def test_a_revoked_certificate_stays_revoked_and_stays_taken(database):
    await settle(database, PROVINCE, MINISTRY)
    async with database.write() as conn:
        await certificates.bind_certificate(conn, "H53", binding(), NOW)
        await certificates.revoke_certificate(conn, "H53", ":".join(["AB"] * 32), NOW)

    assert not (await found(database, "H53")).certificates[0].holds(NOW)
    assert (
        await refusal(database, lambda c: certificates.bind_certificate(c, "H53", binding(), NOW))
        == "certificate-withdrawn"
    )
    assert (
        await refusal(database, lambda c: certificates.bind_certificate(c, "G12", binding(), NOW))
        == "certificate-taken"
    )


async def test_every_change_of_the_directory_is_a_new_version(database):
    changes = [
        lambda conn: registry.add(conn, PROVINCE, NOW),
        lambda conn: registry.add(conn, MINISTRY, NOW),
        lambda conn: registry.save(conn, PROVINCE, NOW),
        lambda conn: registry.add_alias(conn, "H53", "10.H53", NOW),
        lambda conn: registry.suspend(conn, "H53", NOW),
        lambda conn: registry.resume(conn, "H53", NOW),
        lambda conn: registry.set_channel(conn, "H53", "folder", {}, NOW),
        lambda conn: keys.issue_key(conn, "H53", NOW),
        lambda conn: certificates.bind_certificate(conn, "H53", binding(), NOW),
        lambda conn: certificates.revoke_certificate(conn, "H53", "ab" * 32, NOW),
        lambda conn: succession.rename(conn, "H53", "khác", TODAY, NOW),
        lambda conn: succession.close_agency(conn, "H53", Closing(TODAY, ("G12",)), NOW),
    ]
    versions = []

    for change in changes:
        async with database.write() as conn:
            await change(conn)
        async with database.read() as conn:
            versions.append(await directory_version.current(conn))

    assert versions == sorted(set(versions))
