#!/usr/bin/env python3
"""Write `truc/problems.conf`: what the proxy answers by itself, in the hub's form and the hub's words.

    python deploy/nginx/problems.py > deploy/nginx/truc/problems.conf

A test compares the file with what this script makes.
"""

import sys
from pathlib import Path
from typing import Final

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import orjson

from hub.findings import finding
from hub.gateway import problems
from hub.gateway.guards import GUARDS
from hub.settings import Settings

LIMIT: Final = Settings.model_fields["max_envelope_bytes"].default
CODES: Final = (
    "framing",
    "tls-required",
    "unauthenticated",
    "not-found",
    "method-not-allowed",
    "request-timeout",
    "too-large",
    "uri-too-long",
    "misdirected",
    "headers-too-large",
    "internal",
    "busy",
    "no-answer",
)
_MORE: Final = {
    "unauthenticated": ("WWW-Authenticate", 'Bearer realm="truc"'),
    "method-not-allowed": ("Allow", "GET, POST"),
    "busy": ("Retry-After", "5"),
    "no-answer": ("Retry-After", "5"),
}


def config() -> str:
    """The file."""
    lines = ["# Made by deploy/nginx/problems.py from the hub's own texts: run the script, do not edit."]
    for code in CODES:
        status, document = problems.problem([finding(code, limit=LIMIT)], "/", "$request_id")
        body = orjson.dumps(document).decode().replace("\\", "\\\\").replace("'", "\\'")
        headers = [(name.decode(), value.decode()) for name, value in GUARDS]
        headers += [_MORE[code]] if code in _MORE else []
        lines += [
            "",
            f"location = /truc-problem/{code} {{",
            "    internal;",
            "    default_type application/problem+json;",
            '    add_header Strict-Transport-Security "max-age=31536000; includeSubDomains" always;',
            *(f"    add_header {name} {_quoted(value)} always;" for name, value in headers),
            f"    return {status} '{body}';",
            "}",
        ]
    return "\n".join([*lines, ""])


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "\\'") + "'"


if __name__ == "__main__":
    sys.stdout.write(config())
