"""Keys for looking Vietnamese text up and for putting it in order. What was written is never changed."""

import re
import unicodedata
from typing import Final

_ETH: Final = str.maketrans("Ðð", "Đđ")  # U+00D0 and U+00F0 look like Đ and đ and are typed for them
_UNSEEN: Final = dict.fromkeys(map(ord, "\u00ad\u200b\u200c\u200d\u200e\u200f\u2060\ufeff"))
_ODD: Final = re.compile("[\u00d0\u00f0\u00ad\u200b-\u200f\u2060\ufeff]")
"""Whether either table has anything to do."""
_MARKS: Final = re.compile("[\u0300-\u034e\u0350-\u036f]+")
_FOREIGN: Final = re.compile("[^\u0000-\u02ff\u034f\u0370-\u0482\u2000-\u20cf]")
"""Anything that could be a combining character besides `_MARKS`; Vietnamese text has none."""
_ALPHABET: Final = "aăâbcdđeêfghijklmnoôơpqrstuưvwxyz"
_PLACE: Final = {letter: chr(0x4E00 + place) for place, letter in enumerate(_ALPHABET)}  # above digits and marks
_TONES: Final = {"\u0300": 1, "\u0309": 2, "\u0303": 3, "\u0301": 4, "\u0323": 5}  # huyền, hỏi, ngã, sắc, nặng


def fold(text: str) -> str:
    """What search compares: lower case, no accents, đ as d, one space between words, nothing invisible."""
    if not text.isascii():
        if _ODD.search(text):
            text = text.translate(_ETH).translate(_UNSEEN)
        text = _MARKS.sub("", unicodedata.normalize("NFKD", text)).replace("Đ", "D").replace("đ", "d")
        if _FOREIGN.search(text):
            text = "".join(c for c in text if not unicodedata.combining(c))
    return " ".join(text.lower().split())


def sort_key(text: str) -> tuple[tuple[str, int], ...]:
    """The place of a text in a Vietnamese list.

    Syllable by syllable: first the letters (ă after a, đ after d), then the tone (ngang, huyền, hỏi, ngã, sắc, nặng).
    """
    plain = unicodedata.normalize("NFC", text.translate(_ETH).translate(_UNSEEN)).lower()
    return tuple(_syllable(word) for word in plain.split())


def _syllable(word: str) -> tuple[str, int]:
    letters, tone = [], 0
    for mark in unicodedata.normalize("NFD", word):
        if mark in _TONES:
            tone = _TONES[mark]
        else:
            letters.append(mark)
    base = unicodedata.normalize("NFC", "".join(letters))
    return "".join(_PLACE.get(letter, letter) for letter in base), tone
