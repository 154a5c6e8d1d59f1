"""The other side, played by the kit turned round: it writes to the client's agency, and answers what the client sends.

It acts as an agency of its own at the same hub, so whatever the client sees is what a hub shows.
"""

import hashlib
import threading
import unicodedata
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Final

import httpx

from hub.conform.ground import Broken, Ground, today
from hub.conform.seen import CODES
from hub.conform.watch import Watch
from hub.domain.envelope import Envelope, Kind, Replacement

_LARGE: Final = 6 * 1024 * 1024  # bytes
_TURN: Final = 0.5  # seconds between two looks
_NFD: Final = unicodedata.normalize("NFD", "Báo cáo quý đã ký.txt")


@dataclass(slots=True)
class Company:
    """Runs beside the proxy, as `ground.me`; `ground.peer` is the client's agency, whose key it does not need."""

    ground: Ground
    watch: Watch
    stop: threading.Event = field(default_factory=threading.Event)
    documents: dict[str, Envelope] = field(default_factory=dict)

    def run(self) -> None:
        """Write the first documents, then go on until `stop`; a hub that does not answer is asked again."""
        with self.watch.lock:
            self.watch.seen.is_company = True
        first = self._first()
        while not self.stop.is_set():
            try:
                if first:
                    self._send(*first[0])
                    del first[0]
                    continue
                self._follow()
                self._answer()
            except (httpx.HTTPError, Broken) as error:
                self.watch.told(f"company: {error}")
            self.stop.wait(_TURN)

    def _first(self) -> list[tuple[str, Envelope, str, bytes]]:
        line = hashlib.sha256(b"conform").hexdigest().encode() + b"\n"
        make = self.ground.envelope
        return [
            ("recalled", make(), "thu.txt", b"Xin chao.\n"),
            ("replaced", make(), "thu.txt", b"Xin chao.\n"),
            ("nfd", make(), _NFD, b"Xin chao.\n"),
            ("future", make(promulgated_on=today() + timedelta(days=2)), "thu.txt", b"Xin chao.\n"),
            ("large", make(), "lon.txt", line * (_LARGE // len(line))),
        ]

    def _send(self, name: str, envelope: Envelope, file: str = "thu.txt", content: bytes = b"Xin chao.\n") -> None:
        said = self.ground.accepted(self.ground.written(envelope, name=file, content=content))
        self.documents[name] = envelope
        with self.watch.lock:
            self.watch.seen.given[name] = said["id"]
            if name == "recall":
                self.watch.seen.recalled = envelope.document_id

    def _follow(self) -> None:
        """Recall and replace what the client has taken in."""
        with self.watch.lock:
            done = {name for name in ("recalled", "replaced") if self.watch.seen.is_done(name)}
        if "recalled" in done and "recall" not in self.documents:
            old = self.documents["recalled"]
            recall = replace(old, kind=Kind.RECALL, concerns=(old.document_id,), reason="Ban hành nhầm")
            self._send("recall", recall)
        if "replaced" in done and "replacement" not in self.documents:
            name = self.documents["replaced"].document_id
            new = self.ground.envelope(
                kind=Kind.REPLACE, concerns=(name,), replacements=(Replacement(name),), reason="Thay thế"
            )
            self._send("replacement", new)

    def _answer(self) -> None:
        """Take in what the client sent, and report on the first of its documents all that can be reported."""
        client = self.ground.other().code
        for item in self.ground.ask("GET", "/v1/inbox").json()["items"]:
            if item["sender"] != client:
                continue
            with self.watch.lock:
                is_first = item["kind"] == "document" and not self.watch.seen.about
            if is_first:
                for code in CODES:
                    self.ground.ask(
                        "POST",
                        "/v1/status-reports",
                        json={"sender": client, "document_id": item["document_id"], "code": code, "description": "Thử"},
                    )
                with self.watch.lock:
                    self.watch.seen.about = item["document_id"]
            self.ground.ask("POST", f"/v1/inbox/{item['delivery_id']}/confirm", json={"result": "done"})
