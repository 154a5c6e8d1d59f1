"""Ids that must not double are derived from what they name."""

from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.ids import delivery_id, is_id, new_id, read_id


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_two_agencies_deliveries_of_one_envelope_have_two_ids(first: str, second: str) -> None:
    envelope = new_id()
    assert (delivery_id(envelope, first) == delivery_id(envelope, second)) is (first == second)


def test_the_id_of_a_delivery_is_always_the_same_and_begins_with_its_envelopes_time() -> None:
    envelope = "01938a5e-7c3b-7d11-9a7e-3f0c2b1a4d5e"
    assert delivery_id(envelope, "H53.13") == "01938a5e-7c3b-8b3d-a2b2-5436699dbe52"
    assert UUID(delivery_id(envelope, "H53.13")).version == 8
    assert delivery_id(new_id(), "H53.13") != delivery_id(new_id(), "H53.13")


def test_every_id_the_hub_makes_may_be_looked_up() -> None:
    assert is_id(new_id())
    assert is_id(delivery_id(new_id(), "H53.13"))
    assert not is_id("H53.13")


def test_an_id_is_read_however_it_is_spelled_and_looked_up_as_the_hub_writes_it() -> None:
    plain = new_id()
    for spelled in (plain, plain.upper(), plain.replace("-", ""), plain.replace("-", "").upper()):
        assert read_id(spelled) == plain
        assert is_id(spelled) == (spelled == plain)
    for none in (f"{{{plain}}}", f"urn:uuid:{plain}", plain.replace("-", "", 1), "H53.13", ""):
        assert read_id(none) == none
        assert not is_id(none)
