"""Base64 text, looked at without decoding more of it than is needed: the event loop and the memory are everybody's."""

import binascii
from base64 import b64encode
from collections.abc import Iterator
from typing import Final

_PIECE: Final = 1 << 20  # characters looked at at a time
_LETTERS: Final = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_WHITE: Final = b" \t\r\n"
_PADDING: Final = {0: b"", 2: b"==", 3: b"="}
_HEAD: Final = 512  # bytes kept of each content, to see what it is
_LETTERS_OF_HEAD: Final = (_HEAD + 2) // 3 * 4
_USUAL: Final = _LETTERS_OF_HEAD + 36  # characters among which they are found, lines ended as usual
TAIL: Final = 1_024
_OVERLAP: Final = 32  # characters; longer than any word that is looked for


def decoded_size(text: str) -> tuple[int, bytes]:
    """Say how many bytes strict base64 (RFC 4648 §4, white space apart) stands for, and give the first of them.

    Letters are counted, not decoded: that is three times as fast, and no second copy of the content is made.
    Raises ValueError.
    """
    if not text.isascii():
        raise binascii.Error
    letters, padding = 0, b""
    for start in range(0, len(text), _PIECE):
        piece = text[start : start + _PIECE].encode("ascii")
        others = piece.translate(None, _LETTERS)
        if padding and len(others) != len(piece):
            raise binascii.Error
        letters += len(piece) - len(others)
        if others and (marks := others.translate(None, _WHITE)):
            padding += marks
            if piece[piece.find(b"=") :].translate(None, _WHITE) != marks:
                raise binascii.Error
    if not letters or padding != _PADDING.get(letters % 4):
        raise binascii.Error
    return letters * 3 // 4, _head(text)


def _head(text: str) -> bytes:
    for most in (_USUAL, 2 * _HEAD):
        first = _joined(text[:most])
        if len(text) <= most:
            return binascii.a2b_base64(first)[:_HEAD]
        if len(first) >= _LETTERS_OF_HEAD:
            break
    return binascii.a2b_base64(first[: min(len(first), _LETTERS_OF_HEAD) // 4 * 4])[:_HEAD]


def decode(text: str) -> bytes:
    """Decode what `decoded_size` has found to be right, a piece at a time so that other threads get their turn."""
    content, rest = bytearray(), b""
    for start in range(0, len(text), _PIECE):
        letters = rest + text[start : start + _PIECE].encode("ascii").translate(None, _WHITE)
        whole = len(letters) // 4 * 4
        content += binascii.a2b_base64(letters[:whole])
        rest = letters[whole:]
    return bytes(content)


class Decoder:
    """Strict base64 (RFC 4648 §4, white space apart) that comes in pieces. Raises ValueError for what is none."""

    __slots__ = ("_has_ended", "_has_letters", "_rest")

    def __init__(self) -> None:
        """Nothing has come yet."""
        self._rest = b""
        self._has_letters = False
        self._has_ended = False

    def feed(self, text: str) -> bytes:
        """Decode as much as can be told by now."""
        plain = text if text.isascii() else "".join(text.split())  # what is cut off at the ends may be any white space
        letters = self._rest + plain.encode("ascii").translate(None, _WHITE)
        if letters and self._has_ended:
            raise binascii.Error("letters after the padding")
        whole = len(letters) // 4 * 4
        self._rest = letters[whole:]
        self._has_letters |= whole > 0
        self._has_ended = letters[:whole].endswith(b"=")
        return binascii.a2b_base64(letters[:whole], strict_mode=True)

    def finish(self) -> None:
        """Nothing more will come."""
        if self._rest or not self._has_letters:
            raise binascii.Error("cut short")


def tail(text: str) -> bytes:
    """Decode the last `TAIL` bytes or so of what `decoded_size` has found to be right."""
    last = _joined(text[-2 * TAIL :])
    return binascii.a2b_base64(last if len(text) <= 2 * TAIL else last[len(last) % 4 :])[-TAIL:]


def aligned(word: bytes) -> tuple[str, ...]:
    """Give the letters that stand for `word` in base64, wherever it begins: one spelling for each of three places."""
    spellings = []
    for before, spoilt in ((0, 0), (1, 2), (2, 3)):
        letters = b64encode(bytes(before) + word).decode()
        spellings.append(letters[spoilt : (before + len(word)) * 8 // 6])
    return tuple(spellings)


def mentions(text: str, spellings: tuple[str, ...]) -> bool:
    """Whether the content has a word, given by its `aligned` spellings. Its last letter may be a similar one."""
    for piece in (_joined(text),) if len(text) <= _PIECE else _without_white_space(text):
        for spelling in spellings:
            if spelling in piece:
                return True
    return False


def may_end_with(text: str, spellings: tuple[str, ...]) -> bool:
    """`mentions`, of as much of the content as `tail` gives, for a fraction of its price."""
    return mentions(text[-2 * TAIL :], spellings)


def _joined(text: str) -> str:
    return "".join(text.split()) if _has_white_space(text) else text


def _has_white_space(text: str) -> bool:
    return "\n" in text or "\r" in text or " " in text or "\t" in text


def _without_white_space(text: str) -> Iterator[str]:
    """Give the text in pieces that overlap, so that no word falls between two."""
    if not _has_white_space(text):
        for start in range(0, len(text), _PIECE):
            yield text[start : start + _PIECE + _OVERLAP]
        return
    before = ""
    for start in range(0, len(text), _PIECE):
        piece = before + "".join(text[start : start + _PIECE].split())
        yield piece
        before = piece[-_OVERLAP:]
