"""People at their browsers, and rows for them to look at."""

import re
from datetime import UTC, datetime, timedelta
from html.parser import HTMLParser
from typing import Any

import httpx

from hub.domain.ids import delivery_id, new_id
from hub.domain.roles import Role
from hub.domain.vietnamese import fold
from hub.store.access import sessions
from hub.store.directory import people
from hub.store.road.accepting import NewDelivery, NewEnvelope, insert_alone
from tests.town import Town

FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def browser(town: Town, base: str = "http://hub", **headers: str) -> httpx.AsyncClient:
    """A browser with a jar of its own, that does not follow redirects by itself."""
    return httpx.AsyncClient(transport=httpx.ASGITransport(town.app), base_url=base, headers=headers)


async def account(town: Town, role: Role = Role.OPERATOR, scope: str | None = None) -> tuple[str, str]:
    """A name and its password."""
    name = f"{role}-{scope or 'everywhere'}"
    async with town.hub.database.write() as conn:
        _, _, password = await people.add_person(conn, name, role, scope, datetime.now(UTC))
    return name, password


def token_in(page: str) -> str:
    """The form token of a page."""
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found
    return found[1]


async def log_in(visitor: httpx.AsyncClient, name: str, password: str, **fields: str) -> httpx.Response:
    """Fill in the form and send it, as a browser does."""
    page = await visitor.get("/login")
    said = {"name": name, "password": password, "token": token_in(page.text), **fields}
    origin = str(visitor.base_url).rstrip("/")
    return await visitor.post("/login", data=said, headers={"Origin": origin})


async def logged_in(
    town: Town, role: Role = Role.OPERATOR, scope: str | None = None, **headers: str
) -> httpx.AsyncClient:
    """A browser of somebody who has logged in: with what the form gives, which `log_in` fills in and sends."""
    name, _ = await account(town, role, scope)
    return await with_session(town, name, **headers)


async def with_session(town: Town, name: str, **headers: str) -> httpx.AsyncClient:
    """A browser of somebody who has an account and has logged in."""
    visitor = browser(town, **headers)
    async with town.hub.database.write() as conn:
        cookie = await sessions.begin(conn, name, "", datetime.now(UTC))
    visitor.cookies.set("truc_session", cookie, domain=f"{visitor.base_url.host}.local", path="/")
    return visitor


def row(sender: str, recipients: dict[str, str], ago: timedelta = timedelta(minutes=26), **facts: Any) -> NewEnvelope:
    """An envelope as it is written; `recipients`: code -> state."""
    identity = new_id()
    at = datetime.now(UTC) - ago
    values: dict[str, Any] = {
        "id": identity,
        "sender": sender,
        "kind": "new",
        "document_id": f"{sender},{identity}",
        "code": "128/UBND-VP",
        "subject": "V/v rà soát việc gửi, nhận văn bản tại Đà Nẵng",
        "priority": 0,
        "promulgated_on": None,
        "sha256": "0" * 64,
        "size": 3_400_000,
        "received_at": at,
        "judgement": "valid",
        "reason": "",
        "signer": "CN=G22",
        "facts": {},
        "warnings": [],
        "receipt": "e30.e30.",
        "body": b"<edXML/>",
        "digest": None,
        **facts,
    }
    values.setdefault("search", fold(f"{values['code']} {values['subject']} {values['document_id']}"))
    deliveries = tuple(
        NewDelivery(
            id=delivery_id(identity, code),
            recipient=code,
            addressed_as=code,
            level="commune",
            channel="inbox",
            state=state,
            rank=3,
            next_attempt_at=None,
            due_at=at + timedelta(hours=4),
            reason="502 Bad Gateway" if state == "DEAD" else None,
        )
        for code, state in recipients.items()
    )
    return NewEnvelope(**values, deliveries=deliveries)


async def put(town: Town, *rows: NewEnvelope) -> None:
    """Write envelopes."""
    await insert_alone(town.hub.database, rows)


class Seen(HTMLParser):
    """What a browser would make of a page: elements with their attributes, and the text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]

    def links(self) -> list[str]:
        return [a["href"] or "" for a in self.all("a")]
