"""A report as a mail: what it came to in words, the report itself as files."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from hub.alert import mailing
from hub.alert.printing import MEDIA
from hub.domain.indicator import totals
from hub.domain.indicator_words import ABOUT, FIGURES, TITLES, period_name
from hub.paper import number
from hub.settings import Settings


def composed(
    made: Mapping[str, Any],
    files: Mapping[str, bytes],
    address: str,
    identity: str,
    settings: Settings,
    now: datetime,
) -> tuple[str, bytes]:
    """The subject, and the whole message as it goes to the server.

    `files`: form -> the report in it; `identity`: its Message-ID.
    """
    title, period = TITLES[made["kind"]], period_name(made["period"])
    subject = f"[Trục liên thông] Báo cáo {title[0]} – {period[0]}" + (f" – {made['scope']}" if made["scope"] else "")
    link = settings.public_url.rstrip("/")
    page = {
        "made": made,
        "title": title,
        "period": period,
        "about": ABOUT[made["kind"]],
        "figures": [(*FIGURES[name], number(name, value)) for name, value in totals(made).items()],
        "link": f"{link}/reports?{urlencode({'kind': made['kind'], 'period': made['period']})}" if link else "",
    }
    message = mailing.begun("report", page, address, identity, settings, now)
    for form, body in files.items():
        mailing.attach(message, f"{made['kind']}-{made['period']}.{form}", body, MEDIA[form])
    return subject, mailing.finished(message, subject)
