"""Status reports: what an agency says about a document it was sent. Lenient: recorded, flagged, forwarded, never lost.

Two things are kept per (document, recipient): the latest report as it came, and `progress`, which moves only as the
table allows. Beside them a pending change (a recall, an update, a take-back) waits for 15 or 16.
Codes and texts: the official sample set; order of codes: domain §8.3 (no published table of transitions exists).
"""

from dataclasses import dataclass
from typing import Final

from hub.domain.change import GIVES_UP

NAMES: Final[dict[str, tuple[str, str]]] = {
    "01": ("Đã đến", "arrived"),
    "02": ("Từ chối tiếp nhận", "refused"),
    "03": ("Đã tiếp nhận", "accepted into the register"),
    "04": ("Phân công xử lý", "assigned"),
    "05": ("Đang xử lý", "in process"),
    "06": ("Hoàn thành", "finished"),
    "13": ("Lấy lại", "asked back by the sender"),
    "15": ("Đồng ý cập nhật, lấy lại", "change agreed"),
    "16": ("Từ chối cập nhật, lấy lại", "change refused"),
}
REACHED: Final[dict[str, tuple[str, ...]]] = {
    "answered": ("01", "02", "03", "04", "05", "06"),
    "registered": ("03", "04", "05", "06"),
    "assigned": ("04", "05", "06"),
    "finished": ("06",),
    "refused": ("02",),
}
"""How far a recipient has come, by its progress: each step holds what went further."""
BY_SENDER: Final = "13"  # the one report that goes from the document's sender to its recipient
AGREED: Final = "15"
REFUSED: Final = "16"
WITHDRAWN: Final = "W"  # progress after an agreed recall or take-back: the document is gone

OK, TOLERATED, SKIPPED, OUT_OF_ORDER, REPEATED, NOT_ALLOWED, RECORDED = (
    "ok",
    "tolerated",
    "steps-not-reported",
    "out-of-order",
    "repeated",
    "not-allowed",
    "after-withdrawal",
)
_MOVES: Final = frozenset({OK, TOLERATED, SKIPPED})

# progress so far -> reported code -> what the hub makes of it
TABLE: Final[dict[str, dict[str, str]]] = {
    "": {"01": OK, "02": OK, "03": OK, "04": SKIPPED, "05": SKIPPED, "06": SKIPPED},
    "01": {"01": REPEATED, "02": OK, "03": OK, "04": TOLERATED, "05": TOLERATED, "06": TOLERATED},
    "02": {"01": TOLERATED, "02": REPEATED, "03": TOLERATED, "04": NOT_ALLOWED, "05": NOT_ALLOWED, "06": NOT_ALLOWED},
    "03": {"01": OUT_OF_ORDER, "02": TOLERATED, "03": REPEATED, "04": OK, "05": OK, "06": OK},
    "04": {"01": OUT_OF_ORDER, "02": TOLERATED, "03": OUT_OF_ORDER, "04": OK, "05": OK, "06": OK},
    "05": {"01": OUT_OF_ORDER, "02": TOLERATED, "03": OUT_OF_ORDER, "04": OK, "05": OK, "06": OK},
    "06": {"01": OUT_OF_ORDER, "02": NOT_ALLOWED, "03": OUT_OF_ORDER, "04": TOLERATED, "05": TOLERATED, "06": REPEATED},
    WITHDRAWN: dict.fromkeys(("01", "02", "03", "04", "05", "06"), RECORDED),
}


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a report makes of a delivery: the progress and pending change after it, and its flags ([] when in turn)."""

    progress: str
    pending: str | None
    flags: tuple[str, ...] = ()


def after(progress: str | None, pending: str | None, code: str) -> Outcome:
    """What holds after a report `code`; total: every code in every state has an outcome."""
    now = progress or ""
    if code == BY_SENDER:
        flags = (RECORDED,) if now == WITHDRAWN else ("after-finish",) if now == "06" else ()
        return Outcome(now, pending or ("take-back" if now != WITHDRAWN else None), flags)
    if code in (AGREED, REFUSED):
        if pending is None:
            return Outcome(now, None, ("nothing-to-answer",))
        gone = code == AGREED and pending in GIVES_UP
        return Outcome(WITHDRAWN if gone else now, None)
    verdict = TABLE[now].get(code)
    if verdict is None:
        return Outcome(now, pending, ("unknown-code",))
    return Outcome(code if verdict in _MOVES else now, pending, () if verdict == OK else (verdict,))
