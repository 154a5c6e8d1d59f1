"""The whole table: every row of the checklist, B001 to B217, with its cases or the reason why there is none."""

from typing import Final

from tests.edge import attachments, backend, callers, content, forms, framing, hostile, media, signatures
from tests.edge.rows import Case, Elsewhere

GROUPS: Final = (framing, media, forms, callers, hostile, content, attachments, signatures, backend)
TABLE: Final = tuple(row for group in GROUPS for row in group.rows())
CASES: Final = tuple(row for row in TABLE if isinstance(row, Case))
ELSEWHERE: Final = tuple(row for row in TABLE if isinstance(row, Elsewhere))
IDS: Final = tuple(f"B{number:03}" for number in range(1, 218))
