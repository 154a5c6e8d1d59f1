"""Children of an element by name: order does not matter, nothing is taken twice, nothing unknown is lost in silence."""

from collections.abc import Iterator, Mapping
from datetime import date
from itertools import islice
from typing import Final

from lxml import etree

from hub.xml.faults import LISTED_AT_MOST, Faults
from hub.xml.names import edxml, local_name
from hub.xml.values import is_visible, read_date, read_number

_MANY: Final = 1_000  # children; nobody but a sender with very many recipients has more
TEXT_AT_MOST: Final = 10_000  # characters of any text field; beyond it nobody reads it as a field
_XLINK: Final = "{http://www.w3.org/1999/xlink}"
KNOWN_ATTRIBUTES: Final = frozenset(
    {"version", "id", "Id", "ID", "href", "role", "type", "mustUnderstand", "actor"}
    | {f"{_XLINK}{name}" for name in ("href", "role", "type")}
    | {"{http://www.w3.org/XML/1998/namespace}lang", "{http://www.w3.org/XML/1998/namespace}space"}
)


Vocabulary = Mapping[str, tuple[str, bool]]
"""For the children an element may have: tag to name, and whether it may repeat."""


def vocabulary(names: str) -> Vocabulary:
    """Read a vocabulary from names separated by white space; a star marks those that may repeat."""
    return {edxml(name.rstrip("*")): (name.rstrip("*"), name.endswith("*")) for name in names.split()}


class Group:
    """The children of one element, sorted by name."""

    __slots__ = ("_found", "_keep", "_more", "element", "faults")

    def __init__(self, element: etree._Element, known: Vocabulary, faults: Faults, *, keep: bool = True) -> None:
        """Sort the children; unknown ones are kept with a warning, or refused where `keep` is false."""
        self.element = element
        self.faults = faults
        self._keep = keep
        self._more: dict[str, list[etree._Element]] | None = None  # those that repeat, all of each name
        found: dict[str, etree._Element] = {}
        self._found = found
        for child in element if len(element) <= _MANY else _of_many(element, known, faults, keep=keep):
            entry = known.get(child.tag)  # type: ignore[arg-type]
            if entry is None:
                _meet_unknown(child, faults, keep=keep)
            elif (name := entry[0]) not in found:
                found[name] = child
            else:
                self._meet_again(child, entry)
            if child.keys():
                check_attributes(child, faults)

    def _meet_again(self, child: etree._Element, entry: tuple[str, bool]) -> None:
        name, repeats = entry
        if not repeats:
            self.faults.refuse("repeated-element", child)
            return
        if self._more is None:
            self._more = {}
        self._more.setdefault(name, [self._found[name]]).append(child)

    def has(self, name: str) -> bool:
        """Whether there is such a child, empty or not."""
        return name in self._found

    def many(self, name: str) -> list[etree._Element]:
        """All children of this name, in document order."""
        if self._more is not None and name in self._more:
            return self._more[name]
        return [self._found[name]] if name in self._found else []

    def child(self, name: str) -> etree._Element:
        """Give the one child of this name, known to be there."""
        return self._found[name]

    def one(self, name: str) -> etree._Element | None:
        """Give the one child of this name, None when there is none."""
        return self._found.get(name)

    def group(self, name: str, known: Vocabulary, *, required: bool = False) -> "Group | None":
        """Read the one child of this name as a group of its own, as lenient as this one."""
        element = self._found.get(name)
        if element is None:
            if required:
                self.faults.refuse("missing-element", self.element, name)
            return None
        return Group(element, known, self.faults, keep=self._keep)

    def text(self, name: str, usual: int = TEXT_AT_MOST, most: int = TEXT_AT_MOST) -> str:
        """Read the text of an optional child, "" when it is absent or empty."""
        element = self._found.get(name)
        return "" if element is None else text_of(element, self.faults, usual, most)

    def wanted(self, name: str, usual: int = TEXT_AT_MOST) -> str:
        """Read the text of a child that should be there: its absence is a warning."""
        text = self.text(name, usual)
        if not text:
            self.faults.warn("missing-optional", self.element, name)
        return text

    def required(self, name: str, usual: int = TEXT_AT_MOST, most: int = TEXT_AT_MOST) -> str:
        """Read the text of a child that must be there and be visible."""
        element = self._found.get(name)
        if element is None:
            self.faults.refuse("missing-element", self.element, name)
            return ""
        text = text_of(element, self.faults, usual, most)
        if not text[:1].isalnum() and not is_visible(text):
            self.faults.refuse("empty-element", element)
            return ""
        return text

    def number(self, name: str, allowed: range | None = None) -> int | None:
        """Read the number of an optional child; None when absent or empty. Outside `allowed` it is an error."""
        text = self.text(name)
        if not text:
            return None
        value = read_number(text)
        element = self._found[name]
        if value is None:
            self.faults.refuse("number", element, found=text)
        elif allowed is not None and value not in allowed:
            listed = ", ".join(map(str, allowed))
            self.faults.refuse("code-list", element, found=text, allowed=listed)
            return None
        return value

    def date(self, name: str, *, required: bool = False) -> date | None:
        """Read the day a child holds. One that cannot be read is an error where it is required, else a warning."""
        text = self.required(name) if required else self.text(name)
        if not text:
            return None
        day, is_standard = read_date(text)
        element = self._found[name]
        if day is None:
            note = self.faults.refuse if required else self.faults.warn
            note("date" if required else "date-ignored", element, found=text)
        elif not is_standard:
            self.faults.warn("date-format", element, found=text, read=day.strftime("%Y/%m/%d"))
        return day


def text_of(element: etree._Element, faults: Faults, usual: int = TEXT_AT_MOST, most: int = TEXT_AT_MOST) -> str:
    """Read the text of a value element without outer white space; elements inside it are refused."""
    if len(element):
        for child in element:
            faults.refuse("unknown-element", child)
    text = element.text
    if text is None:
        return ""
    text = text.strip()
    if len(text) > usual:
        code, note = ("field-too-long", faults.refuse) if len(text) > most else ("long-field", faults.warn)
        note(code, element, found=len(text), limit=most if len(text) > most else usual)
    return text


def check_attributes(element: etree._Element, faults: Faults) -> None:
    """Warn of attributes the standard does not have."""
    for name in element.keys():  # noqa: SIM118  an element is no mapping
        if name not in KNOWN_ATTRIBUTES:
            faults.warn("unknown-attribute", element, f"@{local_name(str(name))}")


def _of_many(element: etree._Element, known: Vocabulary, faults: Faults, *, keep: bool) -> Iterator[etree._Element]:
    """Of very many children the known ones, and as many of the others as are listed: the rest is counted, not looked at."""
    ours = list(element.iterchildren(*known))
    yield from ours
    signatures = sum(1 for _ in element.iterchildren("{*}Signature"))
    others = len(element) - len(ours) - signatures
    if others:
        odd = (c for c in element if c.tag not in known and not str(c.tag).endswith("}Signature"))
        yield from islice(odd, LISTED_AT_MOST)
        faults.count(max(others - LISTED_AT_MOST, 0), refused=not keep)


def _meet_unknown(child: etree._Element, faults: Faults, *, keep: bool) -> None:
    if local_name(str(child.tag)) == "Signature":
        return  # found, placed and judged before anything is read
    if keep:
        faults.warn("unknown-element-kept", child)
    else:
        faults.refuse("unknown-element", child)
