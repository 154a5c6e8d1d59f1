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
    from hub.store.directory.certificates import Binding

_DAY = {"formats": ["%Y-%m-%d"], "metavar": "DATE"}
From = Annotated[datetime | None, typer.Option("--from", help="First day of the binding (YYYY-MM-DD).", **_DAY)]
To = Annotated[datetime | None, typer.Option("--to", help="First day on which it counts no more.", **_DAY)]


def cert(  # noqa: PLR0913 - the options of one command
    code: Code,
    file: Annotated[Path | None, typer.Argument(metavar="FILE.pem", help="The agency's certificate.")] = None,
    by_key: Annotated[bool, typer.Option("--by-key", help="Bind every certificate over this one's key.")] = False,
    key_sha256: Annotated[
        str | None, typer.Option(metavar="HEX", help="Instead of a file: SHA-256 of the public key. Needs --to.")
    ] = None,
    issuer: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="Instead of a file: the CA (RFC 4514), with --serial. Needs --to."),
    ] = None,
    serial: Annotated[str | None, typer.Option(metavar="HEX", help="The number that CA gave the certificate.")] = None,
    pinned: Annotated[bool, typer.Option("--pinned", help="Believe it without a chain.")] = False,
    start: From = None,
    end: To = None,
    revoke: Annotated[
        str | None, typer.Option(metavar="FINGERPRINT", help="Believe this bound certificate no more.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Bind a signing certificate to an agency, several side by side with dates; with --revoke end a binding at once.

    By itself (FILE.pem), by its key (FILE.pem --by-key, or --key-sha256), or by who issued it under which number.
    """
    number = issuer is not None or serial is not None
    if sum((file is not None, key_sha256 is not None, number, revoke is not None)) != 1:
        raise typer.BadParameter(
            "name a file, or --key-sha256, or --issuer and --serial, or --revoke FINGERPRINT", param_hint="FILE.pem"
        )
    if start and end and end <= start:
        raise typer.BadParameter("it ends before it begins", param_hint="--to")
    if pinned and number:
        raise typer.BadParameter("only a chain can prove a number", param_hint="--pinned")
    if revoke:
        tell(_unbind(code, revoke), as_json=as_json)
        return
    window = (midnight(start), midnight(end))
    if (key_sha256 is not None or number) and window[1] is None:
        raise typer.BadParameter("without a certificate the binding needs an end", param_hint="--to")
    content = _content(file) if file else None

    def bound(now: datetime) -> "Binding":
        from hub import enrol
        from hub.domain.binding import BoundBy

        if content is not None:
            kind = BoundBy.KEY if by_key else BoundBy.CERTIFICATE
            return enrol.handed_in(content, kind, window, pinned=pinned)
        if key_sha256 is not None:
            return enrol.by_key(key_sha256, window, now, pinned=pinned)
        return enrol.by_number(issuer or "", serial or "", window, now)

    tell(_bind(code, bound), as_json=as_json)


def cert_list(code: Code, as_json: Json = False) -> None:
    """List the certificates of an agency, ended and revoked ones included, with the days that are left."""
    from hub.store.directory import agencies, certificates

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
        who = each["subject"] or f"to come {each['issuer']} {each['serial']}".rstrip()
        say.line(f"{each['state']:<8} {each['days_left']:>5} days  {each['fingerprint']} {each['bound_by']:<13} {who}")


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
    from hub.store.directory import registry

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


def _bind(code: str, bound: Callable[[datetime], "Binding"]) -> dict[str, Any]:
    from hub import enrol

    async def work(database: "Database", now: datetime) -> dict[str, Any]:
        binding = bound(now)
        if binding.der and now > binding.not_after:
            say.note(f"truc: note: the certificate expired on {binding.not_after.date()}; what it signs is refused")
        async with database.write() as conn:
            owner = await enrol.bind(conn, code, binding, now)
        if binding.bound_by != "certificate" and not binding.der:
            say.note("truc: note: the certificate is to come; the first document it signs puts it on record")
        return {
            "code": owner,
            "fingerprint": binding.fingerprint,
            "bound_by": binding.bound_by.value,
            "subject": binding.subject,
            "issuer": binding.issuer,
            "not_before": binding.not_before.isoformat(),
            "not_after": binding.not_after.isoformat(),
            "pinned": binding.pinned,
            **{name: plain(value) for name in ("valid_from", "valid_to") if (value := getattr(binding, name))},
        }

    return opened.run(work)


def _unbind(code: str, fingerprint: str) -> dict[str, Any]:
    from hub.store.directory import agencies, certificates

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
        say.ended(error)


COMMANDS: dict[str, Callable[..., Any]] = {
    "cert": cert,
    "cert-list": cert_list,
    "cert-revoke": cert_revoke,
    "sha1": sha1,
}
