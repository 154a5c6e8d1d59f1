"""What a row of the table is: how a bad request is made, and what must come of it."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, Final

from tests.edge.hub import Edge
from tests.edge.wire import Answer
from tests.offices import document

Heard = Answer | None
Act = Callable[[Edge], Heard | list[Heard]]


@dataclass(frozen=True, slots=True)
class Refused:
    """Answered with this status and code; nothing is kept."""

    status: int
    code: str


@dataclass(frozen=True, slots=True)
class Taken:
    """Accepted, with these codes among its warnings: what one might refuse and the hub, by policy, does not."""

    warnings: tuple[str, ...] = ()
    status: int = 202


@dataclass(frozen=True, slots=True)
class Silent:
    """No answer is possible; nothing is kept."""


Expected = Refused | Taken | Silent


@dataclass(frozen=True, slots=True)
class Case:
    """One way of making a row's input."""

    row: str
    what: str
    act: Act
    expected: Expected
    hub: str = "plain"

    def __str__(self) -> str:
        return f"{self.row} {self.what}"


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """A row that no request can make here: why, and the test (`file::name`) that shows who answers instead."""

    row: str
    why: str
    test: str


Rows = Iterator[Case | Elsewhere]
GOOD: Final = "V/v rà soát việc gửi"


def put(old: str, new: str) -> Callable[[bytes], bytes]:
    """A change of the bytes; what is changed must be there."""

    def change(body: bytes) -> bytes:
        assert old.encode() in body, old
        return body.replace(old.encode(), new.encode(), 1)

    return change


def posted(change: Callable[[bytes], bytes] = lambda body: body, target: str = "/v1/envelopes", **headers: str) -> Act:
    """Post a good document, its bytes and its headers changed."""
    return lambda edge: edge.post(change(edge.good()), edge.headers(**headers), target)


def written(
    *, signed: bool = True, change: Callable[[bytes], bytes] = lambda b: b, by: str = "G22", **facts: Any
) -> Act:
    """Post a document with other facts in it; `change` is made before nobody signs, or after signing."""

    def act(edge: Edge) -> Heard:
        office = edge.offices[by]
        envelope = replace(document(by, ["H53"]), **facts)
        return edge.post(change(office.written(envelope, signed=signed)), edge.headers(by))

    return act


def rewritten(change: Callable[[bytes], bytes], by: str = "G22", **facts: Any) -> Act:
    """Post a document that was changed first and then signed: the signature is right for what is in it."""
    from hub.xml.write import sign

    def act(edge: Edge) -> Heard:
        office = edge.offices[by]
        body = change(office.written(replace(document(by, ["H53"]), **facts), signed=False))
        return edge.post(sign(body, office.identity.certificate_pem, office.identity.key_pem), edge.headers(by))

    return act
