"""What all mails of the hub have in common: how they are headed and finished, and what they are written from."""

from collections.abc import Mapping
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final

import jinja2

from hub.settings import Settings

_PLACE: Final = "[subject to come]"


def message_id(settings: Settings, *names: object) -> str:
    """The Message-ID of a mail: what it is called, at the domain the hub's mails come from."""
    domain = settings.mail_from.rpartition("@")[2].rstrip(">") or "truc"
    return f"<{'.'.join(map(str, names))}@{domain}>"


def begun(
    template: str, page: Mapping[str, Any], address: str, identity: str, settings: Settings, now: datetime
) -> EmailMessage:
    """A mail without its subject: its text, and its HTML beside it. `identity`: its Message-ID."""
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = address
    message["Message-ID"] = identity
    message["Date"] = format_datetime(now)
    message["Auto-Submitted"] = "auto-generated"
    templates = jinja2.Environment(
        loader=jinja2.PackageLoader("hub.alert"),
        autoescape=jinja2.select_autoescape(("html",)),
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    message.set_content(templates.get_template(f"{template}.txt").render(page), cte="base64")
    message.add_alternative(templates.get_template(f"{template}.html").render(page), subtype="html", cte="base64")
    return message


def attach(message: EmailMessage, name: str, body: bytes, media: str) -> None:
    """Add a file of a media type."""
    maintype, _, subtype = media.partition("/")
    message.add_attachment(body, maintype, subtype, filename=name)


def finished(message: EmailMessage, subject: str) -> bytes:
    """The message with its subject, as it goes to the server: 7-bit lines, whatever the server knows.

    The subject is encoded here: where the library folds a long one between two encoded words it loses the space.
    """
    message["Subject"] = _PLACE
    line = Header(subject, "utf-8", header_name="Subject").encode(linesep="\r\n")
    return message.as_bytes().replace(_PLACE.encode(), line.encode(), 1)
