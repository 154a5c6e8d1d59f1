from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.agency import Agency, BoundCertificate, Level, SignaturePolicy, code_key, code_scheme
from hub.domain.codes import alike, canonical
from hub.errors import Rejected

NOW = datetime(2026, 11, 25, 3, 0, tzinfo=UTC)
CERTIFICATE = BoundCertificate("00" * 32, b"der")


def agency(**facts):
    return Agency(**{"code": "H53", "name": "UBND tỉnh Tây Ninh", "level": Level.PROVINCE, **facts})


@pytest.mark.parametrize(
    "written",
    ["H53", " h53 ", "\u200bH53", "H53\ufeff", "Ｈ５３", "\u00a0h53", "H\u200b53"],
)
def test_noise_around_a_code_does_not_change_its_key(written):
    assert code_key(written) == "H53"


def test_a_look_alike_letter_stays_another_code():
    assert code_key("Н53") != code_key("H53")


def test_inner_spaces_stay_and_so_stay_unknown():
    assert code_key("H 53") == "H 53"


@given(st.text())
def test_a_key_has_no_outer_white_space(text):
    assert code_key(text) == code_key(text).strip()


@pytest.mark.parametrize(
    ("code", "scheme"),
    [
        ("000.00.00.G12", "qcvn102"),
        ("G12", "qd20"),
        ("H37.DN.001", "qd20"),
        ("020100107370", "enterprise"),
        ("00.53.W00", "gateway"),
        ("vxp.saas.03", "other"),
        ("000.1137.H53", "other"),
        ("001.00.20.JB2", "other"),
    ],
)
def test_codes_met_in_the_field_are_sorted_into_their_grammars(code, scheme):
    assert code_scheme(code) == scheme


@pytest.mark.parametrize("code", ["G12", "000.00.00.G12", "vxp.saas.03", "000.1137.H53", "A" * 35, "1"])
def test_a_code_that_somebody_really_uses_is_kept_as_it_is(code):
    assert canonical(code) == code


def test_a_code_of_a_published_grammar_is_kept_in_upper_case():
    assert canonical(" h53.01\u200b") == "H53.01"


@pytest.mark.parametrize("code", ["", "   ", "\u200b", "A" * 36, "H 53", "H53\t01", "H\u202853"])
def test_what_cannot_be_a_code_is_refused(code):
    with pytest.raises(Rejected) as refusal:
        canonical(code)
    assert refusal.value.code == "code-impossible"


@given(st.text(max_size=60))
def test_a_canonical_code_is_its_own_canonical_code(text):
    try:
        code = canonical(text)
    except Rejected:
        return
    assert canonical(code) == code
    assert code_key(code) == code_key(text)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Н27", "H27"),  # a Cyrillic letter
        ("H 27", "H27"),
        ("H72", "H27"),  # two signs changed places
        ("H2", "H27"),
        ("H277", "H27"),
        ("H28", "H27"),
        ("000.00.01.H27", "H27.01"),
        ("H27.01", "000.00.01.H27"),
        ("000.21.32.H53", "H53.32.21"),
        ("28.22.H17", "000.28.22.H17"),
        ("H53.99.77", "H53"),
        ("000.99.77.H53", "000.00.00.H53"),
    ],
)
def test_what_was_meant_is_among_what_is_looked_up(written, meant):
    assert meant in list(alike(written))


@given(st.text())
def test_a_code_of_any_length_costs_a_bounded_number_of_look_ups(text):
    assert sum(1 for _ in alike(text)) < 3_000


def test_a_code_is_closed_from_the_day_named_on():
    closed = agency(valid_to=date(2025, 7, 1))

    assert not closed.is_closed(date(2025, 6, 30))
    assert closed.is_closed(date(2025, 7, 1))


def test_a_closed_code_may_send_through_its_days_of_grace_and_not_a_day_longer():
    closed = agency(valid_to=date(2025, 7, 1), grace_days=30)

    assert closed.may_send(date(2025, 7, 30))
    assert not closed.may_send(date(2025, 7, 31))


def test_without_a_certificate_signatures_are_verified_if_present():
    assert agency().policy is SignaturePolicy.VERIFY_IF_PRESENT


def test_a_bound_certificate_makes_signatures_required():
    assert agency(certificates=(CERTIFICATE,)).policy is SignaturePolicy.REQUIRED


def test_a_revoked_certificate_does_not_lower_the_policy_again():
    revoked = BoundCertificate("00" * 32, b"der", revoked_at=NOW)

    assert agency(certificates=(revoked,)).policy is SignaturePolicy.REQUIRED


def test_a_policy_that_was_set_wins():
    assert agency(certificates=(CERTIFICATE,), signature=SignaturePolicy.REPORT_ONLY).policy == "report-only"


def test_a_binding_holds_between_its_days_and_until_it_is_revoked():
    bound = BoundCertificate("00" * 32, b"", valid_from=NOW, valid_to=NOW + timedelta(days=2))

    assert not bound.holds(NOW - timedelta(seconds=1))
    assert bound.holds(NOW)
    assert not bound.holds(NOW + timedelta(days=2))
    assert not BoundCertificate("00" * 32, b"", revoked_at=NOW).holds(NOW)
