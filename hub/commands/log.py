"""`truc log`: the append-only log, from outside over HTTP (head, prove, check, evidence) and at the database (audit)."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands import opened

if TYPE_CHECKING:
    from datetime import datetime

    from hub.store.database import Database

app = typer.Typer(
    help="The append-only log of what the hub answers for: remember its heads, ask for proofs, audit the database.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
Url = Annotated[str, typer.Option("--url", envvar="TRUC_URL", help="Where the hub is.")]
ApiKey = Annotated[str, typer.Option("--key", envvar="TRUC_KEY", help="The API key, or a person's token.")]
HubKey = Annotated[
    Path | None, typer.Option("--hub-key", help="The hub's public keys (JWK or JWK set); default: those in TRUC_HOME.")
]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
_HERE = "http://127.0.0.1:8080"


@app.command()
def head(
    url: Url = _HERE,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Keep the signed head in this file.")] = None,
    hub_key: HubKey = None,
    as_json: Json = False,
) -> None:
    """Fetch the newest signed head and check its signature. Whoever keeps it can catch a log that is rewritten."""
    found = _ask(url, "", "/v1/log/head")
    _signed(found["head"]["jws"], hub_key)
    if output:
        output.write_text(found["head"]["jws"] + "\n", "utf-8")
    if as_json:
        say.data(found)
        return
    say.line(f"size: {found['size']}\nroot: {found['root']}\nat: {found['at']}\nstamped_at: {found['stamped_at']}")


@app.command()
def prove(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="The leaf's number, from 0.")],
    url: Url = _HERE,
    key: ApiKey = "",
    hub_key: HubKey = None,
    as_json: Json = False,
) -> None:
    """Fetch the proof that a leaf is in the log, and check it against the newest signed head."""
    from hub.domain import merkle

    newest = _signed(_ask(url, "", "/v1/log/head")["head"]["jws"], hub_key)
    found = _ask(url, key, "/v1/log/proof", number=number, size=newest["size"])
    path, root = [bytes.fromhex(step) for step in found["path"]], bytes.fromhex(newest["root"])
    ok = merkle.is_included(merkle.leaf_hash(found["leaf"].encode()), number, newest["size"], path, root)
    _tell({**found, "ok": ok}, as_json=as_json)


@app.command()
def check(
    remembered: Annotated[Path, typer.Argument(metavar="HEAD", help="A signed head that was kept (truc log head -o).")],
    url: Url = _HERE,
    hub_key: HubKey = None,
    as_json: Json = False,
) -> None:
    """Check that the log has only grown since a head that was kept."""
    from hub.domain import merkle

    was = _signed(_content(remembered), hub_key)
    now = _signed(_ask(url, "", "/v1/log/head")["head"]["jws"], hub_key)
    sizes = was["size"], now["size"]
    found: dict[str, Any] = {"first": sizes[0], "second": sizes[1], "path": []}
    if sizes[0] <= sizes[1]:
        found = _ask(url, "", "/v1/log/consistency", first=sizes[0], second=sizes[1])
    path = [bytes.fromhex(step) for step in found["path"]]
    ok = merkle.is_consistent(*sizes, path, bytes.fromhex(was["root"]), bytes.fromhex(now["root"]))
    _tell({**found, "ok": ok}, as_json=as_json)


@app.command()
def evidence(
    envelope_id: Annotated[str, typer.Argument(metavar="ENVELOPE_ID", help="As the receipt says it.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="Where the file goes.")],
    url: Url = _HERE,
    key: ApiKey = "",
    with_bytes: Annotated[bool, typer.Option("--bytes/--no-bytes", help="With the document itself.")] = True,
) -> None:
    """Fetch the evidence file of an envelope, for `truc verify` and for whoever has to be convinced."""
    asked = {} if with_bytes else {"bytes": "false"}
    _ask(url, key, f"/v1/envelopes/{envelope_id}/evidence", output, **asked)
    say.note(f"evidence: {output}")


@app.command()
def audit(
    remembered: Annotated[
        list[Path] | None, typer.Option("--head", metavar="FILE", help="A signed head that was kept; may be repeated.")
    ] = None,
    hub_key: HubKey = None,
    as_json: Json = False,
) -> None:
    """Hold the database against the log: whatever was altered, removed or added past the hub is named."""
    keys = _keys(hub_key)
    heads = [_content(file) for file in remembered or []]

    async def work(database: "Database", _now: "datetime") -> list[dict[str, str]]:
        from hub.attest.auditing import Auditor
        from hub.store.road.originals import object_store

        auditor = Auditor(database, object_store(say.settings().originals), keys, heads)
        one = 0 if say.is_vietnamese() else 1
        found = []
        async for odd in auditor.audit():
            found.append({"what": odd.what, "kind": odd.kind, "id": odd.id, "said": odd.said[one]})
            if not as_json:
                say.line(f"✗ {odd.said[one]}")
        return found

    found = opened.run(work)
    if as_json:
        say.data({"ok": not found, "items": found})
    elif not found:
        say.line("OK")
    raise typer.Exit(1 if found else 0)


@app.command("rotate-key")
def rotate_key(as_json: Json = False) -> None:
    """Sign with a fresh key from the next start on. The old public key stays published, for what it signed."""
    from hub.trust.seal import rotate

    settings = say.settings()
    seal = rotate(settings.home)
    if as_json:
        say.data(seal.public)
        return
    say.line(f"kid: {seal.kid}")
    say.note("truc: copy hub-key*.json to every machine of the hub and start its processes again")


def _tell(found: dict[str, Any], *, as_json: bool) -> None:
    if as_json:
        say.data(found)
    else:
        for name, value in found.items():
            say.line(f"{name}: {value}")
    if not found["ok"]:
        say.note("truc: the proof does not hold: keep both heads, and ask the hub's operators and auditors")
        raise typer.Exit(1)


def _keys(hub_key: Path | None) -> list[dict[str, Any]]:
    from hub.errors import rejected
    from hub.trust.seal import load_keys, published

    try:
        found = load_keys(hub_key) if hub_key else published(say.settings().home)
    except (OSError, ValueError, KeyError, TypeError) as error:
        say.ended(rejected("key-unreadable", reason=error) if not isinstance(error, OSError) else error)
    if not found:
        say.note("truc: no public key in TRUC_HOME: give the hub's with --hub-key")
        raise typer.Exit(1)
    return found


def _signed(text: str, hub_key: Path | None) -> dict[str, Any]:
    from hub.trust.seal import HEAD, NotOurs, read

    try:
        found = read(text, _keys(hub_key))
    except NotOurs as error:
        say.note(f"truc: not a head of this hub: {error}")
        raise typer.Exit(1) from None
    if found.typ != HEAD:
        say.note(f"truc: signed as {found.typ}, which is no head of the log")
        raise typer.Exit(1)
    return found.claims


def _content(file: Path) -> str:
    try:
        return file.read_text("utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        say.ended(error)


def _ask(url: str, key: str, path: str, output: Path | None = None, **query: Any) -> dict[str, Any]:
    """The answer; with `output` it goes into that file in pieces, and {} is answered."""
    import httpx

    from hub.commands import transfer
    from hub.errors import rejected

    headers = {"Authorization": f"Bearer {key}"} if key else {}
    try:
        with httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=60) as http:
            answer = transfer.keep(http, path, output, query) if output else http.get(path, params=query)
    except OSError as error:
        say.ended(error)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        say.ended(rejected("hub-silent", url=url, reason=str(error).rstrip(".") or type(error).__name__))
    if output and answer.is_success:
        return {}
    found: dict[str, Any] = answer.json() if "json" in answer.headers.get("content-type", "") else {}
    if answer.status_code != 200:  # noqa: PLR2004
        say.note(f"truc: {answer.status_code} {found.get('code', '')} {found.get('detail', '')}".strip())
        for each in found.get("errors", ()):
            say.told(each)
        raise typer.Exit(1)
    return found
