"""Every question that the API and the console ask of full books: as its page or route asks it, by those who may.

Lists of documents are asked from each kind of sight, for that is where they differ: somebody who sees all finds the
newest at once; somebody whose agencies are quiet looks for a needle.
"""

from dataclasses import dataclass
from typing import Final
from urllib.parse import quote

from hub.bench.filling import Filled
from hub.bench.laying import QUIET, RARE

_EVERYBODY: Final = (
    "operator",
    "officer, busy",
    "officer, quiet",
    "officer, silent",
    "province, busy",
    "province, quiet",
)
_SOME: Final = ("operator", "officer, quiet", "province, busy")


@dataclass(frozen=True, slots=True)
class Question:
    """A page or route, and who asks. `once`: it counts whole periods, so it is asked once and has no page's target."""

    name: str
    path: str
    who: str = "operator"
    agency: str = ""
    once: bool = False

    @property
    def key(self) -> str:
        """What the report calls it."""
        return f"{self.name} · {self.agency or self.who}"


def _by(names: tuple[str, ...], name: str, path: str) -> list[Question]:
    return [Question(name, path, who) for who in names]


def questions(filled: Filled) -> list[Question]:
    """All of them."""
    return [*_api(filled), *_documents(), *_screens(filled), *_reports()]


def _api(filled: Filled) -> list[Question]:
    found = [
        Question(name, path, agency=code)
        for code in ("H01", f"{QUIET}.001")
        for name, path in (("inbox", "/v1/inbox"), ("inbox, 500", "/v1/inbox?limit=500"), ("feed", "/v1/status"))
    ]
    found.append(Question("feed, from the middle", "/v1/status?after={middle}&limit=1000", agency="H01"))
    found += [
        Question(f"envelope{part}", f"/v1/envelopes/{filled.envelope}{part}")
        for part in ("", "/timeline", "/explain", "/now")
    ]
    for who in _SOME:
        found += [
            Question("unreceived", "/v1/alerts", who),
            Question("unreceived, a page of 1000", "/v1/alerts?limit=1000", who),
            Question("alerts by agency", "/v1/alerts?view=agencies", who),
            Question("unreceived, old", "/v1/alerts?older_than=PT40H", who),
        ]
        found += [
            Question(kind, f"/v1/alerts?kind={kind}", who)
            for kind in ("unanswered", "unregistered", "undeliverable", "overdue", "signature")
        ]
        found += [
            Question("search of the API", "/v1/envelopes?q=ra+soat", who),
            Question("envelopes of an agency", f"/v1/envelopes?agency={QUIET}.002", who),
            Question("envelopes in a state", "/v1/envelopes?state=QUEUED", who),
            Question("envelopes dead", "/v1/envelopes?state=DEAD&level=commune", who),
        ]
    found += _by(
        ("operator", "officer, busy", "officer, quiet"), "ledger", "/v1/ledger?from=2000-01-01T00:00:00Z&limit=500"
    )
    found += [
        Question("postponed", "/v1/postponed"),
        Question("audit of the API", "/v1/audit", "auditor"),
        Question("quarantine", "/v1/quarantine"),
        Question("readiness", "/readyz"),
        Question("metrics", "/metrics"),
    ]
    return found


def _documents() -> list[Question]:
    """The list of documents with each of its filters, and search with each kind of words."""
    asked = {
        "documents": "",
        "documents of all times": "period=all",
        "documents of a day": "period=day",
        "documents dead": "period=all&state=dead",
        "documents overdue": "period=all&state=overdue",
        "documents uncollected": "period=all&state=uncollected",
        "documents queued": "period=all&state=QUEUED",
        "documents failed": "period=all&state=FAILED",
        "documents received": "state=received",
        "documents of a level": "level=central",
        "documents of an hour of the week": "period=all&hour=0-09&step=late",
        "documents of a type": f"period=all&type={quote('Quyết định')}",
        "documents, signature": "period=all&signature=other",
        "documents from an agency": f"period=all&sender={QUIET}.001",
        "documents to an agency": f"period=all&to={QUIET}.002",
        "documents to nobody": f"period=all&to={QUIET}.098",
        "documents between levels": "period=all&sent_from=commune&level=central",
        "documents refused by recipients": "period=all&step=refused",
        "documents late at an agency": f"period=all&to={QUIET}.002&step=late",
        "search, frequent": "period=all&q=van",
        "search, two words": "period=all&q=ra+soat",
        "search, accents": f"period=all&q={quote('rà soát')}",
        "search, accents and place": f"period=all&q={quote('mưa lũ tại Mỏ Công')}",
        "search, number": "period=all&q=4321",
        "search, number and notation": f"period=all&q={quote('4321/UBND-VP')}",
        "search, a notation": f"period=all&q={quote('BC-STC')}",
        "search, rare": f"period=all&q={quote(RARE)}",
        "search, one rare word": "period=all&q=thuong",
        "search, a beginning": "period=all&q=h",
        "search, six words": f"period=all&q={quote('tăng cường quản lý đất đai')}",
        "search, nothing": "period=all&q=khongcogicа",
        "search, words apart": f"period=all&q={quote('giấy mời đất đai')}",
        "search, an id": "period=all&q=H01,2026/11/25,12",
        "search, with a state": "period=all&q=van&state=dead",
        "search, to an agency": f"period=all&q=van&to={QUIET}.002",
    }
    return [question for name, query in asked.items() for question in _by(_EVERYBODY, name, f"/documents?{query}")]


def _screens(filled: Filled) -> list[Question]:
    found = _by(_EVERYBODY, "overview", "/") + _by(_SOME, "overview, a month", "/?span=month")
    found += _by(_EVERYBODY, "latest", "/latest") + _by(_EVERYBODY, "live", "/live")
    found += _by(_SOME, "live, dead", "/live?what=dead") + _by(_SOME, "live, an agency", f"/live?agency={QUIET}.002")
    found += [
        Question("document", f"/documents/{filled.envelope}"),
        Question("documents, page 2", "/documents?after={page}"),
        Question("mine", "/mine", "officer, busy"),
        Question("mine, missed", "/mine?since={month_ago}", "officer, busy"),
        Question("mine", "/mine", "officer, quiet"),
        Question("mine, missed", "/mine?since={month_ago}", "officer, quiet"),
        Question("dead letters of a group", "/failures/dead?cause=endpoint-answer&channel=webhook"),
        Question("system", "/system"),
        Question("certificates", "/certificates", "registrar"),
        Question("agencies", "/agencies", "registrar"),
        Question("audit", "/audit", "auditor"),
        Question("audit of an actor", "/audit?actor=person:a", "auditor"),
        Question("audit of an action", "/audit?action=logged+in", "auditor"),
        Question("audit of an object", f"/audit?object={filled.envelope}", "auditor"),
        Question("audit of a day", "/audit?until={month_ago}", "auditor"),
    ]
    for name, path in (
        ("queues", "/queues"),
        ("queues, failing", "/queues?trouble=failing"),
        ("failures", "/failures"),
        ("refused", "/failures/refused"),
        ("alerts", "/alerts"),
        ("alerts cleared", "/alerts?state=CLEARED"),
        ("board", "/board"),
        ("board by median", "/board?sort=median"),
        ("progress", "/progress"),
        ("flow", "/flow"),
        ("flow of a month", "/flow?span=month"),
        ("flow between levels", "/flow?span=month&from=province&to=commune"),
        ("flow of a span that is over", f"/flow?span=quarter&ending={filled.now:%Y-%m-%d}&from=province&to=commune"),
        ("trends", "/trends"),
        ("trends of a level's year", f"/trends?period={filled.now.year}&level=commune&with=year"),
        ("trends of an agency", f"/trends?agency={QUIET}.002"),
        ("reports", "/reports"),
    ):
        found += _by(_SOME, name, path)
    for who, code in (("operator", "H01"), ("officer, busy", "H01"), ("officer, quiet", f"{QUIET}.001")):
        found += [
            Question("queue of an agency", f"/queues/{code}", who),
            Question("queue, overdue", f"/queues/{code}?part=overdue", who),
            Question("agency", f"/agencies/{code}", who),
        ]
    return found


def _reports() -> list[Question]:
    return [Question(f"report {kind}", f"/v1/reports/{kind}?period={{period}}&again=true", once=True)
            for kind in ("exchange", "on-time")]  # fmt: skip
