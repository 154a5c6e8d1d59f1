"""Commands that need no hub running: sign, verify (offline), and explain (from the database beside it, or a code)."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from hub import say

if TYPE_CHECKING:
    from hub.findings.text import Text
    from hub.spool import Body

_HELD: Final = 4 * 1024 * 1024  # bytes of a file that are read at once
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def sign(
    file: Annotated[Path, typer.Argument(help="An edXML envelope without a signature.")],
    cert: Annotated[Path, typer.Option("--cert", help="The agency's certificate, PEM.")],
    private_key: Annotated[Path, typer.Option("--private-key", help="Its private key, PEM, not encrypted.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the signed envelope goes.")],
) -> None:
    """Sign an envelope the way the hub wants it; every other byte stays as it was."""
    from hub.errors import rejected
    from hub.xml.write import sign as put_signature

    try:
        certificate, key = cert.read_bytes(), private_key.read_bytes()
        if not _is_pair(certificate, key):
            say.ended(rejected("key-of-another"))
        signed = put_signature(file.read_bytes(), certificate, key)
        output.write_bytes(signed)
    except OSError as error:
        say.ended(error)
    except (ValueError, TypeError) as error:  # TypeError: the key asks for a password
        say.ended(rejected("key-unreadable", reason=error))
    say.note(f"signed: {output} ({len(signed)} bytes)")


def _is_pair(certificate: bytes, key: bytes) -> bool:
    """Whether a private key is the one that a certificate was issued for; both PEM."""
    from cryptography import x509
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    return load_pem_private_key(key, None).public_key() == x509.load_pem_x509_certificate(certificate).public_key()


def verify(
    file: Annotated[Path, typer.Argument(help="An envelope, a receipt, a whole answer, or an evidence file.")],
    key: Annotated[
        Path | None, typer.Option("--key", help="The hub's public keys (JWK or JWK set); default: those in TRUC_HOME.")
    ] = None,
    roots: Annotated[
        Path | None, typer.Option("--roots", help="PEM file with the roots of signers, as their CAs publish them.")
    ] = None,
    tsa_roots: Annotated[
        Path | None, typer.Option("--tsa-roots", help="PEM file with the roots of the time-stamp authority.")
    ] = None,
    as_json: Json = False,
) -> None:
    """Check offline: what the hub would say of this envelope, whether this receipt is its word, each step of evidence."""
    from hub.offline import Brought, check

    try:
        found = check(_body(file), say.settings(), Brought(key, roots, tsa_roots))
    except OSError as error:
        say.ended(error)
    if as_json:
        say.data(found)
    else:
        say.line(f"{found['kind']}: {'OK' if found['ok'] else 'NOT OK'}")
        for name, value in found.items():
            if name not in ("kind", "ok", "errors", "steps"):
                say.line(f"  {name}: {value}")
        for step in found.get("steps", []):
            mark = {True: "✓", False: "✗", None: "·"}[step["ok"]]
            say.line(f"  {mark} {step['step']}: {step['vi' if say.is_vietnamese() else 'en']}")
        for each in found.get("errors", []):
            say.told(each)
    raise typer.Exit(0 if found["ok"] else 1)


def _body(file: Path) -> "Body":
    """The file's bytes; of a large one only where they are."""
    from hashlib import file_digest

    from hub.spool import Spooled

    with file.open("rb") as opened:
        content = opened.read(_HELD + 1)
        if len(content) <= _HELD or not opened.seekable():  # of a pipe nothing can be read twice
            return content + opened.read()
        opened.seek(0)
        digest = file_digest(opened, "sha256").hexdigest()
        return Spooled(file, opened.tell(), digest)


def explain(
    what: Annotated[str, typer.Argument(metavar="ENVELOPE_ID", help="Or a code, such as digest-mismatch.")],
    as_json: Json = False,
) -> None:
    """Why the hub did what it did with an envelope, from the database, for operators at its side; or what a code means."""
    import asyncio

    from hub.errors import rejected
    from hub.findings import TEXTS
    from hub.offline import explain as look

    if what in TEXTS:
        _tell_code(what, TEXTS[what], as_json=as_json)
        return
    found = asyncio.run(look(what, say.settings()))
    if found is None:
        say.ended(rejected("not-found", "ENVELOPE_ID"))
    if as_json:
        say.data(found)
        return
    say.line(f"{found['id']}  {found['received_at']}  signature: {found['signature']['verdict']}")
    for warning in found["warnings"]:
        say.line(f"  warning {warning['code']}: {warning['message']['vi' if say.is_vietnamese() else 'en']}")
    for route in found["routing"]:
        say.line(
            f"  {route['addressed_as']} -> {route['recipient']} ({route['level']}): {route['state']}; {route['why']}"
        )
    for event in found["events"]:
        say.line(
            f"  {event['at']}  {event['what']:<10} {event['recipient'] or ''} {event['code'] or ''} {event['detail'] or ''}"
        )


def _tell_code(code: str, text: "Text", *, as_json: bool) -> None:
    causes = zip(("vi", "en"), text.title, text.cause or text.title, text.fix, strict=True)
    said = {language: {"title": title, "cause": cause, "fix": fix} for language, title, cause, fix in causes}
    if as_json:
        say.data({"code": code, **said})
        return
    for each in said.values():
        say.line(f"{each['title']}: {each['cause']}" if each["cause"] != each["title"] else each["title"])
        say.line(f"  -> {each['fix']}")


COMMANDS: dict[str, Callable[..., Any]] = {"sign": sign, "verify": verify, "explain": explain}
