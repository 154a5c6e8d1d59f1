"""Signed documents of a given size, as many as a run needs, all different."""

from dataclasses import replace
from datetime import UTC, datetime

from hub.demo import town
from hub.demo.pki import Authority, Signer
from hub.domain.agency import Agency, Level
from hub.domain.envelope import Address, Envelope, Kind
from hub.xml.write import sign, write_envelope

SENDER = town.AGENCIES[0]
RECIPIENTS = tuple(
    Agency(f"H{10 + n // 100}.{n % 100:02d}.{n:04d}", f"Đơn vị {n}", list(Level)[n % 4]) for n in range(3000)
)


def signer() -> Signer:
    """The sender's certificate and key."""
    return Authority().issue(SENDER.name, SENDER.code)


def envelopes(count: int, size: int, recipients: int, by: Signer, mark: str) -> list[bytes]:
    """`count` envelopes of about `size` bytes to `recipients` agencies; `mark` keeps runs apart."""
    today = datetime.now(UTC).date()
    base = Envelope(
        kind=Kind.NEW,
        sender=Address(SENDER.code, SENDER.name),
        recipients=tuple(Address(a.code, a.name) for a in RECIPIENTS[:recipients]),
        document_id="",
        code_number="1",
        code_notation="VPCP-KSTT",
        promulgated_on=today,
        subject="V/v đo năng lực của trục liên thông văn bản",
        place="Hà Nội",
        type_name="Công văn",
        signer_name="Nguyễn Văn Minh",
    )
    bare = len(sign(write_envelope(base, [("a.pdf", "application/pdf", b"%PDF-1.4\n")]), by.certificate, by.key))
    filling = b"%PDF-1.4\n" + b"x" * max(0, (size - bare) * 3 // 4)
    made = []
    for number in range(1, count + 1):
        one = replace(base, document_id=f"G22,{today:%Y/%m/%d},{mark}-{number}", code_number=str(number))
        made.append(sign(write_envelope(one, [("a.pdf", "application/pdf", filling)]), by.certificate, by.key))
    return made
