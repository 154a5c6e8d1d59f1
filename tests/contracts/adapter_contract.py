"""What every adapter does, whatever it reaches. A class of tests for each adapter gives it a `place`."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from hub.adapter import Adapter, Handover, Parcel
from hub.errors import PermanentFailure, TemporaryFailure
from tests.adapters.parcels import parcel

Settings = dict[str, str]


@dataclass(frozen=True, slots=True)
class Place:
    """An adapter, and somewhere real for its parcels to arrive."""

    adapter: Adapter
    good: Settings
    failing: Settings  # an endpoint that is there but cannot take anything just now
    hopeless: Settings  # well-formed settings of an endpoint that says never
    wrong: Settings  # settings that check() has something to say about
    received: Callable[[], list[str]]  # the delivery ids the agency's system has seen


class AdapterContract:
    """Subclass it as `Test…` and define the fixture `place`."""

    async def test_a_parcel_is_handed_over(self, place: Place) -> None:
        one = parcel(place.good)

        handover = await place.adapter.hand_over(one)

        assert isinstance(handover, Handover)
        assert handover.detail
        assert place.received() == [one.delivery_id]

    async def test_a_status_report_is_handed_over_like_a_document(self, place: Place) -> None:
        report = parcel(place.good, kind="status", code="03", subject="")

        await place.adapter.hand_over(report)

        assert place.received() == [report.delivery_id]

    async def test_an_endpoint_that_fails_is_a_temporary_failure_with_a_reason(self, place: Place) -> None:
        with pytest.raises(TemporaryFailure, match=r"\w+"):
            await place.adapter.hand_over(parcel(place.failing))

    async def test_a_hopeless_endpoint_is_a_permanent_failure_with_a_reason(self, place: Place) -> None:
        with pytest.raises(PermanentFailure, match=r"\w+"):
            await place.adapter.hand_over(parcel(place.hopeless))

    @pytest.mark.parametrize("case", ["wrong", "none"])
    async def test_settings_that_cannot_be_used_are_a_permanent_failure(self, place: Place, case: str) -> None:
        settings = place.wrong if case == "wrong" else {}

        with pytest.raises(PermanentFailure, match=r"\w+"):
            await place.adapter.hand_over(parcel(settings))

    async def test_the_same_parcel_twice_is_one_delivery_to_the_agency(self, place: Place) -> None:
        one = parcel(place.good)

        await place.adapter.hand_over(one)
        await place.adapter.hand_over(parcel(place.good, attempt=2))

        assert set(place.received()) == {one.delivery_id}

    async def test_the_same_parcel_twice_at_once_is_one_delivery_to_the_agency(self, place: Place) -> None:
        one = parcel(place.good)

        await asyncio.gather(*(place.adapter.hand_over(one) for _ in range(4)))

        assert set(place.received()) == {one.delivery_id}

    async def test_many_parcels_at_once_all_arrive(self, place: Place) -> None:
        many = [parcel(place.good, number) for number in range(1, 33)]

        await asyncio.gather(*(place.adapter.hand_over(one) for one in many))

        assert sorted(place.received()) == sorted(one.delivery_id for one in many)

    async def test_a_parcel_arrives_whatever_becomes_of_its_neighbours(self, place: Place) -> None:
        turns = [place.failing, place.good, place.hopeless, place.good, {}, place.good]
        parcels = [parcel(settings, number) for number, settings in enumerate(turns, 1)]

        outcomes = await asyncio.gather(*map(place.adapter.hand_over, parcels), return_exceptions=True)

        good = [one for one in parcels if one.config is place.good]
        handed_over = [one for one, outcome in zip(parcels, outcomes, strict=True) if isinstance(outcome, Handover)]
        assert handed_over == good
        assert {one.delivery_id for one in good} <= set(place.received())

    async def test_after_a_failure_the_next_parcel_arrives(self, place: Place) -> None:
        with pytest.raises(TemporaryFailure):
            await place.adapter.hand_over(parcel(place.failing, 1))

        await place.adapter.hand_over(parcel(place.good, 2))

        assert parcel(place.good, 2).delivery_id in place.received()

    @pytest.mark.parametrize(
        "words", ["a\r\nBcc: b@c.vn", '../../etc/passwd\\"\x00', "\u202egnp.fdp", "Đ" * 5000, "\u2028\x1b[2J"]
    )
    async def test_hostile_words_in_a_document_do_no_harm(self, place: Place, words: str) -> None:
        hostile: Parcel = parcel(place.good, code=words, subject=words, document_id=words, sender="000.00.00.H53")

        await place.adapter.hand_over(hostile)

        assert place.received() == [hostile.delivery_id]

    async def test_check_has_nothing_to_say_about_settings_that_work(self, place: Place) -> None:
        assert place.adapter.check(place.good) == []

    async def test_check_speaks_in_sentences(self, place: Place) -> None:
        faults = [*place.adapter.check({}), *place.adapter.check(place.wrong)]
        sentences = [sentence for pair in faults for sentence in pair]

        assert len(faults) > 1
        assert all(vi != en for vi, en in faults)
        assert all(sentence[0].isupper() and sentence.endswith(".") for sentence in sentences)

    async def test_it_has_a_name_that_fits_the_directory(self, place: Place) -> None:
        assert place.adapter.name.isidentifier()
        assert place.adapter.name.islower()

    async def test_closing_twice_is_as_good_as_once(self, place: Place) -> None:
        await place.adapter.hand_over(parcel(place.good))

        await place.adapter.close()
        await place.adapter.close()
