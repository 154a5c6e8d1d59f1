"""`truc rotate`: an agency replaces its certificate by itself; made where the keys are, handed in from anywhere."""

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import typer

from hub import say
from hub.commands.client import post


def rotate(  # noqa: PLR0913 - two certificates, two keys
    agency: Annotated[str, typer.Option(metavar="CODE", help="The agency's code.")],
    old_cert: Annotated[Path, typer.Option(help="The certificate that is bound now, PEM.")],
    old_key: Annotated[Path, typer.Option(help="Its private key, PEM, not encrypted.")],
    new_cert: Annotated[Path, typer.Option(help="The certificate that is to be bound, PEM.")],
    new_key: Annotated[Path, typer.Option(help="Its private key, PEM, not encrypted.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", help="Where the request goes; no hub is called.")
    ] = None,
    url: Annotated[str, typer.Option("--url", envvar="TRUC_URL", help="The hub to hand it to.")] = "",
    key: Annotated[str, typer.Option("--key", envvar="TRUC_KEY", help="The agency's API key there.")] = "",
) -> None:
    """Replace a certificate: a request signed with both keys, written to a file or handed to the hub at once."""
    from datetime import UTC, datetime

    from hub.errors import rejected
    from hub.trust.rotation import make

    try:
        text = make(
            agency,
            old_cert.read_bytes(),
            old_key.read_bytes(),
            new_cert.read_bytes(),
            new_key.read_bytes(),
            datetime.now(UTC),
        )
    except OSError as error:
        say.ended(error)
    except (ValueError, TypeError) as error:
        say.ended(rejected("key-unreadable", reason=error))
    if output:
        output.write_text(text + "\n", "ascii")
        say.note(f"request: {output} (good for seven days)")
        return
    if not url or not key:
        raise typer.BadParameter("name a file, or --url and --key", param_hint="--output")
    say.data(post(url, "/v1/agencies/me/certificates", key, text.encode(), "application/jose"))


COMMANDS: dict[str, Callable[..., Any]] = {"rotate": rotate}
