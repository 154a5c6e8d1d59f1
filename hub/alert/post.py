"""Send written mails through the mail server, each once."""

import ssl
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

import aiosmtplib

from hub import failpoint, log
from hub.alert.tools import Tools
from hub.store.watching import mails
from hub.store.watching.mails import Letter

if TYPE_CHECKING:
    from hub.settings import Settings

_AT_MOST: Final = 200  # mails of one turn
_SECONDS: Final = 30.0  # for each answer of the server
_PERMANENT: Final = 500
_AGAIN: Final = timedelta(minutes=1)
_LATER: Final = timedelta(minutes=15)
_logger = log.get(__name__)


async def send(room: Tools, now: datetime) -> int:
    """Send what is due; answers how many the server took. A server that is down delays them, and nothing else."""
    async with room.database.write() as conn:
        for address in await mails.give_up_lost(conn, now):
            _logger.error("mail.uncertain", address=address)
    async with room.database.read() as conn:
        due = bool(room.settings.smtp_host) and await mails.is_any_due(conn, now)
    if not due:
        return 0
    try:
        server = await _connected(room.settings)
    except (aiosmtplib.SMTPException, OSError) as error:
        await _down(room, now, error)
        return 0
    sent = 0
    try:
        while sent < _AT_MOST:
            async with room.database.write() as conn:
                letter = await mails.claim(conn, now)
            if letter is None:
                break
            if not await _send(room, server, letter, now):
                break
            sent += 1
    finally:
        server.close()
    return sent


async def _down(room: Tools, now: datetime, error: Exception) -> None:
    async with room.database.write() as conn:
        waiting = await mails.delay(conn, now, now + _AGAIN, _said(error))
    _logger.warning("mail.down", host=room.settings.smtp_host, reason=_said(error), waiting=waiting)


async def _connected(settings: "Settings") -> aiosmtplib.SMTP:
    context = ssl.create_default_context(cafile=settings.smtp_ca or None)
    server = aiosmtplib.SMTP(
        hostname=settings.smtp_host,
        port=settings.smtp_port,
        timeout=_SECONDS,
        use_tls=settings.smtp_tls == "tls",
        start_tls=settings.smtp_tls == "starttls",
        tls_context=None if settings.smtp_tls == "none" else context,
        username=settings.smtp_user or None,
        password=settings.smtp_password.get_secret_value() or None,
    )
    await server.connect()
    return server


async def _send(room: Tools, server: aiosmtplib.SMTP, letter: Letter, now: datetime) -> bool:
    """Send one and settle it. False when the connection is of no use any more."""
    state, error, again = mails.SENT, None, None
    is_said = False  # whether the content may have reached the server
    try:
        await server.mail(room.settings.mail_from)
        await server.rcpt(letter.address)
        is_said = True
        await server.data(letter.body)
        failpoint.reach("mail-taken")
    except aiosmtplib.SMTPResponseException as refusal:  # the server has spoken: it did not take it
        error = _said(refusal)
        is_final = refusal.code >= _PERMANENT and not isinstance(refusal, aiosmtplib.SMTPSenderRefused)
        state, again = (mails.REFUSED, None) if is_final else (mails.WRITTEN, now + _LATER)
    except (aiosmtplib.SMTPException, OSError) as failure:
        error = _said(failure)
        state, again = (mails.UNCERTAIN, None) if is_said else (mails.WRITTEN, now + _AGAIN)
    async with room.database.write() as conn:
        await mails.settle(conn, letter.id, state, now, error, again)
    if state == mails.SENT:
        return True
    _logger.warning("mail.not-sent", address=letter.address, digest=letter.digest, state=state, reason=error)
    if not server.is_connected:
        return False
    await server.rset()
    return True


def _said(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]
