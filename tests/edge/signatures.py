"""H. The signature: B180 to B209. The documents are those of `tests.forgeries`, sent by the agency that they name."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import chain
from typing import Final

from tests.edge.hub import Edge
from tests.edge.rows import Case, Elsewhere, Heard, Refused, Rows, rewritten
from tests.forgeries.case import SIGNER
from tests.forgeries.certificates import OTHER_AGENCY
from tests.forgeries.make import FORGERIES
from tests.pki import Identity, issue, make_ca, make_crl

AUTHOR: Final = "H53.13"
"""Who the forgeries are from."""
ROWS: Final = {
    "B180": ("signature-missing", ["place: stripped", "place: commented out", "place: made text by CDATA"]),
    "B181": ("signature-namespace", ["place: moved to the edXML namespace", "place: moved to urn:x"]),
    "B182": ("signature-count", ["place: a stranger's signature first", "place: a stranger's signature second"]),
    "B183": ("signature-location", ["place: the signature in Subject", "place: the signature in Attachment"]),
    "B184": ("schema", ["place: the document is a Signature"]),
    "B185": ("signature-structure", ["place: an Object", "place: an empty Object"]),
    "B186": (
        "signature-structure",
        ["place: two SignedInfo, the forged first", "place: two SignatureValues", "place: two KeyInfo"],
    ),
    "B203": (
        "certificate-usage",
        ["certificate: for a TLS server", "certificate: for an OCSP responder", "certificate: for a CA"],
    ),
    "B205": ("digest-mismatch", ["place: the content changed", "place: re-indented", "place: a recipient added"]),
}
FAMILIES: Final = {
    "B187": ("comment: ", "signature-structure"),
    "B188": ("", "reference-count"),
    "B189": ("reference: ", "reference-uri"),
    "B190": ("wrapping: ", "reference-uri"),
    "B191": ("transform: ", "transform"),
    "B192": ("", "c14n"),
    "B193": ("algorithm: ", "algorithm"),
    "B194": ("algorithm: ", "algorithm"),
    "B195": ("certificate: a ", "algorithm"),
    "B196": ("certificate: a rsa", "key-size"),
    "B197": ("key: ", "keyinfo"),
    "B198": ("key: ", "certificate"),
    "B199": ("certificate: ", "untrusted-certificate"),
    "B200": ("certificate: ", "certificate-time"),
    "B204": ("certificate: ", "certificate-chain"),
    "B206": ("", "signature-invalid"),
}
MOST: Final = 12
"""Of a family that has many; `tests.forgeries` tries them all, without a hub around."""
BOUND_OTHERWISE: Final = {"certificate: nothing is bound", "certificate: another is bound"}
DAY: Final = timedelta(days=1)
ROOT: Final = make_ca("Root of the edge")
TRUSTED: Final = issue(ROOT, "Cơ quan có chuỗi", "p-256")
REVOKED: Final = issue(ROOT, "Cơ quan bị thu hồi", "p-256")
ORPHAN: Final = issue(make_ca("Sub", above=ROOT), "Cơ quan thiếu chuỗi", "p-256")


def bound() -> tuple[Identity, ...]:
    """Every certificate that a forgery is bound with, each once: the author holds them all."""
    found = {SIGNER.fingerprint: SIGNER}
    for name in chain.from_iterable(chosen().values()):
        for each in FORGERIES[name].bound():
            if each.fingerprint != OTHER_AGENCY.fingerprint:
                found.setdefault(each.fingerprint, each)
    return tuple(found.values())


def chosen() -> dict[str, list[str]]:
    """The forgeries of each row."""
    names = {row: list(listed) for row, (_, listed) in ROWS.items()}
    for row, (prefix, code) in FAMILIES.items():
        outcomes = {
            name: getattr(case.outcome, "reason", "") or getattr(case.outcome, "code", "")
            for name, case in FORGERIES.items()
        }
        names[row] = [
            name
            for name, outcome in outcomes.items()
            if name.startswith(prefix) and outcome == code and name not in BOUND_OTHERWISE
        ][:MOST]
    return names


def code_of(row: str) -> str:
    """What all forgeries of a row are called."""
    return ROWS[row][0] if row in ROWS else FAMILIES[row][1]


def forged(name: str) -> Callable[[Edge], Heard]:
    """Post a forgery as its author."""
    return lambda edge: edge.post(FORGERIES[name].make(), edge.headers(AUTHOR))


def by(agency: str) -> Callable[[Edge], Heard]:
    """A good document of an agency of the trusting hub."""
    return rewritten(lambda body: body, by=agency)


def crls(*, fresh: bool) -> list[bytes]:
    """The list of the root, of yesterday or of last month."""
    now = datetime.now(UTC)
    ends = now + 5 * DAY if fresh else now - 20 * DAY
    return [make_crl(ROOT, [REVOKED], 1, now - 30 * DAY if not fresh else now - DAY, ends, now - 40 * DAY)]


def thousands(edge: Edge) -> Heard:
    """Two thousand namespaces times two thousand References."""
    return forged("bomb: 1,000 namespaces times 1,000 References")(edge)


def rows() -> Rows:
    """Every case."""
    for row, names in sorted(chosen().items()):
        for name in names:
            yield Case(row, name, forged(name), Refused(422, code_of(row)))
    yield Case("B201", "revoked", by("H71"), Refused(422, "certificate-revoked"), hub="trusting")
    yield Case("B199", "of no root in the store", by("G22"), Refused(422, "certificate-chain"), hub="trusting")
    yield Case("B204", "without its intermediate", by("H72"), Refused(422, "certificate-chain"), hub="trusting")
    yield Case("B202", "with a list of last month", by("H70"), Refused(503, "revocation-unavailable"), hub="stale")
    yield Case(
        "B207",
        "right, by a certificate of nobody",
        forged("certificate: another agency's"),
        Refused(422, "untrusted-certificate"),
    )
    yield Elsewhere(
        "B208",
        "the signing time is the signer's own word: the hub judges by its own clock and reads none",
        "tests/forgeries/test_forgeries.py::test_every_forgery_is_called_what_it_is",
    )
    yield Case("B209", "a thousand namespaces times a thousand References", thousands, Refused(400, "xml-limits"))
