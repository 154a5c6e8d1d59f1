"""What goes into the examination of a PDF and comes out of it, for those who have it done and do not load its parser."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, Final

from hub.trust.algorithms import RSA_2048_UNTIL
from hub.trust.chain import Window

NAME_AT_MOST: Final = 500
"""Characters of a name, or of a reason, that are kept."""


@dataclass(frozen=True, slots=True)
class Anchors:
    """What signers are judged by, each as DER."""

    roots: tuple[bytes, ...] = ()
    intermediates: tuple[bytes, ...] = ()
    crls: tuple[bytes, ...] = ()
    windows: Mapping[str, Window] = field(default_factory=dict)  # of trust, by the CA's fingerprint
    rsa_2048_until: date = RSA_2048_UNTIL


def said(state: str, reason: str = "") -> dict[str, Any]:
    """An answer without signatures."""
    return {"state": state, "reason": reason[:NAME_AT_MOST], "signatures": []}
