#!/usr/bin/env python3
"""Write the pages of the reference that are made of the code: run it after changing what they tell.

    python docs/generate.py            writes docs/reference/*.md
    python docs/generate.py --check    says which pages are not current (exit code 1), and writes nothing

A test compares the pages with what this script makes, so none can fall behind.
"""

import argparse
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum
from pathlib import Path
from typing import Any, Final

ROOT: Final = Path(__file__).resolve().parents[1]
PAGES: Final = ROOT / "docs" / "reference"
if __name__ == "__main__":
    sys.path.insert(0, str(ROOT))

from fastapi.routing import APIRoute  # noqa: E402
from pydantic import SecretStr  # noqa: E402

from hub import metrics  # noqa: E402
from hub.bus import notes  # noqa: E402
from hub.domain import access as policy  # noqa: E402
from hub.domain import change, delivery, report, roles  # noqa: E402
from hub.findings import (  # noqa: E402
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
from hub.findings.text import Text  # noqa: E402
from hub.gateway import problems as table  # noqa: E402
from hub.settings import MIB, Settings  # noqa: E402

_NOTE: Final = "<!-- Made by docs/generate.py from the code: change the code, run the script. -->"
_SUBJECTS: Final = (
    (http, "The request", "Yêu cầu HTTP"),
    (access, "Who asks", "Bên gọi"),
    (xml, "The XML", "Cú pháp XML"),
    (content, "The content of the envelope", "Nội dung phong bì"),
    (signature, "The signature", "Chữ ký"),
    (directory, "Agencies, addressing and the directory", "Cơ quan, địa chỉ và danh bạ"),
    (reform, "The directory in time", "Danh bạ theo thời gian"),
    (life, "The life of a document, groups", "Vòng đời văn bản, nhóm bên nhận"),
    (trust, "The trust store", "Kho tin cậy"),
    (proof, "The log and its proofs", "Sổ chứng cứ"),
    (vxp, "The face for clients of the national axis", "Giao diện VXP"),
    (watching, "Watching", "Giám sát"),
    (working, "What commands and processes stand on", "Lệnh và tiến trình"),
)


def settings() -> str:
    """Every setting with its default and its meaning."""
    rows = [
        (f"`TRUC_{name.upper()}`", _default(name, field.default), _plain(field.description or ""))
        for name, field in Settings.model_fields.items()
    ]
    return _page(
        "Settings",
        "Every setting is read from the environment, or from `truc.toml` in the working directory (there without",
        "the prefix and in lower case: `port = 8081`). The environment wins. Settings are read once, when a process",
        "starts; `truc doctor` prints the effective ones with secrets hidden.",
        "",
        *_table(("Setting", "Default", "Meaning"), rows),
        "",
        "The commands of an office system (`truc send`, `truc inbox` …) read two more from the environment: `TRUC_URL`",
        "for `--url` and `TRUC_KEY` for `--key`.",
    )


def _default(name: str, value: Any) -> str:
    plain = value.get_secret_value() if isinstance(value, SecretStr) else value
    if name == "database_url":
        return "SQLite in `TRUC_HOME`"
    if name == "originals_url":
        return "a folder in `TRUC_HOME`"
    if isinstance(plain, bool):
        return f"`{str(plain).lower()}`"
    if isinstance(plain, int) and plain >= 1024 and plain % 1024 == 0:  # noqa: PLR2004
        shown = f"{plain // MIB} MiB" if plain % MIB == 0 else f"{plain // 1024} KiB"
        return f"`{plain}` ({shown})"
    if isinstance(plain, Path):
        return f"`./{plain}`"
    return f"`{plain:g}`" if isinstance(plain, float) else f"`{plain}`"


def problems() -> str:
    """One heading a finding code, in the order in which an envelope meets them."""
    lines: list[str] = []
    for subject, en, vi in _SUBJECTS:
        lines += ["", f"## {en} · {vi}"]
        for code, text in subject.TEXTS.items():
            lines += ["", f"### {code}", "", *_problem(code, text)]
    return _page(
        "Problems",
        "Every refusal is a problem document (RFC 9457): `type` is `/problems/` and the code below, `code` the same",
        "code, and `errors` holds **everything** that was found, each with its own code, path, line, cause and fix in",
        "both languages. The status is that of the leading finding: who you are before what you sent, unreadable",
        "before refused. Some codes are warnings: the envelope is accepted, and the finding stands in `warnings`.",
        "Others are only ever said by commands (`truc agency import`); the status is then of no account.",
        "Codes are stable; texts may get better. Words in braces are filled in.",
        "",
        "Mỗi lần từ chối đều nêu **mọi** lỗi cùng lúc, kèm vị trí, nguyên nhân và cách sửa bằng hai thứ tiếng.",
        *lines,
    )


def _problem(code: str, text: Text) -> Iterator[str]:
    yield f"**{text.title[0]}** · {text.title[1]} · HTTP {table.status_of(code)}"
    if text.cause:
        yield from ("", f"> {_plain(text.cause[0])}<br>", f"> {_plain(text.cause[1])}")
    yield from ("", f"- Cách sửa: {_plain(text.fix[0])}", f"- Fix: {_plain(text.fix[1])}")


def _plain(text: str) -> str:
    """Text as Markdown shows it unchanged."""
    return text.replace("<", "&lt;").replace(">", "&gt;").replace("*", "\\*")


def topics_and_metrics() -> str:
    """Tell what the hub says to Kafka and to Prometheus."""
    prefix = Settings.model_fields["topic_prefix"].default
    topics = [(f"`{notes.topic(prefix, level)}`", level) for level in notes.LEVELS]
    figures = [
        (f"`{_exposed(m)}`", m._type, ", ".join(f"`{label}`" for label in m._labelnames) or "—", m._documentation)  # noqa: SLF001
        for m in vars(metrics).values()
        if hasattr(m, "_documentation")
    ]
    return _page(
        "Topics and metrics",
        "## Topics",
        "",
        "With `TRUC_BUS=kafka` each level of administration has a topic; `truc migrate` creates them. The prefix is",
        "`TRUC_TOPIC_PREFIX`, the number of partitions `TRUC_KAFKA_PARTITIONS`, the copies `TRUC_KAFKA_REPLICATION`.",
        "",
        *_table(("Topic", "Level of the recipient"), topics),
        "",
        "The key of a record is the recipient's canonical code, so one agency's notes stay in order. The value is a",
        "note: which delivery wants attention, ids only, never a word of a document. Losing one is harmless: `watch`",
        "rings again.",
        "",
        "## Metrics",
        "",
        "Answered to `GET /metrics` by each gateway, and by a worker at `TRUC_METRICS_PORT`, as Prometheus reads it.",
        "",
        *_table(("Metric", "Type", "Labels", "Meaning"), figures),
    )


def _exposed(metric: Any) -> str:
    return f"{metric._name}_total" if metric._type == "counter" else str(metric._name)  # noqa: SLF001


def states() -> str:
    """Print the two state tables: transport and business."""
    moves = [(state, event, after) for state, found in delivery.TABLE.items() for event, after in found.items()]
    chart = [f"    {before} --> {after}: {event}" for before, event, after in moves]
    ends = [f"    {state} --> [*]" for state in delivery.State if state in delivery.FINAL]
    codes = [code for code in report.NAMES if any(code in row for row in report.TABLE.values())]
    business = [
        (f"**{_progress(before)}**", *(row.get(code, "—") for code in codes)) for before, row in report.TABLE.items()
    ]
    return _page(
        "States",
        "## A delivery: where the document is",
        "",
        "One delivery is one envelope on its way to one agency; only a delivery has a state. The chart is printed from",
        "the table in `hub/domain/delivery.py`, and nothing moves that is not in it.",
        "",
        "```mermaid",
        "stateDiagram-v2",
        f"    [*] --> {delivery.State.QUEUED}",
        *chart,
        *ends,
        "```",
        "",
        *_table(("From", "Event", "To"), [(f"`{b}`", str(e), f"`{a}`") for b, e, a in moves]),
        "",
        f"In the inbox: {_listed(delivery.IN_INBOX)}. Not yet collected, so a matter for alerts: "
        f"{_listed(delivery.UNCOLLECTED)}. Final: {_listed(delivery.FINAL)}.",
        "An envelope's own `state` is a fold over its deliveries: `DEAD` as soon as one is dead, else the least",
        "advanced.",
        "",
        "## A report: what the agency did with it",
        "",
        *_table(("Code", "Tiếng Việt", "English"), [(f"`{c}`", vi, en) for c, (vi, en) in report.NAMES.items()]),
        "",
        "`progress` so far (rows) and the code reported now (columns). `ok`, `tolerated` and `steps-not-reported` move",
        "`progress` to the code; with the others it stays. Everything but `ok` is a flag in the answer. Whatever the",
        "flag, the report is recorded and forwarded: no report is ever lost.",
        "",
        *_table(("progress", *codes), business),
        "",
        f"`{report.BY_SENDER}` opens a pending change (a take-back), as a recall or an update does.",
        f"`{report.AGREED}` and `{report.REFUSED}` answer it; an agreed recall or take-back ends in *withdrawn*.",
        "Without a pending change they are flagged `nothing-to-answer`; other codes `unknown-code`.",
        "",
        "## A change: what is asked of one recipient of one document",
        "",
        "Every change begins `PENDING`, or at its end where there is nothing to ask: `WITHDRAWN` where nobody had collected",
        "the document, `OBEYED` where the recipient had given it back before. The table is `hub/domain/change.py`'s; every",
        "outcome in it is the last. [How the two fit together](../explanation/the-life-of-a-document.md).",
        "",
        *_table(
            ("Change", *change.Event),
            [
                (f"`{kind}`", *(f"`{moves[event]}`" if event in moves else "—" for event in change.Event))
                for kind, moves in sorted(change.TABLE.items())
            ],
        ),
    )


def _progress(code: str) -> str:
    return {"": "none", report.WITHDRAWN: "withdrawn"}.get(code, code)


def _listed(states: Iterable[delivery.State]) -> str:
    return ", ".join(f"`{state}`" for state in delivery.State if state in states)


def commands() -> str:
    """Every command of `truc` with its arguments and options, as its own help tells."""
    import typer.main

    from hub.cli import app

    root = typer.main.get_command(app)
    lines: list[str] = []
    for name, command in _walk("truc", root):
        lines += ["", f"## {name}", "", _help(command)]
        rows = [_parameter(p) for p in command.params if p.name != "help"]
        if rows:
            lines += ["", *_table(("Argument or option", "Meaning"), rows)]
    return _page(
        "Commands",
        "Every command that answers with data takes `--json`: one JSON document on stdout and nothing else there;",
        "prose goes to stderr. Exit code 0: done. 1: refused or failed, with the reason on stderr. 2: wrong usage.",
        "Messages are in Vietnamese when `LANG` begins with `vi`, else in English.",
        *lines,
    )


def _walk(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    for word, child in getattr(command, "commands", {}).items():
        if hasattr(child, "commands"):
            yield from _walk(f"{name} {word}", child)
        else:
            yield f"{name} {word}", child


def _help(command: Any) -> str:
    return " ".join((command.help or "").split())


def _parameter(parameter: Any) -> tuple[str, str]:
    if parameter.param_type_name == "argument":
        shown = parameter.metavar or parameter.name.upper()
    else:
        shown = ", ".join(parameter.opts) + ("" if parameter.is_flag else f" {_metavar(parameter)}")
    notes = [parameter.help or ""]
    if parameter.envvar:
        notes.append(f"From `{parameter.envvar}` when not given.")
    elif parameter.required and parameter.param_type_name == "option":
        notes.append("Required.")
    elif parameter.default not in (None, "", False, []) and not callable(parameter.default):
        notes.append(f"Default: {getattr(parameter.default, 'value', parameter.default)}.")
    return f"`{shown}`".replace("|", "\\|"), " ".join(filter(None, notes))


def _metavar(parameter: Any) -> str:
    kind = parameter.type_descriptor.annotation  # of the version in requirements.lock
    if isinstance(kind, type) and issubclass(kind, Enum):
        return "|".join(str(each.value) for each in kind)
    return str(parameter.metavar or getattr(kind, "__name__", "text").upper().replace("STR", "TEXT"))


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield "| " + " | ".join(header) + " |"
    yield "|" + " --- |" * len(header)
    for row in rows:
        yield "| " + " | ".join(row) + " |"


def _page(title: str, *lines: str) -> str:
    return "\n".join((f"# {title}", "", _NOTE, "", *lines, ""))


def access_page() -> str:
    """Print who may do what, from the policy's own table."""
    callers = (policy.Who.NOBODY, policy.Who.AGENCY, *roles.Role)
    marks = {
        policy.Extent.EVERYTHING: "all",
        policy.Extent.WHOLE: "all, without a scope",
        policy.Extent.SIGHT: "in sight",
        policy.Extent.SENT: "sent by it",
    }
    rows = [
        (action.value, *(marks[granted[who]] if who in granted else "—" for who in callers))
        for action, granted in policy.GRANTS.items()
    ]
    return _page(
        "Access",
        "Who may do what, printed from the table in `hub/domain/access.py`; what is not in it is denied. *In sight*: of",
        "documents that the agency, or an agency in the person's sight, sent or is a recipient of, and of those agencies'",
        "entries in the directory. Everything is in the sight of a person without a scope.",
        "",
        *_table(("", *(str(who.value) for who in callers)), rows),
        "",
        "A scope (`--scope CODE`) narrows what a person sees; `--reach` says how far it goes from there: `agency` alone,",
        "`subtree` (all below it), `province` (the province it is in, and all below), `nation`. `--reads` grants a person",
        "who may watch the subjects and the content besides. Every look at content is in the audit log.",
    )


def console_page() -> str:
    """Print the console's pages, each with what its handler says of itself."""
    from hub.console import pages

    rows = sorted(
        (
            f"`{method} {route.path.replace('{name}', '{file}')}`",
            (route.endpoint.__doc__ or "").strip().splitlines()[0].replace("|", "/"),
        )
        for router in pages.routers()
        for route in router.routes
        if isinstance(route, APIRoute)
        for method in sorted(route.methods - {"HEAD"})
    )
    return _page(
        "Console",
        "Pages for people with a browser, printed from their handlers. Each works without JavaScript, in Vietnamese or",
        "English (`?lang=vi|en`, a cookie, else `Accept-Language`). Who may see which: [access](access.md). A session lasts",
        "twelve hours, and ends at once when somebody logs out or the account is closed.",
        "",
        *_table(("Route", "Meaning"), rows),
    )


MADE: Final[dict[str, Callable[[], str]]] = {
    "settings.md": settings,
    "problems.md": problems,
    "topics-and-metrics.md": topics_and_metrics,
    "states.md": states,
    "commands.md": commands,
    "access.md": access_page,
    "console.md": console_page,
}


def main() -> int:
    """Write or check the pages; answers the exit code."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is not current")
    check = parser.parse_args().check
    behind = [name for name, make in MADE.items() if not _is_current(PAGES / name, make())]
    for name in behind:
        if not check:
            (PAGES / name).write_text(MADE[name](), "utf-8")
        sys.stdout.write(f"{'not current' if check else 'written'}: docs/reference/{name}\n")
    return 1 if check and behind else 0


def _is_current(page: Path, text: str) -> bool:
    return page.exists() and page.read_text("utf-8") == text


if __name__ == "__main__":
    sys.exit(main())
