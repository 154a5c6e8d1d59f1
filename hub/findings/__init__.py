"""Everything the hub may find wrong or odd, in two languages, each with a way out.

A *code* is the stable name other people's programs depend on. Its `Text` says in Vietnamese and English what it is
(`title`), what was found here (`cause`, with details filled in) and what to do (`fix`). The texts live in one table
per subject beside this file; `docs/reference/problems.md` has a heading for each code, kept true by a test.
"""

from dataclasses import dataclass
from typing import Any, Final

from hub.findings import (
    access,
    content,
    directory,
    http,
    life,
    proof,
    reform,
    signature,
    trust,
    vxp,
    watching,
    working,
    xml,
)
from hub.findings.text import Pair, Text

TEXTS: Final[dict[str, Text]] = {
    **http.TEXTS,
    **access.TEXTS,
    **xml.TEXTS,
    **content.TEXTS,
    **signature.TEXTS,
    **directory.TEXTS,
    **reform.TEXTS,
    **life.TEXTS,
    **trust.TEXTS,
    **proof.TEXTS,
    **vxp.TEXTS,
    **watching.TEXTS,
    **working.TEXTS,
}

ECHO_AT_MOST: Final = 200  # characters of the sender's own text that an answer repeats (security.md §6)


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing found: where (`path` into the envelope, `line` from 1), what, why, and how to mend it."""

    code: str
    path: str
    line: int | None
    message: Pair
    fix: Pair

    @property
    def title(self) -> Pair:
        """The short name of this kind of finding, (vi, en)."""
        return TEXTS[self.code].title

    def shown(self) -> dict[str, Any]:
        """As a warning in an answer, and as kept beside an envelope."""
        vi, en = self.message
        return {"code": self.code, "path": self.path, "line": self.line, "message": {"vi": vi, "en": en}}

    def explained(self) -> dict[str, Any]:
        """As an error in a problem document: with the way out."""
        vi, en = self.fix
        return {**self.shown(), "fix": {"vi": vi, "en": en}}


def finding(code: str, path: str = "", line: int | None = None, **details: object) -> Finding:
    """Fill the text of `code` with `details`; each detail is cut to what an answer may repeat.

    A detail that is a `Pair` goes into each language's text in its own.
    """
    text = TEXTS[code]
    cause, fix = text.cause or text.title, text.fix
    shown = [{name: _shorten(_in(value, language)) for name, value in details.items()} for language in (0, 1)]
    message = cause[0].format_map(shown[0]), cause[1].format_map(shown[1])
    return Finding(code, path, line, message, (fix[0].format_map(shown[0]), fix[1].format_map(shown[1])))


def _in(value: object, language: int) -> object:
    return value[language] if isinstance(value, tuple) else value


def _shorten(value: object) -> str:
    shown = "".join(c if c.isprintable() else "�" for c in str(value))
    return shown if len(shown) <= ECHO_AT_MOST else shown[: ECHO_AT_MOST - 1] + "…"
