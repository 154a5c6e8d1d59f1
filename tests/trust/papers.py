"""Signed PDFs for tests, made by pyHanko with the tests' own certificates."""

from collections.abc import Iterable
from functools import lru_cache
from io import BytesIO
from typing import Final

from asn1crypto import keys as asn1_keys
from asn1crypto import x509 as asn1_x509
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)
from pyhanko.pdf_utils.generic import ArrayObject, NameObject, NumberObject, StreamObject
from pyhanko.pdf_utils.incremental_writer import IncrementalPdfFileWriter
from pyhanko.pdf_utils.writer import PageObject, PdfFileWriter
from pyhanko.sign import signers
from pyhanko_certvalidator.registry import SimpleCertificateStore

from tests.pki import Identity

TEXT: Final = b"BT /F1 12 Tf 72 720 Td (Cong van so 12) Tj ET"


@lru_cache
def a_pdf(text: bytes = TEXT) -> bytes:
    """A PDF of one page, not signed."""
    writer = PdfFileWriter()
    content = writer.add_object(StreamObject(stream_data=text))
    writer.insert_page(PageObject(contents=content, media_box=ArrayObject(NumberObject(n) for n in (0, 0, 595, 842))))
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def signed(pdf: bytes, who: Identity, field: str = "Signature1", chain: Iterable[Identity] = ()) -> bytes:
    """`pdf` with one signature more, as an incremental update."""
    store = SimpleCertificateStore()
    store.register_multiple([asn1_x509.Certificate.load(each.der) for each in chain])
    key = load_pem_private_key(who.key_pem, None).private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption())
    signer = signers.SimpleSigner(
        asn1_x509.Certificate.load(who.der), asn1_keys.PrivateKeyInfo.load(key), cert_registry=store
    )
    output = signers.sign_pdf(
        IncrementalPdfFileWriter(BytesIO(pdf)),
        signers.PdfSignatureMetadata(field_name=field, md_algorithm="sha256"),
        signer=signer,
    )
    return bytes(output.getbuffer())


def with_page_replaced(pdf: bytes) -> bytes:
    """`pdf` with other words on its page, as an incremental update: what a forger appends."""
    writer = IncrementalPdfFileWriter(BytesIO(pdf))
    page = writer.root["/Pages"]["/Kids"][0]
    page[NameObject("/Contents")] = writer.add_object(StreamObject(stream_data=TEXT.replace(b"12)", b"99)")))
    writer.mark_update(writer.root["/Pages"]["/Kids"].raw_get(0))
    file = BytesIO()
    writer.write(file)
    return file.getvalue()


def encrypted(user: str, owner: str = "chu") -> bytes:
    """A PDF encrypted with these passwords."""
    from pyhanko.pdf_utils.reader import PdfFileReader
    from pyhanko.pdf_utils.writer import copy_into_new_writer

    writer = copy_into_new_writer(PdfFileReader(BytesIO(a_pdf())))
    writer.encrypt(owner_pass=owner, user_pass=user)
    file = BytesIO()
    writer.write(file)
    return file.getvalue()
