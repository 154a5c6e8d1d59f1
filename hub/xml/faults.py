"""Where the reader writes down what it finds, so that a sender is told everything at once."""

from typing import Final

from lxml import etree

from hub.findings import Finding, finding
from hub.xml.names import local_name

LISTED_AT_MOST: Final = 100  # of each sort; a hostile document must not buy an endless answer


class Faults:
    """The findings of one reading: those that refuse it and those that only warn."""

    def __init__(self) -> None:
        """Begin with none."""
        self.errors: list[Finding] = []
        self.warnings: list[Finding] = []
        self._unlisted = [0, 0]

    def refuse(self, code: str, element: etree._Element, child: str = "", **details: object) -> None:
        """Note an error at `element`, or at its missing or odd `child`."""
        self._note(self.errors, 0, code, element, child, details)

    def warn(self, code: str, element: etree._Element, child: str = "", **details: object) -> None:
        """Note a warning at `element`, or at its missing or odd `child`."""
        self._note(self.warnings, 1, code, element, child, details)

    def count(self, more: int, *, refused: bool) -> None:
        """Count findings that are not listed."""
        self._unlisted[0 if refused else 1] += more

    def all_errors(self) -> tuple[Finding, ...]:
        """List the errors, and say how many more there are."""
        return self._closed(self.errors, 0)

    def all_warnings(self) -> tuple[Finding, ...]:
        """List the warnings, and say how many more there are."""
        return self._closed(self.warnings, 1)

    def _note(
        self, kept: list[Finding], sort: int, code: str, element: etree._Element, child: str, details: dict[str, object]
    ) -> None:
        if len(kept) >= LISTED_AT_MOST:
            self._unlisted[sort] += 1
            return
        path = f"{path_of(element)}/{child}" if child else path_of(element)
        shown = {"name": child or local_name(str(element.tag)), **details}
        kept.append(finding(code, path, element.sourceline, **shown))

    def _closed(self, kept: list[Finding], sort: int) -> tuple[Finding, ...]:
        if not self._unlisted[sort]:
            return tuple(kept)
        return (*kept, finding("more-findings", count=self._unlisted[sort]))


def path_of(element: etree._Element) -> str:
    """Write the path of an element in local names, numbered where the name repeats: `edXML/…/To[2]/OrganId`."""
    steps = []
    for step in (element, *element.iterancestors()):
        tag = str(step.tag)
        before = sum(1 for _ in step.itersiblings(tag, preceding=True))
        repeats = before or next(step.itersiblings(tag), None) is not None
        steps.append(f"{local_name(tag)}[{before + 1}]" if repeats else local_name(tag))
    return "/".join(reversed(steps))
