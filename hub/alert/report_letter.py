"""A report as a mail: what it came to in words, the report itself as files."""

from collections.abc import Mapping
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import urlencode

from hub.alert.letter import finished, templates
from hub.alert.printing import MEDIA
from hub.domain.indicator import SHARES, totals
from hub.domain.indicator_words import ABOUT, FIGURES, TITLES, period_name
from hub.settings import Settings

_NOTHING: Final = "–"


def composed(
    made: Mapping[str, Any],
    files: Mapping[str, bytes],
    address: str,
    message_id: str,
    settings: Settings,
    now: datetime,
) -> tuple[str, bytes]:
    """The subject, and the whole message as it goes to the server. `files`: form -> the report in it."""
    title, period = TITLES[made["kind"]], period_name(made["period"])
    subject = f"[Trục liên thông] Báo cáo {title[0]} – {period[0]}" + (f" – {made['scope']}" if made["scope"] else "")
    link = settings.public_url.rstrip("/")
    page = {
        "made": made,
        "title": title,
        "period": period,
        "about": ABOUT[made["kind"]],
        "figures": [(*FIGURES[name], _said(name, value)) for name, value in totals(made).items()],
        "link": f"{link}/reports?{urlencode({'kind': made['kind'], 'period': made['period']})}" if link else "",
    }
    message = EmailMessage(policy=SMTP)
    message["From"] = settings.mail_from
    message["To"] = address
    message["Message-ID"] = message_id
    message["Date"] = format_datetime(now)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(templates().get_template("report.txt").render(page), cte="base64")
    message.add_alternative(templates().get_template("report.html").render(page), subtype="html", cte="base64")
    for form, body in files.items():
        maintype, _, subtype = MEDIA[form].partition("/")
        message.add_attachment(body, maintype, subtype, filename=f"{made['kind']}-{made['period']}.{form}")
    return subject, finished(message, subject)


def _said(name: str, value: float | None) -> str:
    """A figure as Vietnam writes it: 1.234, 98,5 %."""
    if value is None:
        return _NOTHING
    if name in SHARES:
        return f"{value:.1f}".replace(".", ",") + " %"
    return f"{value:,}".replace(",", ".") if isinstance(value, int) else str(value).replace(".", ",")
