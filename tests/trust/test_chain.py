"""What a chain is worth, on a small PKI: a root, a CA under it, and what they and others in their name issue."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from hub.domain.trust import Judgement
from hub.trust.chain import Judge
from tests.pki import CA, NOW, Identity, Usage, issue, make_ca, make_crl

DAY = timedelta(days=1)
ROOT = make_ca("Root")
SUB = make_ca("Sub", above=ROOT)
UNDER_ROOT = issue(ROOT, "Leaf of root", "p-256")
UNDER_SUB = issue(SUB, "Leaf of sub", "p-256")

GOOD = (None, "")
UNKNOWN = (None, "revocation-unavailable")
UNTRUSTED = (Judgement.UNTRUSTED, "certificate-chain")
EXPIRED = (Judgement.EXPIRED, "certificate-time")
REVOKED = (Judgement.REVOKED, "certificate-revoked")


def judged(
    leaf: Identity,
    roots: Iterable[Identity] = (ROOT,),
    subs: Iterable[Identity] = (SUB,),
    crls: Iterable[bytes] | None = None,
    now: datetime = NOW,
) -> tuple[Judgement | None, str]:
    lists = [make_crl(ROOT), make_crl(SUB)] if crls is None else crls
    chain = Judge([r.der for r in roots], [s.der for s in subs], lists).judge(leaf.der, now)
    return chain.judgement, chain.reason


def test_a_certificate_of_a_root_is_good():
    assert judged(UNDER_ROOT, subs=[], crls=[make_crl(ROOT)]) == GOOD


def test_a_leaf_that_comes_alone_reaches_the_root_through_the_stored_intermediate():
    assert judged(UNDER_SUB) == GOOD


def test_without_the_intermediate_it_does_not():
    assert judged(UNDER_SUB, subs=[]) == UNTRUSTED


def test_a_certificate_of_another_root_is_untrusted():
    other = make_ca("Other root")
    assert judged(issue(other, "Leaf", "p-256"), crls=[make_crl(other), make_crl(ROOT)]) == UNTRUSTED


def test_a_self_signed_certificate_is_untrusted():
    assert judged(issue(None, "Alone", "p-256")) == UNTRUSTED


def test_a_certificate_of_a_ca_that_only_bears_the_name_of_the_root_is_untrusted():
    impostor = make_ca("Root", "p-384")
    assert judged(issue(impostor, "Leaf", "p-256")) == UNTRUSTED


def test_a_certificate_of_a_ca_that_only_bears_the_name_of_the_intermediate_is_untrusted():
    impostor = make_ca("Sub", "p-384")
    assert judged(issue(impostor, "Leaf", "p-256"), subs=[SUB, impostor]) == UNTRUSTED


def test_the_right_ca_is_found_beside_one_of_the_same_name():
    impostor = make_ca("Sub", "p-384")
    assert judged(UNDER_SUB, subs=[impostor, SUB]) == GOOD


@pytest.mark.parametrize(("start", "end"), [(-90, -1), (1, 90)], ids=["which-has-expired", "which-is-not-yet-valid"])
def test_no_certificate_of_the_chain_may_be_out_of_its_time(start, end):
    time = {"valid_from": NOW + start * DAY, "valid_to": NOW + end * DAY}
    assert judged(issue(SUB, "Leaf of sub", "p-256", **time)) == EXPIRED
    assert judged(UNDER_SUB, subs=[make_ca("Sub", above=ROOT, **time)]) == EXPIRED
    assert judged(UNDER_SUB, roots=[make_ca("Root", **time)]) == EXPIRED


def test_an_expired_root_does_not_stand_before_its_renewal_with_the_same_key():
    old = make_ca("Root", valid_to=NOW - DAY)
    assert judged(UNDER_SUB, roots=[old, ROOT]) == GOOD
    assert judged(UNDER_SUB, roots=[ROOT, old]) == GOOD


def test_a_revoked_leaf_is_revoked():
    assert judged(UNDER_SUB, crls=[make_crl(ROOT), make_crl(SUB, [UNDER_SUB])]) == REVOKED


def test_a_leaf_of_a_revoked_ca_is_revoked():
    assert judged(UNDER_SUB, crls=[make_crl(ROOT, [SUB]), make_crl(SUB)]) == REVOKED


def test_without_any_list_nobody_can_say():
    assert judged(UNDER_SUB, crls=[]) == UNKNOWN


@pytest.mark.parametrize("there", [ROOT, SUB], ids=["the-root's", "the-sub's"])
def test_one_list_is_not_enough_for_a_chain_of_two(there):
    assert judged(UNDER_SUB, crls=[make_crl(there)]) == UNKNOWN


def test_a_stale_list_says_nothing():
    stale = make_crl(SUB, this_update=NOW - 9 * DAY, next_update=NOW - DAY)
    assert judged(UNDER_SUB, crls=[make_crl(ROOT), stale]) == UNKNOWN


def test_a_list_holds_until_its_last_second():
    judge = Judge([ROOT.der], [], [make_crl(ROOT, next_update=NOW)])
    assert judge.judge(UNDER_ROOT.der, NOW).is_known
    assert not judge.judge(UNDER_ROOT.der, NOW + timedelta(microseconds=1)).is_known


def test_a_list_of_tomorrow_says_nothing_today():
    assert judged(UNDER_ROOT, crls=[make_crl(ROOT, this_update=NOW + DAY)]) == UNKNOWN


def test_a_list_by_an_impostor_with_the_same_name_says_nothing():
    impostor = make_ca("Sub", "p-384")
    assert judged(UNDER_SUB, crls=[make_crl(ROOT), make_crl(impostor)]) == UNKNOWN
    assert judged(UNDER_SUB, crls=[make_crl(ROOT), make_crl(SUB), make_crl(impostor, [UNDER_SUB])]) == GOOD


def test_a_revoked_leaf_is_revoked_although_the_list_of_the_root_is_missing():
    assert judged(UNDER_SUB, crls=[make_crl(SUB, [UNDER_SUB])]) == REVOKED


def test_what_is_not_trusted_is_not_excused_by_a_missing_list():
    impostor = make_ca("Sub", "p-384")
    assert judged(issue(impostor, "Leaf", "p-256"), crls=[]) == UNTRUSTED


def test_a_chain_longer_than_the_root_allows_is_untrusted():
    root = make_ca("Root", usage=replace(CA, path_length=0))
    assert judged(UNDER_SUB, roots=[root]) == UNTRUSTED


def test_a_chain_longer_than_an_intermediate_allows_is_untrusted():
    sub = make_ca("Sub", above=ROOT, usage=replace(CA, path_length=0))
    below = make_ca("Below", above=sub)
    leaf = issue(below, "Leaf", "p-256")
    lists = [make_crl(ROOT), make_crl(SUB), make_crl(below)]
    assert judged(leaf, subs=[sub, below], crls=lists) == UNTRUSTED
    assert judged(leaf, subs=[SUB, below], crls=lists) == GOOD


@pytest.mark.parametrize(
    "usage",
    [Usage(("key_cert_sign", "crl_sign"), is_ca=False), Usage(("digital_signature", "crl_sign"), is_ca=True)],
    ids=["no-ca", "no-key-cert-sign"],
)
def test_who_may_not_issue_leads_nowhere(usage):
    assert judged(UNDER_SUB, subs=[make_ca("Sub", above=ROOT, usage=usage)]) == UNTRUSTED


def test_a_certificate_signed_with_a_weak_key_is_untrusted():
    weak = make_ca("Weak", "rsa-1024", above=ROOT)
    leaf = issue(weak, "Leaf", "p-256")
    assert judged(leaf, subs=[weak], crls=[make_crl(ROOT), make_crl(weak)]) == UNTRUSTED


def test_of_two_ways_to_a_root_one_good_one_is_enough():
    other = make_ca("Other root")
    crossed = make_ca("Sub", above=other)
    lists = [make_crl(ROOT, [SUB]), make_crl(SUB), make_crl(other)]
    assert judged(UNDER_SUB, roots=[ROOT, other], subs=[SUB, crossed], crls=lists) == GOOD
    assert judged(UNDER_SUB, crls=lists) == REVOKED


def test_a_store_in_which_cas_certify_each_other_in_a_ring_is_judged_all_the_same():
    one, two = make_ca("One", above=make_ca("Two")), make_ca("Two", above=make_ca("One"))
    assert judged(issue(one, "Leaf", "p-256"), subs=[one, two]) == UNTRUSTED


def test_bytes_that_are_no_certificate_are_untrusted():
    chain = Judge([ROOT.der], [], []).judge(b"\x30\x03\x02\x01\x00", NOW)
    assert chain.judgement is Judgement.UNTRUSTED


def test_what_was_judged_is_remembered_until_something_of_it_ends():
    judge = Judge([ROOT.der], [], [make_crl(ROOT, next_update=NOW + timedelta(minutes=10))])
    assert judge.recall(UNDER_ROOT.der, NOW) is None
    first = judge.judge(UNDER_ROOT.der, NOW)
    assert judge.recall(UNDER_ROOT.der, NOW + timedelta(minutes=9)) is first
    assert judge.recall(UNDER_ROOT.der, NOW + timedelta(minutes=11)) is None
    assert judge.judge(UNDER_ROOT.der, NOW + timedelta(minutes=11)).reason == "revocation-unavailable"


def test_what_was_judged_is_not_believed_of_an_earlier_time():
    judge = Judge([ROOT.der], [], [make_crl(ROOT)])
    judge.judge(UNDER_ROOT.der, NOW)
    assert judge.recall(UNDER_ROOT.der, NOW - 2 * DAY) is None
