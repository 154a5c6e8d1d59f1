"""Commands for those who connect software: truc conform, truc simulate."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from hub import say
from hub.commands.client import Json, Key, Url

if TYPE_CHECKING:
    from hub.conform.ground import Ground
    from hub.conform.run import Outcome


def conform(  # noqa: PLR0913
    url: Annotated[str, typer.Argument(help="The hub under test, e.g. http://127.0.0.1:8080.")],
    code: Annotated[str, typer.Option("--as", help="The agency that the kit sends as.")],
    key: Key,
    peer: Annotated[str, typer.Option(help="A second agency, which receives; with --listen the kit plays it.")] = "",
    peer_key: Annotated[str, typer.Option(help="Its API key.")] = "",
    cert: Annotated[Path | None, typer.Option(help="The sender's certificate, PEM; with --listen the peer's.")] = None,
    private_key: Annotated[Path | None, typer.Option(help="Its private key, PEM, not encrypted.")] = None,
    face: Annotated[str, typer.Option(help="v1, or vxp: the axis' face, with the systems' secrets as keys.")] = "v1",
    listen: Annotated[
        int, typer.Option(help="Turned round: stand on this port between a client and the hub, until Ctrl-C.")
    ] = 0,
    only: Annotated[list[str] | None, typer.Option(help="Only this case (C03); may be repeated.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the result as a page.")] = None,
    junit: Annotated[Path | None, typer.Option(help="Write the result as JUnit XML.")] = None,
    as_json: Json = False,
) -> None:
    """Run the numbered cases against a hub. Exit code 1 when a rule is broken. Sends documents that look like real ones."""
    import httpx

    from hub.conform import cases, vxp
    from hub.conform.ground import Ground, Party
    from hub.conform.run import End, run

    if bool(peer) != bool(peer_key) or bool(cert) != bool(private_key):
        say.note("truc: --peer goes with --peer-key, --cert with --private-key")
        raise typer.Exit(2)
    tried = {"v1": cases.CASES, "vxp": vxp.CASES}.get(face)
    if tried is None:
        say.note(f"truc: no such face: {face}; there are v1 and vxp")
        raise typer.Exit(2)
    wanted = {name.upper() for name in only or ()}
    if unknown := wanted - {case.id for case in tried}:
        say.note(f"truc: no such case: {', '.join(sorted(unknown))}")
        raise typer.Exit(2)
    try:
        pems = (cert.read_bytes(), private_key.read_bytes()) if cert and private_key else (b"", b"")
    except OSError as error:
        say.ended(error)

    def told(one: "Outcome") -> None:
        title = one.case.vi if say.is_vietnamese() else one.case.en
        (say.note if as_json else say.line)(
            f"{one.case.id} {one.end.value:<9} {title}" + (f"\n      {one.why} [{one.case.rule}]" if one.why else "")
        )

    with httpx.Client(base_url=url, timeout=120) as http:
        if listen:
            other = Ground(http, Party(peer, peer_key, *pems), Party(code, key)) if peer else None
            outcomes = _between(url, listen, other)
            for one in outcomes:
                told(one)
        else:
            ground = Ground(http, Party(code, key, *pems), Party(peer, peer_key) if peer else None)
            outcomes = run([case for case in tried if not wanted or case.id in wanted], ground, told)
    _write(html, junit, outcomes, url)
    counts = {end.value: sum(one.end is end for one in outcomes) for end in End}
    if as_json:
        say.data({"target": url, "as": code, "counts": counts, "cases": [one.shown() for one in outcomes]})
    else:
        say.line(", ".join(f"{name}: {count}" for name, count in counts.items()))
    raise typer.Exit(1 if counts[End.BROKEN] else 0)


def _write(html: Path | None, junit: Path | None, outcomes: "list[Outcome]", url: str) -> None:
    from hub.conform import papers

    for path, text in ((html, papers.html), (junit, papers.junit)):
        if path:
            path.write_text(text(outcomes, url), "utf-8")


def _between(url: str, port: int, other: "Ground | None") -> "list[Outcome]":
    """Stand between until Ctrl-C; with the other side's ground, play that side too."""
    import threading

    from hub.conform import listen
    from hub.conform.company import Company
    from hub.conform.watch import Watch
    from hub.errors import rejected

    watch = Watch(say.note)
    try:
        server = listen.serve(url, port, watch)
    except OSError as error:
        say.ended(rejected("cannot-listen", address=f"127.0.0.1:{port}", reason=error.strerror))
    say.note(f"truc: point the client at http://127.0.0.1:{port}; Ctrl-C ends and judges")
    company = Company(other, watch) if other else None
    playing = threading.Thread(target=company.run) if company else None
    if playing:
        playing.start()
    try:
        server.serve_forever()
    except KeyboardInterrupt:
        server.server_close()
    finally:
        if company and playing:
            company.stop.set()
            playing.join()
    return watch.outcomes()


def simulate(
    url: Url,
    code: Annotated[str, typer.Option("--as", help="The agency that is played, as the lines name it.")],
    key: Key,
    profile: Annotated[
        str, typer.Option(help="good, slow, refuses, fails, duplicates, forgets, out-of-order, offline; by commas.")
    ] = "good",
    once: Annotated[bool, typer.Option("--once", help="Stop after the first turn that took something in.")] = False,
) -> None:
    """Be an office system that receives: it fetches, confirms, answers, and misbehaves as its profile says."""
    import httpx

    from hub import simulate as office

    chosen = frozenset(filter(None, (word.strip() for word in profile.split(","))))
    if unknown := chosen - set(office.PROFILES):
        say.note(f"truc: no such profile: {', '.join(sorted(unknown))}. There are: {', '.join(office.PROFILES)}")
        raise typer.Exit(2)
    try:
        with httpx.Client(base_url=url, timeout=90) as http:
            office.Office(http, key, chosen, lambda text: say.line(f"{code}: {text}")).turns(once=once)
    except office.Refused as error:
        say.note(f"truc: {error}")
        raise typer.Exit(1) from None
    except KeyboardInterrupt:
        raise typer.Exit(0) from None


COMMANDS: dict[str, Callable[..., Any]] = {"conform": conform, "simulate": simulate}
