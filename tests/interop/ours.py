"""Documents signed by the hub, for others to verify: valid ones, and ones they must refuse as we do."""

from typing import Final

from hub.xml.sign import sign
from hub.xml.write import write_envelope
from tests.interop.shapes import P256, P384
from tests.pki import Identity
from tests.xml.builders import SENDER, a_body, an_envelope, swap

SIGNERS: Final = {"RSA": SENDER, "P-256": P256, "P-384": P384}


def signed(who: Identity, body: bytes | None = None) -> bytes:
    """Sign with the hub's own signer."""
    return sign(body or a_body(), who.certificate_pem, who.key_pem)


def valid() -> dict[str, tuple[bytes, Identity]]:
    """Documents of every kind that others must find valid."""
    odd = 'V/v “A & B” <1> \u1ebe Co\u0302ng\u00a0\U0001f3db ]] > xmlns="" \r\n\t kết'
    documents = {name: (signed(who), who) for name, who in SIGNERS.items()}
    documents["odd letters"] = (signed(P256, a_body(subject=odd)), P256)
    documents["CRLF"] = (signed(P256, a_body().replace(b"\n", b"\r\n")), P256)
    documents["comments"] = (signed(P256, swap(a_body(), "<edXML:To>", "<!-- x --><edXML:To>")), P256)
    documents["CDATA"] = (signed(P256, swap(a_body(), ">Tỉnh Mẫu<", "><![CDATA[Tỉnh <Mẫu>]]><")), P256)
    large = write_envelope(an_envelope(), [("lon.bin", "application/octet-stream", bytes(range(256)) * 8192)])
    documents["two megabytes"] = (signed(P256, large), P256)
    return documents


def tampered() -> dict[str, tuple[bytes, Identity]]:
    """Documents that nobody may find valid."""
    documents = {
        f"{name}, content changed": (swap(signed(who), "Tỉnh Mẫu", "Tỉnh Khác"), who) for name, who in SIGNERS.items()
    }
    documents["of another signer"] = (signed(P256), SENDER)
    documents["a digest changed"] = (swap(signed(P256), "<DigestValue>", "<DigestValue>AAAA"), P256)
    return documents
