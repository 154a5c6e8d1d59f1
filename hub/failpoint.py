"""Places where a process can be told to die, as by `kill -9`, so that tests prove that nothing is lost there.

`TRUC_FAIL_AT=name:n` ends the process when it comes to `name` for the n-th time. Unset, a place costs one comparison.
What is armed is the process's own, like the death it leads to: that is why it may be a global.
"""

import os
import signal
from typing import Final

POINTS: Final[dict[str, str]] = {
    "body-half-read": "a piece of the body is here, not the whole",
    "body-read": "the body is here, nothing is stored",
    "original-written": "a large original is written, not yet synced",
    "original-kept": "a large original is synced, its transaction not begun",
    "group-unwritten": "a group of envelopes is about to be sent to the database",
    "change-half-written": "a recall's or update's envelope is written, its effects are not, nothing is committed",
    "change-uncommitted": "a recall or update is written, not committed",
    "group-committed": "a group of envelopes is committed, nobody is told",
    "answer-due": "the envelope is committed, the answer not begun",
    "answer-half-sent": "the answer's head is sent, its body is not",
    "notes-claimed": "the relay holds notes, none is published",
    "notes-sent": "notes are on their way to the bus, none is acknowledged",
    "notes-acknowledged": "the bus has the notes, the outbox still has them too",
    "notes-polled": "a worker has notes in hand, nothing is done",
    "notes-done": "what the notes asked for is committed, their offsets are not",
    "partitions-revoked": "the bus takes partitions away, to share them anew",
    "handed-over": "an agency's system has taken a parcel, the delivery is not settled",
    "report-uncommitted": "an agency's report is written, not committed",
    "list-half-swapped": "a new revocation list is written, not committed",
    "mail-written": "alerts are raised and digests written, none is sent",
    "mail-taken": "the mail server has taken a digest, it is not settled",
    "schema-half-way": "a migration has run and is not committed",
}

_armed = ""
_left = 0


def arm(where: str, *, is_allowed: bool) -> None:
    """Take `name:n` (or `name`: the first time); "" disarms. Raises ValueError when it is no such thing, or not allowed."""
    global _armed, _left
    name, _, times = where.partition(":")
    if where and name not in POINTS:
        raise ValueError(f"no such point: {name}; there are: {', '.join(POINTS)}")
    if times and not (times.isascii() and times.isdigit() and int(times) > 0):
        raise ValueError(f"not a number of times: {times}")
    if where and not is_allowed:
        raise ValueError("this hub is in production: it dies on purpose only with TRUC_FAIL_POINTS_ALLOWED=true")
    _armed, _left = name, int(times or 1)


def reach(name: str) -> None:
    """The process is at `name`: end here if it was told to."""
    if name == _armed:
        _die()


def _die() -> None:
    global _left  # noqa: PLW0603 - see the module's first words
    _left -= 1
    if _left == 0:
        os.kill(os.getpid(), signal.SIGKILL)
