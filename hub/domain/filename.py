"""File names made from ids and codes: the same on every system, one name for one id, no way out of their folder.

Only letters, digits, dots and hyphens stay as they are. Everything else is written as `_` and two hexadecimal digits
for each byte of its UTF-8, so `../x` becomes `_2E._2Fx`: no name is a path, and where case counts two different texts
never share one.
"""

import hashlib
import re
from typing import Final

LONGEST: Final = 120  # of the 255 bytes most file systems allow; the rest is for temporary names and extensions
_KEPT: Final = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-")
_DEVICE: Final = re.compile(r"(con|prn|aux|nul|(com|lpt)[0-9])(\..*)?", re.IGNORECASE | re.DOTALL)  # on Windows


def safe_name(text: str) -> str:
    """Make a file or folder name of an id. A very long one is cut and closed with its SHA-256; "" becomes `_`."""
    if not text:
        return "_"
    name = "".join(char if char in _KEPT else _escaped(char) for char in text)
    if name[0] in ".-" or _DEVICE.fullmatch(name):  # hidden, an option of a command, a device
        name = _escaped(name[0]) + name[1:]
    if name[-1] == ".":  # dropped silently by some systems
        name = name[:-1] + _escaped(".")
    if len(name) > LONGEST:
        digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
        name = f"{name[: LONGEST - len(digest) - 2]}__{digest}"
    return name


def _escaped(char: str) -> str:
    return "".join(f"_{byte:02X}" for byte in char.encode("utf-8", "surrogatepass"))
