"""Why deliveries fail, in groups: the part of a reason that many share, without what is different in each."""

import re
from typing import Final

UNKNOWN: Final = "unknown"
QUARANTINE: Final = "quarantine"
_TRIES: Final = re.compile(r"\d+ tries failed; last: ")
_VARYING: Final = re.compile(r"\d{5,}|[0-9a-f]{8,}|https?://\S+")
_AT_MOST: Final = 80  # characters


def cause_of(reason: str | None) -> str:
    """The group a reason belongs to: `"8 tries failed; last: 502 Bad Gateway"` and its like are `"502 Bad Gateway"`.

    What stands before the first colon is the cause, what follows tells one case; numbers that differ are left out.
    """
    said = _TRIES.sub("", reason or "", count=1)
    plain = " ".join(_VARYING.sub("…", said).split(":", 1)[0].split())
    return plain[:_AT_MOST] or UNKNOWN
