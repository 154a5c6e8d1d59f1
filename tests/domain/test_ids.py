"""Ids that must not double are derived from what they name."""

from uuid import UUID, uuid5

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.ids import delivery_id, is_id, new_id

DELIVERIES = UUID("6f1d6b0e-6b43-5f0c-9a55-3d0f6e0c7a11")


@given(st.text(st.characters(codec="utf-8")), st.text(st.characters(codec="utf-8")))
def test_the_id_of_a_delivery_is_the_uuid5_of_envelope_and_recipient(envelope: str, recipient: str) -> None:
    assert delivery_id(envelope, recipient) == str(uuid5(DELIVERIES, f"{envelope}/{recipient}"))


def test_every_id_the_hub_makes_may_be_looked_up() -> None:
    assert is_id(new_id())
    assert is_id(delivery_id(new_id(), "H53.13"))
    assert not is_id("H53.13")
