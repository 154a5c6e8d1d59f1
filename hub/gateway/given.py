"""Kinds of values that callers give, beyond what JSON's own kinds say."""

from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, AwareDatetime

from hub.domain.ids import read_id


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError:
        message = "0001-01-02 – 9999-12-30"
        raise ValueError(message) from None


Moment = Annotated[AwareDatetime, AfterValidator(_in_utc)]
"""A time with its offset that there is in every zone: the first and the last day of all years are in some of another."""

Id = Annotated[str, AfterValidator(read_id)]
"""The id of anything, however its caller's system spells it; what is none is found nowhere."""
