"""Commands of an office system: send, inbox, confirm, report-status. They speak HTTP to a hub, nothing else."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say

if TYPE_CHECKING:
    import httpx

Url = Annotated[str, typer.Option("--url", envvar="TRUC_URL", help="The hub, e.g. http://127.0.0.1:8080.")]
Key = Annotated[str, typer.Option("--key", envvar="TRUC_KEY", help="The agency's API key.")]
Json = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]


def send(
    file: Annotated[Path, typer.Argument(help="An edXML envelope, signed (see `truc sign`).")],
    url: Url,
    key: Key,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything, keep nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Send an envelope and keep the receipt; sending the same file again is harmless.

    From 8 MiB on it is uploaded in a way that goes on where a line broke, in the next run too.
    """
    from hub.commands import transfer

    answer = _asked(
        url, key, lambda http: transfer.send(http, file, dry_run=dry_run), as_json=as_json, timeout=transfer.SECONDS
    )
    assert answer is not None  # noqa: S101 - sending is always answered
    body = answer.json()
    if as_json:
        say.data(body)
        return
    word = {202: "accepted", 200: "already accepted, same receipt"}[answer.status_code]
    kept = "" if dry_run else f" -> {body['id']}"  # of a trial nothing is kept that could be asked for
    say.line(f"{'would be accepted' if dry_run else word}: {body['document_id']}{kept}")
    say.line(f"  signature: {body['signature']['verdict']}")
    for delivery in body["deliveries"]:
        say.line(f"  {delivery['recipient']:<16} {delivery['level'] or '—':<9} {delivery['state']}")
    for warning in body["warnings"]:
        say.note(f"  note: {warning['message']['vi' if say.is_vietnamese() else 'en']}")


def inbox(
    url: Url,
    key: Key,
    wait: Annotated[float, typer.Option(help="Seconds to wait for something to arrive.")] = 0,
    save: Annotated[Path | None, typer.Option(help="Fetch every item into this folder.")] = None,
    as_json: Json = False,
) -> None:
    """What waits for this agency; with --save, the documents themselves: what was begun is gone on with."""
    from hub.commands import transfer

    items = _call("GET", url, f"/v1/inbox?limit=1000&wait={wait}", key, as_json=as_json, timeout=wait + 30).json()[
        "items"
    ]
    if save:
        for item in items:
            path = save / f"{item['delivery_id']}.edxml"
            place, digest = f"/v1/inbox/{item['delivery_id']}", item["sha256"]
            _asked(url, key, _fetching(place, path, digest), as_json=as_json, timeout=transfer.SECONDS)
            item["file"] = str(path)
    if as_json:
        say.data({"items": items})
        return
    if not items:
        say.line("the inbox is empty")
    for item in items:
        say.line(
            f"{item['delivery_id']}  {item['kind']:<8} {item['sender']:<12} {item['code']:<20} {item['subject'][:60]}"
        )


def confirm(
    delivery_id: Annotated[str, typer.Argument(help="The delivery's id, as `truc inbox` lists it.")],
    url: Url,
    key: Key,
    result: Annotated[str, typer.Option(help="done, processing or fail.")] = "done",
    reason: Annotated[str, typer.Option(help="Why, for fail.")] = "",
    as_json: Json = False,
) -> None:
    """Tell the hub that an item was taken in (or could not be): it leaves the inbox."""
    said = {"result": result, "reason": reason}
    answer = _call("POST", url, f"/v1/inbox/{delivery_id}/confirm", key, as_json=as_json, json=said).json()
    if as_json:
        say.data(answer)
    else:
        say.line(f"{answer['delivery_id']}: {answer['state']} ({answer['result']})")


def report_status(  # noqa: PLR0913
    url: Url,
    key: Key,
    code: Annotated[str, typer.Option(help="01-06, 13, 15, 16.")],
    document_id: Annotated[str, typer.Option(help="The document's id, as its sender wrote it.")],
    sender: Annotated[str, typer.Option(help="Who sent the document.")] = "",
    recipient: Annotated[str, typer.Option(help="For 13: who holds the document.")] = "",
    description: Annotated[str, typer.Option(help="A reason or comment.")] = "",
    as_json: Json = False,
) -> None:
    """Answer a document: arrived, refused, accepted, assigned, in process, finished."""
    said = {
        "code": code,
        "document_id": document_id,
        "sender": sender,
        "recipient": recipient,
        "description": description,
    }
    answer = _call("POST", url, "/v1/status-reports", key, as_json=as_json, json=said).json()
    if as_json:
        say.data(answer)
    else:
        flags = f" ({', '.join(answer['flags'])})" if answer["flags"] else ""
        say.line(f"reported {answer['code']} on {answer['document_id']}{flags}")


def post(url: str, path: str, key: str, content: bytes, kind: str) -> Any:
    """Post bytes of a media type to a hub; answers what it says, a refusal is told and ends the command."""
    return _call("POST", url, path, key, as_json=False, content=content, headers={"Content-Type": kind}).json()


def _fetching(place: str, path: Path, digest: str) -> "Callable[[httpx.Client], httpx.Response | None]":
    from hub.commands import transfer

    path.parent.mkdir(parents=True, exist_ok=True)
    return lambda http: transfer.fetch(http, place, path, digest)


def _call(method: str, url: str, path: str, key: str, *, as_json: bool, timeout: float = 120, **content: Any) -> Any:
    return _asked(url, key, lambda http: http.request(method, path, **content), as_json=as_json, timeout=timeout)


def _asked(
    url: str,
    key: str,
    work: "Callable[[httpx.Client], httpx.Response | None]",
    *,
    as_json: bool,
    timeout: float,
) -> "httpx.Response | None":
    """What the hub answered; a refusal, or what stood in the way, is told and ends the command."""
    import httpx

    from hub.errors import rejected

    headers = {
        b"Authorization": f"Bearer {key}".encode(),  # a key that is not ASCII is nobody's, but the hub says so, in words
        b"Accept-Language": b"vi" if say.is_vietnamese() else b"en",
    }
    try:
        with httpx.Client(base_url=url.rstrip("/"), headers=headers, timeout=timeout) as http:
            answer = work(http)
    except OSError as error:
        say.ended(error)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        say.ended(rejected("hub-silent", url=url, reason=str(error).rstrip(".") or type(error).__name__))
    if answer is None or answer.is_success:
        return answer
    try:
        problem = answer.json()
        errors = problem["errors"]
    except (ValueError, KeyError, TypeError):
        say.ended(rejected("not-a-hub", url=url, status=answer.status_code))
    if as_json:
        say.data(problem)
    count = len(errors)
    if say.is_vietnamese():
        say.note(f"truc: trục từ chối ({answer.status_code}), {count} lý do:")
    else:
        say.note(f"truc: the hub refused it ({answer.status_code}), {count} reason{'s' if count > 1 else ''}:")
    for found in errors:
        say.told(found)
    raise typer.Exit(1)


COMMANDS: dict[str, Callable[..., Any]] = {
    "send": send,
    "inbox": inbox,
    "confirm": confirm,
    "report-status": report_status,
}
