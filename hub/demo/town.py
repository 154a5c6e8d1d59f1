"""The demo's agencies and the documents they write. Names of bodies are real, people and texts are made up."""

import random
import zlib
from dataclasses import dataclass
from datetime import date

from hub.domain.agency import Agency, Level, SignaturePolicy
from hub.domain.envelope import Address, Envelope, Kind, Staff

AGENCIES = (
    Agency("G22", "Văn phòng Chính phủ", Level.CENTRAL, aliases=("000.00.00.G22",)),
    Agency("G12", "Bộ Tài chính", Level.CENTRAL, aliases=("000.00.00.G12",)),
    Agency("H53", "UBND tỉnh Tây Ninh", Level.PROVINCE, aliases=("000.00.00.H53",)),
    Agency("H29", "UBND Thành phố Hồ Chí Minh", Level.PROVINCE, aliases=("000.00.00.H29",)),
    Agency("H53.13", "Sở Khoa học và Công nghệ Tây Ninh", Level.PROVINCE, parent="H53", aliases=("000.00.13.H53",)),
    Agency("H53.32", "UBND huyện Châu Thành", Level.DISTRICT, parent="H53", aliases=("000.00.32.H53",)),
    Agency("H53.32.21", "UBND xã An Bình", Level.COMMUNE, parent="H53.32", aliases=("000.21.32.H53", "21.32.H53")),
    Agency("H53.32.07", "UBND xã Thái Bình", Level.COMMUNE, parent="H53.32", aliases=("000.07.32.H53",)),
)
POLICY = SignaturePolicy.REQUIRED

_SUBJECTS = (
    ("Công văn", "", "V/v rà soát việc gửi, nhận văn bản điện tử quý IV"),
    ("Công văn", "", "V/v báo cáo tiến độ giải ngân vốn đầu tư công"),
    ("Kế hoạch", "KH", "Kế hoạch triển khai chữ ký số trong cơ quan nhà nước"),
    ("Giấy mời", "GM", "Mời họp trực tuyến về chuyển đổi số cấp xã"),
    ("Quyết định", "QĐ", "Quyết định ban hành Quy chế tiếp nhận, xử lý văn bản điện tử"),
    ("Công điện", "CĐ", "Công điện về chủ động ứng phó mưa lũ"),
    ("Báo cáo", "BC", "Báo cáo kết quả thực hiện nhiệm vụ tháng 11"),
    ("Thông báo", "TB", "Thông báo kết luận cuộc họp giao ban"),
)
_SIGNERS = ("Nguyễn Văn Minh", "Trần Thị Thu Hà", "Lê Quang Huy", "Phạm Thanh Bình", "Võ Thị Ngọc Lan")
_PLACES = {"G": "Hà Nội", "H53": "Tây Ninh", "H29": "TP. Hồ Chí Minh"}


@dataclass(frozen=True, slots=True)
class Draft:
    """A document about to be written into an envelope: the envelope, and its one attachment."""

    envelope: Envelope
    attachment: tuple[str, str, bytes]


def draft(rng: random.Random, number: int, today: date, recipients: int = 3) -> Draft:
    """A document of one of the agencies to some of the others; some recipients are named by their old codes."""
    sender = AGENCIES[number % len(AGENCIES)]
    others = [agency for agency in AGENCIES if agency.code != sender.code]
    chosen = rng.sample(others, min(recipients, len(others)))
    kind, abbreviation, subject = rng.choice(_SUBJECTS)
    is_urgent = abbreviation == "CĐ"
    notation = "-".join(filter(None, [abbreviation, "UBND" if sender.code.startswith("H") else "VP"]))
    place = next((p for prefix, p in _PLACES.items() if sender.code.startswith(prefix)), "Việt Nam")
    envelope = Envelope(
        kind=Kind.NEW,
        sender=Address(sender.code, sender.name),
        recipients=tuple(Address(a.aliases[0] if a.aliases and rng.random() < 0.3 else a.code, a.name) for a in chosen),
        document_id=f"{sender.code},{today:%Y/%m/%d},{number}/{notation}",
        code_number=str(number),
        code_notation=notation,
        promulgated_on=today,
        subject=subject,
        place=place,
        content=subject,
        type_name=kind,
        signer_name=rng.choice(_SIGNERS),
        priority=3 if is_urgent else rng.choice((0, 0, 0, 1)),
        staff=Staff("Văn thư cơ quan", "Văn phòng"),
    )
    return Draft(envelope, (f"{number}-{notation}.pdf", "application/pdf", _pdf(subject)))


def _pdf(text: str) -> bytes:
    """A real one-page PDF. Its text stream is compressed, like that of most office software."""
    shown = text.encode("ascii", "replace").decode().replace("(", "").replace(")", "").replace("\\", "")
    stream = zlib.compress(f"BT /F1 14 Tf 72 720 Td ({shown}) Tj ET".encode())
    objects = [
        b"<< /Type /Catalog /Pages 2 0 R >>",
        b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        (
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >> >>"
        ),
        b"<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream" % (len(stream), stream),
    ]
    pdf = bytearray(b"%PDF-1.4\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(pdf))
        pdf += b"%d 0 obj\n%s\nendobj\n" % (number, content)
    start = len(pdf)
    pdf += b"xref\n0 5\n0000000000 65535 f \n" + b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    pdf += b"trailer << /Size 5 /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % start
    return bytes(pdf)
