"""Mail addresses, as people and other software write them."""

import re
from typing import Final

_AT_MOST: Final = 254  # characters, as a mail server takes them (RFC 5321 §4.5.3.1.3, without the brackets)
_ADDRESS: Final = re.compile(r"[\w.!#$%&'*+/=?^`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]*[A-Za-z0-9])?", re.ASCII)


def is_address(written: str) -> bool:
    """Whether a mail can go there: letters, digits and signs of RFC 5322's `atext`, and nothing that ends a mail's line."""
    return len(written) <= _AT_MOST and _ADDRESS.fullmatch(written) is not None
