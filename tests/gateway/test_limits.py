from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.roles import Role
from hub.errors import TooMany
from hub.limits import Buckets
from hub.store import bell
from tests.town import Town, founded


class Clock:
    now = 1000.0

    def __call__(self) -> float:
        return self.now


def taken(buckets: Buckets, caller: str, times: int) -> int:
    done = 0
    for _ in range(times):
        try:
            buckets.take(caller)
        except TooMany:
            continue
        done += 1
    return done


def test_a_caller_may_ask_as_fast_as_it_likes_until_its_bucket_is_empty() -> None:
    buckets = Buckets(2, 5, Clock())

    assert taken(buckets, "a", 9) == 5
    assert taken(buckets, "b", 9) == 5


def test_the_wait_that_is_told_is_enough() -> None:
    clock = Clock()
    buckets = Buckets(0.25, 1, clock)
    buckets.take("a")
    with pytest.raises(TooMany) as refused:
        buckets.take("a")

    assert refused.value.retry_after == 4
    clock.now += refused.value.retry_after
    buckets.take("a")


@given(st.lists(st.floats(0, 10), min_size=1, max_size=60))
def test_over_any_time_no_more_goes_through_than_the_burst_and_the_rate_allow(pauses: list[float]) -> None:
    clock = Clock()
    buckets, done = Buckets(3, 4, clock), 0
    for pause in pauses:
        clock.now += pause
        done += taken(buckets, "a", 20)

    assert done <= 4 + 3 * sum(pauses) + 1e-6


def test_a_rate_of_zero_limits_nobody() -> None:
    assert taken(Buckets(0, 1, Clock()), "a", 1000) == 1000


@pytest.fixture
async def narrow(tmp_path: Path) -> AsyncIterator[Town]:
    async with founded(tmp_path, rate_per_second=0.001, rate_burst=3) as made:
        yield made


async def test_who_asks_too_often_is_told_when_to_come_back_and_nobody_else_is(narrow: Town) -> None:
    busy, calm = await narrow.settle("H53"), await narrow.settle("H29")

    answers = [await busy.call("GET", "/v1/inbox") for _ in range(4)]
    posted = await busy.post(b"<edXML/>")

    assert [a.status_code for a in answers] == [200, 200, 200, 429]
    assert (posted.status_code, posted.json()["code"]) == (429, "rate-limited")
    assert int(posted.headers["retry-after"]) > 0
    assert (await calm.call("GET", "/v1/inbox")).status_code == 200
    async with await narrow.watcher(Role.OPERATOR) as person:
        assert [(await person.get("/v1/envelopes")).status_code for _ in range(4)][-1] == 429


async def test_as_many_as_may_wait_for_one_agency_and_the_next_is_told_to_come_back(tmp_path: Path) -> None:
    async with founded(tmp_path) as town:
        office, other = await town.settle("H53"), await town.settle("H29")
        ring = town.hub.database.bell
        async with AsyncExitStack() as waiting:
            for key in (bell.inbox("H53"), bell.feed("H53")):
                for _ in range(100):
                    await waiting.enter_async_context(ring.waiting(key))
            refused = [
                await office.call("GET", path) for path in ("/v1/inbox?wait=1", "/v1/inbox/stream", "/v1/status?wait=1")
            ]
            at_once = [await office.call("GET", path) for path in ("/v1/inbox", "/v1/status")]
            others = await other.call("GET", "/v1/inbox?wait=0.01")

        for answer in refused:
            assert (answer.status_code, answer.json()["code"]) == (429, "too-many-waiting")
            assert answer.headers["retry-after"] == "5"
        assert [answer.status_code for answer in (*at_once, others)] == [200] * 3
        assert (await office.call("GET", "/v1/inbox?wait=0.01")).status_code == 200
