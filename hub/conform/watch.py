"""What the kit turned round plants between a client and a hub, and what it makes of what the client does next.

Each trouble is planted once. A case is kept or broken by what the client does; not tried when it never came so far.
"""

import hashlib
import json
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final

from hub.conform.cases import Case
from hub.conform.ground import Ground, NotTried
from hub.conform.run import End, Outcome
from hub.conform.seen import Seen
from hub.findings import finding

WAIT: Final = 2  # seconds that Retry-After asks for
_FETCH: Final = re.compile(r"/v1/inbox/(?!stream)([^/?]+)(/confirm)?")
_RULE: Final = "docs/how-to/connect-an-office-system.md"


def _watched(ground: Ground) -> None:
    del ground
    raise NotTried("watched by truc conform --listen")


CASES: Final = (
    Case("L01", "Trục bận (503)", "After 503 the same bytes come again, not before Retry-After", _RULE, _watched),
    Case("L02", "Mất câu trả lời", "After a lost answer the same bytes come again", _RULE, _watched),
    Case("L03", "Quá nhiều yêu cầu (429)", "After 429 nothing is asked before Retry-After", "RFC 6585 §4", _watched),
    Case("L04", "Tải về bị đứt", "A broken fetch is fetched again before it is confirmed", _RULE, _watched),
    Case("L05", "Văn bản gửi đi hợp lệ", "What it sends is taken, and its signature valid", "NĐ 68/2024", _watched),
    Case("L06", "Chữ ký bị từ chối (422)", "What was refused does not come again unchanged", "RFC 9457", _watched),
    Case("L07", "Byte bị đổi khi tải", "What was altered on its way is not confirmed as done", "RFC 9530", _watched),
    Case("L08", "Văn bản đến hai lần", "A delivery that comes twice is confirmed twice, alike", _RULE, _watched),
    Case("L09", "Văn bản lớn", "Six megabytes are fetched whole and confirmed", _RULE, _watched),
    Case("L10", "Tên tệp dạng NFD", "A file name in NFD is no reason to fail", "Unicode UAX 15", _watched),
    Case(
        "L11", "Đồng hồ lệch", "A date to come, and a hub's clock that is off, are no reason to fail", _RULE, _watched
    ),
    Case("L12", "Thu hồi", "A recall is taken in and answered with 15 or 16", "NĐ 30/2020 Art. 18", _watched),
    Case("L13", "Thay thế", "A replacement is taken in", "QCVN 102:2016/BTTTT", _watched),
    Case("L14", "Mọi trạng thái đến", "Every report on what it sent is taken in", "NĐ 30/2020 Art. 21", _watched),
    Case(
        "L15", "Trạng thái gửi đi", "Its own reports can be read and come in turn", "docs/reference/states.md", _watched
    ),
)
REFUSED: Final = "digest-mismatch"
"""The code by which the kit refuses one document, as a hub refuses what was altered after signing."""


@dataclass(frozen=True, slots=True)
class Request:
    """What the client asked."""

    method: str
    path: str
    body: bytes

    @property
    def bare(self) -> str:
        """The path without its query."""
        return self.path.partition("?")[0]


@dataclass(slots=True)
class Watch:
    """What was planted, and what is known of the client so far. Every method is called under `lock`."""

    told: Callable[[str], None]
    planted: dict[str, tuple[str, float]] = field(default_factory=dict)  # case -> what it was about, when
    ends: dict[str, tuple[End, str]] = field(default_factory=dict)
    seen: Seen = field(default_factory=Seen)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def meet(self, asked: Request, now: float) -> str:
        """Judge a request by what was planted before; answers the case to plant now, or ""."""
        if (asked.method, asked.bare) == ("POST", "/v1/envelopes"):
            return self._meet_envelope(hashlib.sha256(asked.body).hexdigest(), now)
        if (asked.method, asked.bare) == ("GET", "/v1/inbox"):
            self._judge("L03", asked.bare, "", now, wait=WAIT)
            return self._plant("L03", asked.bare, now)
        if found := _FETCH.fullmatch(asked.bare):
            return self._meet_delivery(found[1], asked, now, is_confirm=bool(found[2]))
        return ""

    def _meet_envelope(self, about: str, now: float) -> str:
        if about == self.planted.get("L06", ("", 0.0))[0]:
            self._end("L06", "the same bytes came again, though nothing about them had become better")
            return "L06"
        self._judge("L01", about, "other bytes came", now, wait=WAIT)
        self._judge("L02", about, "other bytes came", now)
        case = self._plant("L01", about, now) or self._plant("L02", about, now)
        is_first = about in (self.planted[name][0] for name in ("L01", "L02"))
        return case or ("" if is_first else self._plant("L06", about, now))

    def _meet_delivery(self, delivery: str, asked: Request, now: float, *, is_confirm: bool) -> str:
        for case, why in (
            ("L04", "it was confirmed though it never arrived whole"),
            ("L07", "altered bytes were confirmed as done"),
        ):
            if self.planted.get(case, ("", 0.0))[0] == delivery:
                is_done = is_confirm and (case == "L04" or _result(asked.body) == "done")
                self._judge(case, "" if is_done else delivery, why, now)
        if not is_confirm:
            return self._plant("L04", delivery, now) or self._plant("L07", delivery, now)
        if self.planted.get("L08", ("", 0.0))[0] == delivery:
            is_same = _result(asked.body) == self.seen.results.get(delivery)
            self._judge("L08", delivery if is_same else "", "it was confirmed otherwise the second time", now)
        return ""

    def answered(self, asked: Request, status: int, content: bytes, now: float) -> bytes:
        """Learn from what the hub answered; the bytes to hand on are those, apart from a delivery listed once more."""
        said = _object(content)
        if (asked.method, asked.bare) == ("POST", "/v1/envelopes") and said.get("kind") != "status":
            self._sent(status, said)
        elif asked.method == "POST" and asked.bare in ("/v1/envelopes", "/v1/status-reports"):
            self._reported(status, said)
        elif (asked.method, asked.bare) == ("GET", "/v1/inbox"):
            return self._listed(said, content, now)
        elif found := _FETCH.fullmatch(asked.bare):
            good = 200 <= status < 300  # noqa: PLR2004
            if found[2] and good:
                self.seen.results.setdefault(found[1], _result(asked.body))
            elif good:
                self.seen.fetched.add(found[1])
        return content

    def _sent(self, status: int, said: dict[str, Any]) -> None:
        verdict = said.get("signature", {}).get("verdict", "")
        if said.get("code") and status >= 400:  # noqa: PLR2004
            self._end("L05", f"it was refused: {said['code']}")
        elif verdict and verdict != "valid":
            self._end("L05", f"its signature is {verdict}")
        elif verdict:
            self._end("L05")

    def _reported(self, status: int, said: dict[str, Any]) -> None:
        if status >= 400:  # noqa: PLR2004
            self.ends["L15"] = (End.BROKEN, f"a report was refused: {said.get('code')}")
        elif flags := said.get("flags"):
            self.ends["L15"] = (End.BROKEN, f"report {said.get('code')} came out of turn: {', '.join(flags)}")
        else:
            self.ends.setdefault("L15", (End.KEPT, ""))
            self.seen.reported(said)

    def _listed(self, said: dict[str, Any], content: bytes, now: float) -> bytes:
        items: list[dict[str, Any]] = said.get("items", [])
        if not isinstance(items, list):
            return content
        self.seen.listed(items)
        done = [d for d in self.seen.results if d in self.seen.items and self.seen.items[d]["kind"] == "document"]
        if done and self._plant("L08", done[0], now):
            return json.dumps({**said, "items": [self.seen.items[done[0]], *items]}).encode()
        return content

    def _plant(self, case: str, about: str, now: float) -> str:
        if case in self.planted:
            return ""
        self.planted[case] = (about, now)
        self.told(f"{case} planted")
        return case

    def _judge(self, case: str, about: str, otherwise: str, now: float, wait: float = 0) -> None:
        if case not in self.planted or case in self.ends:
            return
        wanted, planted_at = self.planted[case]
        why = otherwise if about != wanted else ""
        if not why and now - planted_at < wait:
            why = f"asked again after {now - planted_at:.1f} seconds, though Retry-After said {wait}"
        self._end(case, why)

    def _end(self, case: str, why: str = "") -> None:
        """Broken by `why`, kept without; what was broken once stays so."""
        if self.ends.get(case, (End.KEPT, ""))[0] is End.BROKEN:
            return
        if self.ends.get(case) != (found := (End.BROKEN, why) if why else (End.KEPT, "")):
            self.ends[case] = found
            self.told(f"{case} {found[0].value} {why}")

    def outcomes(self) -> list[Outcome]:
        """How each case stands; one that was planted and never answered is broken, but for what must not come again."""
        given = {**self.seen.ends(), **self.ends}
        found = []
        for case in CASES:
            is_open = case.id in self.planted
            unseen = (End.BROKEN, "the client never came back") if is_open else (End.NOT_TRIED, "nothing came so far")
            if case.id == "L06" and is_open:
                unseen = (End.KEPT, "")
            found.append(Outcome(case, *given.get(case.id, unseen), (), 0.0))
        return found


def refusal() -> bytes:
    """The problem document by which the kit refuses a document: as a hub would, had its signature not held."""
    error = finding(REFUSED).explained()
    return json.dumps(
        {
            "type": f"/problems/{REFUSED}",
            "title": error["message"]["en"],
            "status": 422,
            "code": REFUSED,
            "detail": error["message"]["vi"],
            "instance": "/v1/envelopes",
            "errors": [error],
        }
    ).encode()


def _object(content: bytes) -> dict[str, Any]:
    try:
        found = json.loads(content)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _result(body: bytes) -> str:
    return str(_object(body).get("result", ""))
