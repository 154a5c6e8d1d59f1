"""The result on paper: JUnit for build servers, one HTML page for people; JSON is `Outcome.shown`."""

from collections.abc import Sequence
from html import escape
from typing import Final

from hub.conform.run import End, Outcome

_MARKS: Final = {
    End.KEPT: ("✓", "đạt · kept"),
    End.BROKEN: ("✗", "không đạt · broken"),
    End.NOT_TRIED: ("–", "chưa thử · not tried"),
}
_STYLE: Final = (
    "body{font:16px/1.5 sans-serif;max-width:70rem;margin:2rem auto;padding:0 1rem}"
    "table{border-collapse:collapse;width:100%}td,th{border-bottom:1px solid #ccc;padding:.4rem;text-align:left;"
    "vertical-align:top}.broken{background:#fde8e8}.not-tried{color:#666}pre{white-space:pre-wrap;margin:0}"
)


def junit(outcomes: Sequence[Outcome], target: str) -> str:
    """The result as JUnit XML."""
    cases = "".join(_junit_case(one) for one in outcomes)
    broken, skipped = (sum(one.end is end for one in outcomes) for end in (End.BROKEN, End.NOT_TRIED))
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<testsuite name="truc conform {escape(target)}" tests="{len(outcomes)}" failures="{broken}" errors="0" '
        f'skipped="{skipped}" time="{sum(one.seconds for one in outcomes):.3f}">{cases}</testsuite>\n'
    )


def _junit_case(one: Outcome) -> str:
    inner = {
        End.KEPT: "",
        End.BROKEN: f'<failure message="{_text(one.why)}">{_text(one.case.rule)}</failure>',
        End.NOT_TRIED: f'<skipped message="{_text(one.why)}"/>',
    }[one.end]
    steps = _text("\n".join(one.steps))
    return (
        f'<testcase classname="conform" name="{one.case.id} {_text(one.case.en)}" time="{one.seconds:.3f}">'
        f"{inner}<system-out>{steps}</system-out></testcase>"
    )


def html(outcomes: Sequence[Outcome], target: str) -> str:
    """The result as one page that needs nothing beside it."""
    rows = "".join(
        f'<tr class="{one.end.value}"><td>{one.case.id}</td><td>{escape(one.case.vi)}<br>{escape(one.case.en)}</td>'
        f"<td>{escape(one.case.rule)}</td><td>{' '.join(_MARKS[one.end])}<br>{escape(one.why)}</td>"
        f"<td><details><summary>{len(one.steps)}</summary><pre>{escape(chr(10).join(one.steps))}</pre></details></td></tr>"
        for one in outcomes
    )
    counts = ", ".join(f"{sum(o.end is end for o in outcomes)} {_MARKS[end][1]}" for end in End)
    return (
        f'<!doctype html><html lang="vi"><meta charset="utf-8"><title>truc conform</title><style>{_STYLE}</style>'
        f"<h1>Kiểm tra tuân thủ · Conformance</h1><p>{escape(target)}: {counts}</p><table><tr><th>#</th>"
        f"<th>Nội dung · Case</th><th>Quy định · Rule</th><th>Kết quả · Outcome</th><th>Các bước · Steps</th></tr>"
        f"{rows}</table></html>\n"
    )


def _text(text: str) -> str:
    """Text for XML: what XML cannot carry is shown as a question mark."""
    return escape("".join(c if c >= " " or c in "\t\n" else "?" for c in text))
