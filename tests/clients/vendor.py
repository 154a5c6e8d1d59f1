"""An office system as a vendor builds it, with every fault that can be planted into one: it fails exactly what it is told to."""

import hashlib
import time
from dataclasses import dataclass, field
from typing import Any

import httpx

FAULTS = {
    "L01": "does not wait after 503",
    "L02": "sends other bytes after a lost answer",
    "L03": "does not wait after 429",
    "L04": "confirms what never arrived whole",
    "L05": "sends without a signature",
    "L06": "sends again what was refused",
    "L07": "confirms altered bytes",
    "L08": "confirms otherwise what comes twice",
    "L09": "cannot take in a large document",
    "L10": "cannot take in a file name in NFD",
    "L11": "takes a date to come for an error",
    "L12": "leaves a recall unanswered",
    "L13": "passes over replacements",
    "L14": "passes over reports",
    "L15": "reports out of turn",
}


@dataclass(slots=True)
class Vendor:
    """One run: `bodies` are what it sends, the last of them its replacement for the one that was refused."""

    url: str
    key: str
    fault: str = ""
    done: dict[str, str] = field(default_factory=dict)  # delivery -> result
    http: httpx.Client = field(init=False)

    def __post_init__(self) -> None:
        self.http = httpx.Client(base_url=self.url, timeout=60, headers={"Authorization": f"Bearer {self.key}"})

    def send(self, body: bytes, other: bytes) -> int:
        """Send until an answer comes; `other`: what a faulty one sends instead after a lost answer. Its last status."""
        headers = {"Content-Type": "application/xml"}
        while True:
            try:
                answer = self.http.post("/v1/envelopes", content=body, headers=headers)
            except httpx.HTTPError:
                body = other if self.fault == "L02" else body
                continue
            if answer.status_code != 503:
                break
            time.sleep(0 if self.fault == "L01" else int(answer.headers["retry-after"]))
        if answer.status_code == 422 and self.fault == "L06":
            answer = self.http.post("/v1/envelopes", content=body, headers=headers)
        return answer.status_code

    def turn(self) -> None:
        """Look into the inbox once and take in what is there."""
        answer = self.http.get("/v1/inbox?limit=1000&wait=1")
        if answer.status_code == 429:
            time.sleep(0 if self.fault == "L03" else int(answer.headers["retry-after"]))
            return
        for item in answer.json()["items"]:
            self._take(item)

    def _take(self, item: dict[str, Any]) -> None:
        delivery, kind = item["delivery_id"], item["envelope_kind"]
        if delivery in self.done:
            self._confirm(delivery, "fail" if self.fault == "L08" else self.done[delivery])
            return
        if (self.fault, kind) in {("L13", "replace"), ("L14", "status")}:
            return
        body = self._fetch(item)
        is_nfd = "Báo cáo".encode() not in body and b"Ba\xcc\x81o ca\xcc\x81o" in body
        is_odd = {
            "L09": item["size"] > 5_000_000,
            "L10": is_nfd,
            "L11": b"conform" in body.lower() and _is_to_come(body),
        }.get(self.fault, False)
        self.done[delivery] = "fail" if is_odd else "done"
        self._confirm(delivery, self.done[delivery])
        if kind == "recall" and self.fault != "L12":
            self._report(item, "15")
        elif kind == "new" and self.fault == "L15":
            self._report(item, "06")
            self._report(item, "01")
        elif kind == "new":
            self._report(item, "01")
            self._report(item, "03")

    def _fetch(self, item: dict[str, Any]) -> bytes:
        while True:
            try:
                body = self.http.get(f"/v1/inbox/{item['delivery_id']}").content
            except httpx.HTTPError:
                if self.fault == "L04":
                    return b""
                continue
            if self.fault == "L07" or hashlib.sha256(body).hexdigest() == item["sha256"]:
                return body

    def _confirm(self, delivery: str, result: str) -> None:
        self.http.post(f"/v1/inbox/{delivery}/confirm", json={"result": result, "reason": "Thử"})

    def _report(self, item: dict[str, Any], code: str) -> None:
        said = {"sender": item["sender"], "document_id": item["document_id"], "code": code, "description": "Thử"}
        self.http.post("/v1/status-reports", json=said)


def _is_to_come(body: bytes) -> bool:
    day = body.split(b"PromulgationDate>")[1][:10].decode()
    return day > time.strftime("%Y/%m/%d", time.gmtime(time.time() + 7 * 3600))
