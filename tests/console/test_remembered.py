"""Answers shared for some seconds: asked once for all who look, and never older than what they look at."""

import asyncio

import pytest

from hub.console.remembered import Remembered


class Clock:
    """Seconds that stand still until they are moved."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


class Asked:
    """A question that counts how often it was asked, and answers that."""

    count = 0

    async def __call__(self) -> int:
        self.count += 1
        mine = self.count
        await asyncio.sleep(0)
        return mine


async def test_many_at_once_ask_once_and_again_when_it_is_old() -> None:
    clock, ask = Clock(), Asked()
    remembered = Remembered(clock)

    assert set(await asyncio.gather(*(remembered.get("a", 5, ask) for _ in range(200)))) == {1}
    clock.now = 5
    assert await remembered.get("a", 5, ask) == 1
    clock.now = 5.1
    assert await remembered.get("a", 5, ask) == 2
    assert await remembered.get("b", 5, ask) == 3


async def test_another_version_of_what_is_asked_about_is_asked_for_at_once_and_takes_the_place_of_the_first() -> None:
    ask, remembered = Asked(), Remembered(Clock())

    assert set(await asyncio.gather(*(remembered.get("a", 5, ask, "first") for _ in range(9)))) == {1}
    assert set(await asyncio.gather(*(remembered.get("a", 5, ask, "second") for _ in range(9)))) == {2}
    for other in range(199):  # there is room for two hundred answers; versions take none
        await remembered.get(other, 5, ask)
    assert await remembered.get("a", 5, ask, "second") == 2


async def test_a_failure_is_told_and_asked_again() -> None:
    remembered = Remembered(Clock())

    async def fail() -> int:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        await remembered.get("a", 5, fail)
    assert await remembered.get("a", 5, Asked()) == 1
