"""Whatever comes in wrongly is answered by its own class and code, leaves nothing behind, and spoils nothing after it."""

from collections.abc import Callable

import pytest

from hub.gateway.guards import GUARDS
from tests.edge.hub import Edge
from tests.edge.rows import Case, Refused, Silent, Taken, rewritten
from tests.edge.table import CASES, ELSEWHERE, IDS, TABLE
from tests.edge.wire import Answer
from tests.house.pages import ROOT

pytestmark = pytest.mark.xdist_group("edge")
ECHO_AT_MOST = 200


def check_refusal(answer: Answer, expected: Refused) -> None:
    """A problem document in both languages that says no more than it must."""
    assert (answer.status, answer.code) == (expected.status, expected.code), (answer.status, answer.body[:600])
    problem = answer.json()
    assert answer.headers["content-type"] == "application/problem+json"
    assert problem["type"] == f"/problems/{expected.code}"
    assert problem["status"] == expected.status
    for name in ("title", "detail", "instance", "request_id"):
        assert problem[name], name
    for error in problem["errors"]:
        assert set(error) == {"code", "path", "line", "message", "fix"}
        assert all(error["message"].values()), error
        assert all(error["fix"].values()), error
        assert all(len(text) < 800 + ECHO_AT_MOST for text in error["message"].values())
    for secret in (b"Traceback", b"/hub/", b"site-packages", b"sqlite", b"lxml"):
        assert secret not in answer.body
    if expected.status == 401:
        assert answer.headers["www-authenticate"].startswith("Bearer")
    if expected.status == 405:
        assert answer.headers["allow"]
    if expected.status in (429, 503, 507):
        assert int(answer.headers["retry-after"]) >= 1
    check_guards(answer)


def check_guards(answer: Answer) -> None:
    """What guards browsers stands on every answer."""
    for name, value in GUARDS:
        if name != b"cache-control":
            assert answer.headers[name.decode()] == value.decode()


def check_good(edge: Edge, case: Case) -> None:
    """The next good request succeeds."""
    good = edge.post(edge.good()) if case.hub == "plain" else rewritten(lambda body: body, by="H70")(edge)
    assert isinstance(good, Answer)
    assert good.status == (202 if case.hub != "stale" else 503), good.body
    check_guards(good)


@pytest.mark.parametrize("case", CASES, ids=str)
def test_a_bad_request_gets_its_own_answer_and_leaves_nothing(hubs: Callable[[str], Edge], case: Case) -> None:
    edge = hubs(case.hub)
    before, files = edge.at_rest(), edge.files()

    heard = case.act(edge)

    after = edge.at_rest()
    answers = heard if isinstance(heard, list) else [heard]
    expected = case.expected
    for answer in answers:
        if isinstance(expected, Silent):
            assert answer is None
            continue
        assert answer is not None, "no answer"
        if isinstance(expected, Refused):
            check_refusal(answer, expected)
        else:
            assert answer.status == expected.status, answer.body[:600]
            assert set(expected.warnings) <= {found["code"] for found in answer.json().get("warnings", [])}, answer.body
    if not isinstance(expected, Taken) and not isinstance(heard, list):  # a list: something good went before it
        assert after == before
        assert edge.files() == files
    check_good(edge, case)


def test_every_row_of_the_checklist_is_in_the_table() -> None:
    assert sorted({row.row for row in TABLE}) == list(IDS)


def test_every_row_has_cases_or_one_reason_why_not() -> None:
    with_cases = {case.row for case in CASES}
    without = [row.row for row in ELSEWHERE]

    assert len(set(without)) == len(without)
    assert not with_cases & set(without)


def test_no_two_cases_have_one_name() -> None:
    assert len({str(case) for case in CASES}) == len(CASES)


@pytest.mark.parametrize("row", ELSEWHERE, ids=lambda row: row.row)
def test_what_is_answered_elsewhere_is_shown_there(row) -> None:
    path, _, name = row.test.partition("::")

    assert f"def {name}(" in (ROOT / path).read_text("utf-8")
