"""An envelope for the eyes: indented, its long contents cut, nothing run or fetched. For reading only, never for judging."""

from typing import Final

from lxml import etree

from hub.xml.open import parse

TEXT_AT_MOST: Final = 240  # characters of one text that are shown: contents in Base64 are cut here
_PAGE_AT_MOST: Final = 400_000  # characters in all


def pretty(body: bytes) -> str:
    """The envelope as people read it, as text still to be escaped; what is left out is said in its place."""
    root = parse(body)
    for element in root.iter():
        text = element.text or ""
        if len(text) > TEXT_AT_MOST:
            element.text = f"{text[:TEXT_AT_MOST].strip()} … [{len(text)}]"
    etree.indent(root, "  ")
    shown = etree.tostring(root, encoding="unicode")
    return shown if len(shown) <= _PAGE_AT_MOST else f"{shown[:_PAGE_AT_MOST]}\n…"
