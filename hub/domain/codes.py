"""Codes as the directory keeps them, and what somebody who wrote a wrong one may have meant.

Only what cannot be a code at all is refused: nothing, more than 35 characters, white space or invisible characters
inside. `vxp.saas.03` follows no published grammar and is real.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from hub.domain.agency import CODE_AT_MOST, code_cleaned, code_key, code_scheme
from hub.errors import rejected

_OLD: Final = re.compile(r"(\d{3})\.(\d{2})\.(\d{2})\.([A-Z]\d{2})")
_NEW: Final = re.compile(r"([A-Z]\d{2})(?:\.(\d{2}))?(?:\.(\d{2}))?(?:\.(\d{3}))?")
_SHORT: Final = re.compile(r"\d{2}(\.\d{2}){1,2}\.[A-Z]\d{2}")
_LOOK_ALIKE: Final = str.maketrans("АВЕКМНОРСТХІЈЅΑΒΕΗΙΚΜΝΟΡΤΧΥΖĐÐ", "ABEKMHOPCTXIJSABEHIKMNOPTXYZDD")
_SIGNS: Final = "0123456789.ABCDEFGHIJKLMNOPQRSTUVWXYZ"
_UNSEEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zs", "Zl", "Zp"})


def canonical(written: str) -> str:
    """The code as the directory keeps it: outer noise off, upper case where a published grammar says so.

    Raises `Rejected` for what cannot be a code.
    """
    key = code_key(written)
    if not key:
        raise rejected("code-impossible", found=written, problem=("để trống", "it is empty"))
    if len(key) > CODE_AT_MOST:
        raise rejected(
            "code-impossible",
            found=written,
            problem=(f"dài quá {CODE_AT_MOST} ký tự", f"it has more than {CODE_AT_MOST} characters"),
        )
    if not (key.isascii() and key.isalnum()) and any(unicodedata.category(sign) in _UNSEEN for sign in key):
        raise rejected(
            "code-impossible",
            found=written,
            problem=(
                "có khoảng trắng hoặc ký tự không nhìn thấy ở giữa",
                "it has white space or invisible characters inside",
            ),
        )
    return code_cleaned(written) if code_scheme(key) == "other" else key


def alike(written: str) -> Iterator[str]:
    """Keys worth looking up for an unknown code, the likeliest first; a few thousand, each looked up exactly."""
    key = code_key(written)[: CODE_AT_MOST * 2]
    plain = "".join(key.translate(_LOOK_ALIKE).split())[:CODE_AT_MOST]
    yield plain
    yield plain.strip(".,;:-/")
    if old := _OLD.fullmatch(plain):
        yield _new_form(*old.groups())
    elif new := _NEW.fullmatch(plain):
        top, second, third, fourth = new.groups()
        yield f"{fourth or '000'}.{third or '00'}.{second or '00'}.{top}"
    elif _SHORT.fullmatch(plain):
        yield f"000.{plain}"
    yield from _one_slip(plain)
    yield from _above(plain)


def _new_form(fourth: str, third: str, second: str, top: str) -> str:
    groups = [top, second, third, fourth]
    while len(groups) > 1 and not groups[-1].strip("0"):
        groups.pop()
    return ".".join(groups)


def _one_slip(plain: str) -> Iterator[str]:
    for at in range(len(plain) - 1):
        yield plain[:at] + plain[at + 1] + plain[at] + plain[at + 2 :]
    for at in range(len(plain)):
        yield plain[:at] + plain[at + 1 :]
    for at in range(len(plain)):
        for sign in _SIGNS:
            yield plain[:at] + sign + plain[at + 1 :]
    for at in range(len(plain) + 1):
        for sign in _SIGNS:
            yield plain[:at] + sign + plain[at:]


def _above(plain: str) -> Iterator[str]:
    if old := _OLD.fullmatch(plain):
        fourth, third, second, top = old.groups()
        if fourth != "000":
            yield f"000.{third}.{second}.{top}"
        if third != "00":
            yield f"000.00.{second}.{top}"
        yield f"000.00.00.{top}"
    else:
        groups = plain.split(".")
        for size in range(len(groups) - 1, 0, -1):
            yield ".".join(groups[:size])
