"""What the cases stand on: two agencies that call a hub over HTTP, the documents they write, and what a case may say."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import uuid4

import httpx

from hub.domain.deadline import LOCAL
from hub.domain.envelope import Address, Envelope, Kind
from hub.xml.write import sign, write_envelope

WITHIN: Final = 60  # seconds in which what was sent must be in the recipient's inbox
_PAUSE: Final = 0.25  # seconds between two looks
_XML: Final = {"Content-Type": "application/xml"}


class Broken(Exception):
    """A rule that the hub does not keep: what was expected, and what came."""


class NotTried(Exception):
    """A case that could not be tried here, and what it would take."""


@dataclass(frozen=True, slots=True)
class Party:
    """An agency that the kit acts as; without a certificate it cannot sign."""

    code: str
    key: str
    certificate: bytes = b""
    private_key: bytes = b""


@dataclass(frozen=True, slots=True)
class Ground:
    """The hub under test and both agencies. `steps` collects what was done, for the report."""

    http: httpx.Client
    me: Party
    peer: Party | None = None
    steps: list[str] = field(default_factory=list)

    def ask(self, method: str, path: str, who: Party | None = None, **content: Any) -> httpx.Response:
        """Call the hub as an agency (`me` when none is given); every call is a step."""
        caller = who or self.me
        headers = {"Authorization": f"Bearer {caller.key}", **content.pop("headers", {})}
        answer = self.http.request(method, path, headers=headers, **content)
        self.steps.append(f"{caller.code}: {method} {path} -> {answer.status_code}")
        return answer

    def post(self, body: bytes, **headers: str) -> httpx.Response:
        """Send an envelope."""
        return self.ask("POST", "/v1/envelopes", content=body, headers={**_XML, **headers})

    def other(self) -> Party:
        """The recipient's side, when the kit may act as it."""
        if self.peer is None:
            raise NotTried("needs --peer and --peer-key")
        return self.peer

    def envelope(self, **changes: Any) -> Envelope:
        """A new document to the peer, or to oneself when there is none."""
        word = uuid4().hex[:12]
        to = self.peer or self.me
        facts: dict[str, Any] = {
            "kind": Kind.NEW,
            "sender": Address(self.me.code, self.me.code),
            "recipients": (Address(to.code, to.code),),
            "document_id": f"{self.me.code},{today():%Y/%m/%d},CONFORM-{word}",
            "code_number": "1",
            "code_notation": f"CONFORM-{word[:6]}",
            "promulgated_on": today(),
            "subject": "V/v kiểm tra tuân thủ (thư thử, không cần xử lý)",
            "type_name": "Công văn",
            "signer_name": "Bộ kiểm tra tuân thủ",
            **changes,
        }
        return Envelope(**facts)

    def written(self, envelope: Envelope, *, name: str = "thu.txt", content: bytes = b"Xin chao.\n") -> bytes:
        """The envelope's bytes, signed when there is a certificate."""
        body = write_envelope(envelope, [(name, "text/plain", content)] if envelope.kind is not Kind.RECALL else [])
        return sign(body, self.me.certificate, self.me.private_key) if self.me.certificate else body

    def accepted(self, body: bytes, status: int = 202) -> dict[str, Any]:
        """Send what must be accepted; answers the hub's answer."""
        answer = self.post(body)
        expect(answer.status_code == status, f"{status}", f"{answer.status_code} {answer.text[:300]}")
        said: dict[str, Any] = answer.json()
        return said

    def waiting(self, envelope_id: str) -> dict[str, Any]:
        """The item of an envelope in the peer's inbox, as soon as it is there."""
        found = self.eventually(lambda: self.item(envelope_id), "the document in the recipient's inbox")
        assert isinstance(found, dict)  # noqa: S101 - `eventually` answers what is true only
        return found

    def item(self, envelope_id: str) -> dict[str, Any] | None:
        """The item of an envelope in the peer's inbox, if it is there now."""
        answer = self.ask("GET", "/v1/inbox?limit=1000", self.other())
        expect(answer.status_code == httpx.codes.OK, "200 from the inbox", str(answer.status_code))
        return next((one for one in answer.json()["items"] if one["envelope_id"] == envelope_id), None)

    def eventually(self, look: Callable[[], Any], wanted: str) -> Any:
        """Look until something is there; broken when it does not come within a minute."""
        end = time.monotonic() + WITHIN
        while not (found := look()):
            expect(time.monotonic() < end, wanted, f"nothing within {WITHIN} seconds")
            time.sleep(_PAUSE)
        return found


def expect(is_so: object, wanted: str, came: str) -> None:
    """Say that a rule is broken unless it is kept."""
    if not is_so:
        raise Broken(f"expected {wanted}; came {came}")


def refused(answer: httpx.Response, *statuses: int) -> dict[str, Any]:
    """Expect a refusal that a person can act on: a problem document with every error, its cause and its fix."""
    wanted = " or ".join(map(str, statuses))
    expect(answer.status_code in statuses, wanted, f"{answer.status_code} {answer.text[:200]}")
    kind = answer.headers.get("content-type", "")
    expect(kind.startswith("application/problem+json"), "application/problem+json", kind)
    problem: dict[str, Any] = answer.json()
    expect(problem.get("code") and problem.get("errors"), "a code and errors", answer.text[:200])
    for error in problem["errors"]:
        is_whole = all(error[part].get(language) for part in ("message", "fix") for language in ("vi", "en"))
        expect(is_whole, "cause and fix in vi and en", str(error))
    return problem


def today() -> date:
    """The day in Vietnam."""
    return datetime.now(UTC).astimezone(LOCAL).date()
