"""What every face does with a body that came whole: open it, put its signer on record, say all that speaks against it."""

from collections.abc import Callable
from datetime import datetime

from hub import enrol
from hub.domain.agency import Agency
from hub.domain.envelope import StatusMessage
from hub.errors import RevocationUnavailable
from hub.findings import Finding
from hub.ingress import open_envelope
from hub.spool import Body, held
from hub.wiring import Hub
from hub.xml.open import Faulty, Opened


async def opened(hub: Hub, caller: Agency, body: Body, now: datetime, *, keeps: bool = True) -> Opened:
    """Open a body as the caller's, and put the signer's certificate on record where it was only announced.

    Raises what `open_envelope` raises. Without `keeps` (a dry run) nothing is put on record.
    """
    try:
        found = await open_envelope(body, caller, now, hub.trust)
    except RevocationUnavailable as error:
        if keeps:
            await enrol.met(caller, error.verdict, now, hub.database, hub.directory)
        raise
    if keeps and found.verdict.unrecorded:
        await enrol.met(caller, found.verdict, now, hub.database, hub.directory)
    return found


async def further(hub: Hub, caller: Agency, error: Faulty, now: datetime) -> list[Finding]:
    """What else speaks against a message whose content is refused, so that all of it is said at once."""
    message = error.opened.message
    if isinstance(message, StatusMessage):
        return []
    more = await hub.acceptor.further(caller, message, error.opened.verdict, now)
    is_told = any(found.code.startswith("signature-") for found in error.findings)
    return [found for found in more if not (is_told and found.path == "Signature")]


def of_status(body: Body, take: Callable[[int], None]) -> bytes:
    """The bytes of a status message, which are kept in its row; weighed in by `take` where they lay in a file."""
    if not isinstance(body, bytes):
        take(len(body))
    return held(body)
