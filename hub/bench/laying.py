"""Books as full as those of years: documents of a whole country, with all that became of them, written in bulk.

Plausible in shape, not in detail: some agencies write a hundred times as much as others, most deliveries are long done,
the last days' are half open, and one corner of the country (`QUIET`) has seen nothing since the beginning. That corner is
what lists are slow for: whoever looks for its documents newest first has all of them to walk over.
"""

import base64
import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import orjson

from hub import say
from hub.domain.agency import Agency, Level
from hub.domain.ids import delivery_id
from hub.domain.vietnamese import fold
from hub.store.columns import to_micros
from hub.store.road.search import words_of, written_words

PROVINCES, COMMUNES, MINISTRIES = 34, 100, 22
QUIET: Final = "H34"
"""A province that, with all below it, has sent and received nothing but the first documents."""
DAYS: Final = 60
LARGE: Final = ("envelope", "delivery", "event", "report", "search", "party", "ledger", "audit", "refusal")
"""The tables that grow with the documents: no question may walk one of these."""
_DAY: Final = 86_400_000_000
_TOLD_EVERY: Final = 100_000  # documents, to the person who waits
_QUIET_DOCUMENTS: Final = 40
_SUBJECTS: Final = (
    "V/v rà soát việc gửi, nhận văn bản điện tử", "Báo cáo kết quả công tác cải cách hành chính",
    "Giấy mời họp giao ban công tác tháng", "Công điện về chủ động ứng phó mưa lũ", "Thông báo lịch tiếp công dân",
    "V/v tăng cường quản lý đất đai trên địa bàn", "Kế hoạch phòng, chống dịch bệnh mùa đông xuân",
    "Quyết định phê duyệt chủ trương đầu tư", "V/v cung cấp số liệu thống kê ngành giáo dục",
    "Tờ trình xin ý kiến về dự thảo nghị quyết",
)  # fmt: skip
_PLACES: Final = (
    "Tây Ninh", "Đà Nẵng", "Quảng Ninh", "Lâm Đồng", "Gò Dầu", "Tân Biên", "Phước Đông", "Sơn Trà", "Ngũ Hành Sơn",
    "Cẩm Lệ", "Bàu Năng", "Mỏ Công", "Thạnh Bình", "Trà Vong", "Suối Đá", "Hiệp Thạnh", "Liên Chiểu", "Hòa Khánh",
)  # fmt: skip
_NOTATIONS: Final = ("UBND-VP", "CV-BNV", "BC-STC", "GM-UBND", "QĐ-TTg", "KH-SYT", "TB-VPCP", "TTr-SKHĐT")
RARE: Final = "Kỳ Thượng"
"""Words that one document in fifty thousand has."""
_REASONS: Final = ("webhook: 502 Bad Gateway", "webhook: connect timeout", "no such agency", "folder: no space left")
ENVELOPE: Final = (
    "id", "sender", "kind", "document_id", "code", "subject", "priority", "promulgated_on", "sha256", "size",
    "received_at", "judgement", "reason", "signer", "facts", "warnings", "receipt", "search",
)  # fmt: skip
DELIVERY: Final = (
    "id", "envelope_id", "recipient", "addressed_as", "sender", "level", "kind", "channel", "state", "version", "rank",
    "attempts", "created_at", "next_attempt_at", "due_at", "available_at", "collected_at", "confirmed_at", "result",
    "reason", "progress", "report_code", "report_at", "report_description",
)  # fmt: skip
COLUMNS: Final = {
    "envelope": ENVELOPE,
    "delivery": DELIVERY,
    "event": ("tx", "at", "envelope_id", "sender", "recipient", "what", "code", "detail"),
    "report": (
        "id", "envelope_id", "delivery_id", "sender", "addressee", "code", "description", "staff", "stated_at",
        "received_at", "flags",
    ),
    "search": ("place", "envelope_id", "words", "written"),
    "party": ("agency", "received_at", "envelope_id"),
    "ledger": ("side", "agency", "hour", "envelopes", "accepted", "carried", "pending", "dead"),
    "audit": ("seq", "at", "actor", "action", "object", "details", "hash"),
    "refusal": ("id", "at", "agency", "status", "codes", "sha256", "receipt", "receipt_sha256"),
}  # fmt: skip


def country() -> list[Agency]:
    """Every agency: ministries, provinces, and communes below them; parents first."""
    found = [Agency(f"G{n:02d}", f"Bộ thứ {n}", Level.CENTRAL) for n in range(1, MINISTRIES + 1)]
    found += [Agency(f"H{p:02d}", f"UBND tỉnh thứ {p}", Level.PROVINCE) for p in range(1, PROVINCES + 1)]
    for p in range(1, PROVINCES + 1):
        found += [
            Agency(f"H{p:02d}.{n:03d}", f"UBND xã {_PLACES[n % len(_PLACES)]} {n}", Level.COMMUNE, parent=f"H{p:02d}")
            for n in range(1, COMMUNES + 1)
        ]
    return found


def identity(micros: int, number: int) -> str:
    """A time-ordered id, as `new_id` makes them, of a moment of the past."""
    whole = f"{micros // 1000:012x}7{number & 0xFFF:03x}a{number:015x}"
    return f"{whole[:8]}-{whole[8:12]}-{whole[12:16]}-{whole[16:20]}-{whole[20:]}"


@dataclass(slots=True)
class Books:
    """The rows, a day or so at a time. Ids are texts, times whole microseconds: whoever writes them turns them round."""

    documents: int
    now: datetime
    rng: random.Random = field(default_factory=lambda: random.Random(2026))
    rows: dict[str, list[tuple[Any, ...]]] = field(default_factory=lambda: {name: [] for name in COLUMNS})
    hours: "Counter[tuple[str, str, int, int]]" = field(default_factory=Counter)
    answered: list[str] = field(default_factory=list)
    """Ids of a few documents that have a whole history."""

    def batches(self, size: int = 5_000) -> Iterator[dict[str, list[tuple[Any, ...]]]]:
        """All rows, so many documents at a time; each batch is emptied when the next one is asked for."""
        end = to_micros(self.now) - 1_000_000
        step = DAYS * _DAY // self.documents
        hour = 0
        for number in range(self.documents):
            at = end - (self.documents - 1 - number) * step
            if at // 3_600_000_000 != hour:
                self._ledger(hour)
                hour = at // 3_600_000_000
            self._document(number, at, end)
            if number % _TOLD_EVERY == _TOLD_EVERY - 1:
                say.note(f"  {number + 1:,} of {self.documents:,}")
            if number % size == size - 1:
                yield self._emptied()
        self._ledger(hour)
        yield self._emptied()

    def _emptied(self) -> dict[str, list[tuple[Any, ...]]]:
        batch, self.rows = self.rows, {name: [] for name in COLUMNS}
        return batch

    def _sender(self) -> str:
        chance = self.rng.random()
        if chance < 0.25:
            return f"G{self._skewed(MINISTRIES):02d}"
        return f"H{self._skewed(PROVINCES - 1):02d}" + ("" if chance < 0.75 else f".{self._skewed(COMMUNES):03d}")

    def _recipients(self, sender: str) -> list[str]:
        many = self.rng.choices((1, 2, 3, 5), (80, 14, 4, 2))[0]
        return list({code: None for code in (self._sender() for _ in range(many)) if code != sender}) or ["G01"]

    def _skewed(self, most: int) -> int:
        return 1 + int(self.rng.random() ** 2 * most)

    def _document(self, number: int, at: int, end: int) -> None:
        rng = self.rng
        if number < _QUIET_DOCUMENTS:
            sender, to = (f"{QUIET}.001", [QUIET]) if number % 2 else ("G01", [f"{QUIET}.001", f"{QUIET}.002"])
        else:
            sender = self._sender()
            to = self._recipients(sender)
        mine = identity(at, number)
        rank = rng.choices((0, 1, 2, 3), (1, 3, 6, 90))[0]
        code = f"{number % 9_000 + 1}/{_NOTATIONS[number % len(_NOTATIONS)]}"
        place = RARE if number % 50_000 == 7 else rng.choice(_PLACES)
        subject = f"{rng.choice(_SUBJECTS)} tại {place} số {rng.randrange(100_000)}"
        document_id = f"{sender},2026/11/25,{number}"
        judgement = "valid" if rng.random() < 0.96 else "absent"
        self._envelope(mine, sender, "new", document_id, code, subject, 3 - rank, at, judgement, to)
        said = f"{code} {subject} {document_id} {sender} {' '.join(to)}"
        words = " ".join(dict.fromkeys(words_of(said)))
        self.rows["search"].append((at * 1024 + number % 1024, mine, words, " ".join(written_words(said))))
        self.rows["party"] += [(code, at, mine) for code in dict.fromkeys((sender, *to))]
        self._event(at, mine, sender, None, "accepted")
        self.hours["sent", sender, len(to), 0] += 1
        for recipient in to:
            self.hours["received", recipient, 1, 0] += 1
            self._delivery(mine, sender, recipient, rank, at, end, number)
        if number % 10 == 0:
            seq = number // 10 + 1
            who = f"person:{'abcdefgh'[seq % 8]}"
            self.rows["audit"].append((seq, at, who, "original read", mine, "{}", number.to_bytes(32, "big")))
        if number % 40 == 0:
            codes = orjson.dumps([rng.choice(("signature-invalid", "unknown-recipient", "schema"))]).decode()
            self.rows["refusal"].append(
                (identity(at, number + (1 << 48)), at, sender, 422, codes, None, None, "0" * 64)
            )

    def _envelope(  # noqa: PLR0913 - the columns that differ
        self,
        mine: str,
        sender: str,
        kind: str,
        document_id: str,
        code: str,
        subject: str,
        priority: int,
        at: int,
        judgement: str,
        to: list[str],
    ) -> None:
        claims = base64.urlsafe_b64encode(orjson.dumps({"recipients": to})).decode().rstrip("=")
        sha256 = f"{self.rng.getrandbits(256):064x}"
        folded = "" if kind == "status" else fold(f"{code} {subject} {document_id}")
        name = (mine, sender, kind, document_id, code, subject, priority, at // _DAY, sha256, 8_000, at, judgement)
        self.rows["envelope"].append((*name, "", "CN=x", "{}", "[]", f"e30.{claims}.e30", folded))

    def _event(
        self, at: int, mine: str, sender: str, recipient: str | None, what: str, code: str | None = None
    ) -> None:
        self.rows["event"].append((0, at, mine, sender, recipient, what, code, None))

    def _delivery(  # noqa: PLR0913 - what one is made of
        self, envelope: str, sender: str, recipient: str, rank: int, at: int, end: int, number: int
    ) -> None:
        rng = self.rng
        mine = delivery_id(envelope, recipient)
        available, collected = at + 60_000, at + int(rng.expovariate(1 / 7_200)) * 1_000_000
        state = self._state(at, collected, end)
        took, is_done = state in ("COLLECTED", "CONFIRMED"), state == "CONFIRMED"
        progress = rng.choices(("06", "03", "05", "01", "02", None), (60, 15, 10, 4, 2, 9))[0] if is_done else None
        if state not in ("DEAD", "QUEUED"):
            self._event(available, envelope, sender, recipient, "available")
        if took:
            self._event(collected, envelope, sender, recipient, "collected")
        if is_done:
            self._event(collected + 1_000_000, envelope, sender, recipient, "confirmed")
        reported = min(collected + 3_600_000_000, end) if progress else None
        if progress and reported:
            self._report(envelope, mine, sender, recipient, progress, reported, number)
        reason = rng.choice(_REASONS) if state == "DEAD" else None
        if reason:
            self._event(at + 3_600_000_000, envelope, sender, recipient, "dead")
            self.hours["received", recipient, 0, 1] += 1
        who = (mine, envelope, recipient, recipient, sender, _level(recipient), "document")
        where = ("webhook" if rng.random() < 0.1 else "inbox", state, 3, rank, 14 if reason else 0, at)
        due = (at + 60_000_000 if state == "QUEUED" else None, at + 4 * 3_600_000_000)
        times = (None if state in ("DEAD", "QUEUED") else available, collected if took else None)
        done = (collected + 1_000_000, "done") if is_done else (None, None)
        answer = (reason, progress, progress, reported, "Đã vào sổ" if progress else None)
        self.rows["delivery"].append((*who, *where, *due, *times, *done, *answer))
        if progress == "06" and len(self.answered) < 1_000:
            self.answered.append(envelope)

    def _state(self, at: int, collected: int, end: int) -> str:
        """What has become of a delivery: of the last three days' a fifth lies where it was put."""
        chance, is_young = self.rng.random(), at > end - 3 * _DAY
        if chance < 0.02:
            return "DEAD" if chance < 0.01 else "WITHDRAWN"
        if collected > end or (chance < (0.2 if is_young else 0.025)):
            return "QUEUED" if at > end - 2_000_000 else "AVAILABLE"
        return "COLLECTED" if chance < (0.25 if is_young else 0.03) else "CONFIRMED"

    def _report(  # noqa: PLR0913 - what one is made of
        self, envelope: str, delivery: str, sender: str, recipient: str, code: str, at: int, number: int
    ) -> None:
        """A report: its row, its event, and the envelope and delivery that carried it."""
        mine = identity(at, number + (1 << 44) + (len(self.rows["report"]) << 32))
        self._event(at, envelope, sender, recipient, "reported", code)
        self.rows["report"].append(
            (
                mine,
                envelope,
                delivery,
                recipient,
                sender,
                code,
                "Đã vào sổ",
                "{}",
                "2026-11-25T09:00:00+07:00",
                at,
                "[]",
            )
        )
        self._envelope(mine, recipient, "status", f"{recipient}-{number}", code, "", 0, at, "valid", [sender])
        who = (
            delivery_id(mine, sender),
            mine,
            sender,
            sender,
            recipient,
            _level(sender),
            "status",
            "inbox",
            "CONFIRMED",
        )
        times = (at, None, None, at + 60_000, at + 1_000_000, at + 1_000_000)
        self.rows["delivery"].append((*who, 3, 3, 0, *times, "done", *(None,) * 5))

    def _ledger(self, hour: int) -> None:
        for (side, agency), figures in _by_agency(self.hours).items():
            envelopes, carried, dead = figures
            row = (side, agency, hour * 3_600_000_000, envelopes, carried, carried, 0, dead)
            self.rows["ledger"].append(row)
        self.hours.clear()


def _by_agency(hours: "Counter[tuple[str, str, int, int]]") -> dict[tuple[str, str], list[int]]:
    found: dict[tuple[str, str], list[int]] = {}
    for (side, agency, carried, dead), count in hours.items():
        figures = found.setdefault((side, agency), [0, 0, 0])
        figures[0] += 0 if dead else count
        figures[1] += carried * count
        figures[2] += dead * count
    return found


def _level(code: str) -> str:
    return "central" if code[0] == "G" else "commune" if "." in code else "province"


def moment(micros: int) -> datetime:
    """The time of so many microseconds, quickly."""
    return _EPOCH + timedelta(microseconds=micros)


_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
