"""`truc agency cert | cert-list | cert-revoke | sha1`: with which certificates an agency signs, and until when."""

from collections.abc import Callable
from datetime import datetime, time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened
from hub.commands.agency_view import Code, Json, plain, tell
from hub.domain import deadline

if TYPE_CHECKING:
    from hub.store.database import Database

_DAY = {"formats": ["%Y-%m-%d"], "metavar": "DATE"}
From = Annotated[datetime | None, typer.Option("--from", help="First day of the binding (YYYY-MM-DD).", **_DAY)]
To = Annotated[datetime | None, typer.Option("--to", help="First day on which it counts no more.", **_DAY)]


def cert(  # noqa: PLR0913 - the options of one command
    code: Code,
    file: Annotated[Path | None, typer.Argument(metavar="FILE.pem", help="The agency's certificate.")] = None,
    pinned: Annotated[bool, typer.Option("--pinned", help="Believe it without a chain.")] = False,
    start: From = None,
    end: To = None,
    revoke: Annotated[
        str | None, typer.Option(metavar="FINGERPRINT", help="Believe this bound certificate no more.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Bind a signing certificate to an agency, several side by side with dates; with --revoke end a binding at once."""
    if (file is None) == (revoke is None):
        raise typer.BadParameter("name a file, or --revoke FINGERPRINT", param_hint="FILE.pem")
    if start and end and end <= start:
        raise typer.BadParameter("it ends before it begins", param_hint="--to")
    answer = _unbind(code, revoke) if revoke else _bind(code, file or Path(), start, end, pinned=pinned)
    tell(answer, as_json=as_json)


def cert_list(code: Code, as_json: Json = False) -> None:
    """List the certificates of an agency, ended and revoked ones included, with the days that are left."""
    from hub.store import agencies, certificates

    async def work(database: "Database", now: datetime) -> list[dict[str, Any]]:
        async with database.read() as conn:
            known = await agencies.get(conn, code)
            rows = await certificates.certificates_of(conn, known.code)
        return [{name: plain(value) for name, value in row.items()} | _standing(row, now) for row in rows]

    found = opened.run(work)
    if as_json:
        say.data({"items": found})
        return
    for each in found:
        say.line(f"{each['state']:<8} {each['days_left']:>5} days  {each['fingerprint']} {each['subject']}")


def cert_revoke(
    code: Code,
    fingerprint: Annotated[str, typer.Argument(metavar="FINGERPRINT", help="As `truc agency cert-list` shows it.")],
    as_json: Json = False,
) -> None:
    """Believe a bound certificate no more: within two seconds, before any list of its CA says so."""
    tell(_unbind(code, fingerprint), as_json=as_json)


def sha1(
    code: Code,
    until: Annotated[datetime | None, typer.Option(help="Last day on which SHA-1 is taken.", **_DAY)] = None,
    as_json: Json = False,
) -> None:
    """Take an agency's signatures with SHA-1 as valid-legacy up to a day; without --until no more at all."""
    from hub.store import registry

    day = until.date() if until else None

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            kept = await registry.accept_sha1(conn, code, day, now)
        return {"code": kept.code, "accept_sha1_until": plain(kept.accept_sha1_until)}

    tell(opened.run(work), as_json=as_json)


def _standing(row: dict[str, Any], now: datetime) -> dict[str, Any]:
    ends = min(row["not_after"], row["valid_to"] or row["not_after"])
    begins = max(row["not_before"], row["valid_from"] or row["not_before"])
    state = "ended" if now >= ends else "later" if now < begins else "active"
    return {"state": "revoked" if row["revoked_at"] else state, "days_left": max((ends - now).days, 0)}


def _bind(code: str, file: Path, start: datetime | None, end: datetime | None, *, pinned: bool) -> dict[str, Any]:
    from hub.errors import rejected
    from hub.store import certificates
    from hub.trust.certificates import describe

    content = _content(file)
    window = {"valid_from": midnight(start), "valid_to": midnight(end)}

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        facts = describe(content)
        if facts.is_ca:
            raise rejected("certificate-usage")
        if now > facts.not_after:
            say.note(f"truc: note: the certificate expired on {facts.not_after.date()}; what it signs is refused")
        async with database.write() as conn:
            bound = certificates.binding(facts, pinned=pinned, **window)
            owner = await certificates.bind_certificate(conn, code, bound, now)
        return {
            "code": owner,
            "fingerprint": facts.fingerprint,
            "subject": facts.subject,
            "issuer": facts.issuer,
            "not_before": facts.not_before.isoformat(),
            "not_after": facts.not_after.isoformat(),
            "pinned": pinned,
            **{name: plain(value) for name, value in window.items() if value},
        }

    return opened.run(work)


def _unbind(code: str, fingerprint: str) -> dict[str, Any]:
    from hub.store import agencies, certificates

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        async with database.write() as conn:
            await certificates.revoke_certificate(conn, code, fingerprint, now)
            return {"code": (await agencies.get(conn, code)).code, "revoked": fingerprint}

    return opened.run(work)


def midnight(day: datetime | None) -> datetime | None:
    """The beginning of a day in Vietnam."""
    return datetime.combine(day.date(), time(), deadline.LOCAL) if day else None


def _content(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        say.note(f"truc: cannot read {file}: {error.strerror}")
        raise typer.Exit(1) from None


COMMANDS: dict[str, Callable[..., Any]] = {
    "cert": cert,
    "cert-list": cert_list,
    "cert-revoke": cert_revoke,
    "sha1": sha1,
}
