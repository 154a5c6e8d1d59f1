"""Values that callers give: kinds beyond what JSON's own kinds say, and names without a value."""

from datetime import UTC, datetime
from typing import Annotated, Final

from pydantic import AfterValidator, AwareDatetime

from hub.domain.ids import read_id
from hub.gateway.proxies import Scope


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


_AS_SENT: Final = "truc.query"  # kept in a scope whose query was changed


def without_empty(scope: Scope) -> Scope:
    """The question without the parameters that were given no value: `?level=&on=` asks for any level, on no day."""
    sent: bytes = scope["query_string"]
    if scope["method"] not in ("GET", "HEAD") or not sent:
        return scope
    kept = b"&".join(piece for piece in sent.split(b"&") if piece.partition(b"=")[2])
    return scope if kept == sent else {**scope, "query_string": kept, _AS_SENT: sent}


def query_as_sent(scope: Scope) -> bytes:
    """The query as it came: what a signature of the request is over."""
    query: bytes = scope.get(_AS_SENT, scope["query_string"])
    return query
