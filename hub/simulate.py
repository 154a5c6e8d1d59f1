"""An office system on request: takes in, confirms and answers, and misbehaves in the ways real ones do.

Profiles may be joined: `slow` takes its time before it confirms, `refuses` answers 02, `fails` confirms with fail,
`duplicates` says everything twice, `forgets` fetches and never confirms, `out-of-order` reports 06 before 03,
`offline` asks for what waits at one turn in three only.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import httpx

PROFILES: Final = ("good", "slow", "refuses", "fails", "duplicates", "forgets", "out-of-order", "offline")
_TURN_SECONDS: Final = 20  # one long poll
_SLOW_SECONDS: Final = 5
_ONLINE_EVERY: Final = 3
_GOOD: Final = ("01", "03", "05", "06")


class Refused(Exception):
    """The hub would not have it."""


@dataclass(frozen=True, slots=True)
class Office:
    """The simulated office: where it calls, its key, how it behaves, and who hears what it does."""

    http: httpx.Client
    key: str
    profiles: frozenset[str]
    tell: Callable[[str], None]
    rest: Callable[[float], None] = time.sleep

    def turns(self, *, once: bool) -> int:
        """Take turns for ever, or until something was taken in (`once`); answers how many items that was."""
        turn = 0
        while True:
            turn += 1
            if "offline" in self.profiles and turn % _ONLINE_EVERY:
                self.tell("offline: nobody asks")
                self.rest(1.0)
                continue
            count = self.turn()
            if once and count:
                return count

    def turn(self) -> int:
        """Ask what waits and deal with it; answers how many items there were."""
        items = self._call("GET", f"/v1/inbox?wait={_TURN_SECONDS}&limit=20").json()["items"]
        for item in items:
            self._deal(item)
        if items and "forgets" in self.profiles:
            self.rest(1.0)  # what is never confirmed comes at every turn
        return len(items)

    def _deal(self, item: dict[str, Any]) -> None:
        path = f"/v1/inbox/{item['delivery_id']}"
        size = len(self._call("GET", path).content)
        self.tell(f"fetched {item['kind']} {item['code']} of {item['sender']} ({size} bytes)")
        if "slow" in self.profiles:
            self.tell(f"slow: {_SLOW_SECONDS} seconds before anything is said")
            self.rest(_SLOW_SECONDS)
        if "forgets" in self.profiles:
            self.tell("forgets: it is never confirmed")
            return
        said = (
            {"result": "fail", "reason": "giả lập: không lưu được"} if "fails" in self.profiles else {"result": "done"}
        )
        for _ in range(self._times()):
            self._call("POST", f"{path}/confirm", json=said)
            self.tell(f"confirmed {said['result']}")
        if item["kind"] == "document" and "fails" not in self.profiles:
            self._answer(item)

    def _answer(self, item: dict[str, Any]) -> None:
        codes = ("02",) if "refuses" in self.profiles else _GOOD
        for code in reversed(codes) if "out-of-order" in self.profiles else codes:
            said = {"sender": item["sender"], "document_id": item["document_id"], "code": code}
            said["description"] = "Giả lập: không đúng thẩm quyền" if code == "02" else "Giả lập"
            for _ in range(self._times()):
                flags = self._call("POST", "/v1/status-reports", json=said).json()["flags"]
                self.tell(f"reported {code} on {item['document_id']}" + (f" ({', '.join(flags)})" if flags else ""))

    def _times(self) -> int:
        return 2 if "duplicates" in self.profiles else 1

    def _call(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Call the hub; a hub that is away or busy is asked again, a refusal ends the office."""
        while True:
            try:
                answer = self.http.request(method, path, headers={"Authorization": f"Bearer {self.key}"}, **content)
            except httpx.TransportError as error:
                self.tell(f"the hub does not answer ({type(error).__name__}); again in 2 seconds")
                self.rest(2.0)
                continue
            if answer.status_code in (429, 503, 507):
                wait = answer.headers.get("retry-after", "")
                self.rest(float(wait) if wait.isdigit() else 1.0)
                continue
            if answer.is_error:
                raise Refused(f"{method} {path}: {answer.status_code} {answer.text[:300]}")
            return answer
