"""Why deliveries fail, in groups: the part of a reason that many share, without what is different in each."""

import re
from typing import Final

UNKNOWN: Final = "unknown"
QUARANTINE: Final = "quarantine"
_TRIES: Final = re.compile(r"\d+ tries failed; last: ")
_VARYING: Final = re.compile(r"(?<= in )\d+(?= ms)|(?<=the name )\S+|\d{5,}|[0-9a-f]{8,}|https?://\S+")
_AT_MOST: Final = 80  # characters
_BARE: Final = re.compile(r"[a-z]+")  # says where, not yet what


def cause_of(reason: str | None) -> str:
    """The group a reason belongs to: `"8 tries failed; last: 502 Bad Gateway"` and its like are `"502 Bad Gateway"`.

    What stands before the first colon is the cause, what follows tells one case, unless it is a bare word such as
    `webhook`; numbers that differ are left out.
    """
    said = _TRIES.sub("", reason or "", count=1)
    first, *more = (" ".join(part.split()) for part in _VARYING.sub("…", said).split(":", 2))
    if more and first != QUARANTINE and _BARE.fullmatch(first):
        first = f"{first}: {more[0]}"
    return first[:_AT_MOST] or UNKNOWN
