"""The shape of a finding's text."""

from dataclasses import dataclass

Pair = tuple[str, str]
"""(Vietnamese, English)."""


@dataclass(frozen=True, slots=True)
class Text:
    """What a code means: a short `title`, the `cause` with {details} (the title when there is none), the `fix`."""

    title: Pair
    fix: Pair
    cause: Pair | None = None
