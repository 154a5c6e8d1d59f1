"""The few files pages need, read once: style, fonts, the icon. Whatever is not in the folder is not there."""

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Final

_KINDS: Final = {
    "css": "text/css; charset=utf-8",
    "js": "text/javascript; charset=utf-8",
    "woff2": "font/woff2",
    "svg": "image/svg+xml",
    "txt": "text/plain; charset=utf-8",
}
_VERSION: Final = 12  # digits of the hash in an address
_YEAR_SECONDS: Final = 365 * 86_400


@dataclass(frozen=True, slots=True)
class File:
    """One file; `version` changes with its content."""

    content: bytes
    kind: str
    version: str


def load() -> dict[str, File]:
    """Every file, by name."""
    found = {}
    for entry in resources.files("hub.console").joinpath("static").iterdir():
        kind = _KINDS.get(entry.name.rpartition(".")[2])
        if kind and entry.is_file():
            content = entry.read_bytes()
            found[entry.name] = File(content, kind, hashlib.sha256(content).hexdigest()[:_VERSION])
    return found


def headers(file: File, name: str, asked_version: str) -> dict[str, str]:
    """How long it may be kept: for good under its versioned address (fonts never change), else for minutes."""
    for_good = asked_version == file.version or name.endswith(".woff2")
    return {
        "Cache-Control": f"public, max-age={_YEAR_SECONDS}, immutable" if for_good else "public, max-age=300",
        "ETag": f'"{file.version}"',
        "X-Content-Type-Options": "nosniff",
    }
