"""What the signatures inside a PDF are worth: who signed, when, how much of the file, and whether it can be believed.

The mathematics and the difference between revisions are pyHanko's, the chain and its revocation `chain`'s, judged at the
moment the hub received the document: a time that a signer claims proves nothing. A PDF is the most dangerous thing the
hub ever reads, so this runs in a process of its own (`pdf_process`), and nowhere else.
"""

import asyncio
from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any, BinaryIO, Final

from cryptography import x509
from pyhanko.pdf_utils.misc import PdfError
from pyhanko.pdf_utils.reader import PdfFileReader
from pyhanko.sign.diff_analysis import ModificationLevel
from pyhanko.sign.validation import async_validate_pdf_signature
from pyhanko.sign.validation.errors import SignatureValidationError
from pyhanko.sign.validation.pdf_embedded import EmbeddedPdfSignature
from pyhanko.sign.validation.status import PdfSignatureStatus
from pyhanko_certvalidator.context import ValidationContext

from hub.trust.chain import UNAVAILABLE, Judge
from hub.trust.pdf_facts import NAME_AT_MOST, Anchors, said

SIGNATURES_AT_MOST: Final = 50  # of one file; nobody reads more, and each costs time


class PdfVerdict(StrEnum):
    """What can be said of one signature in a PDF."""

    VALID = "valid"
    UNTRUSTED = "untrusted"
    EXPIRED = "expired"
    REVOKED = "revoked"
    UNVERIFIABLE = "unverifiable"
    MODIFIED = "modified"
    BROKEN = "broken"


def examine(file: BinaryIO, anchors: Anchors, received_at: datetime) -> dict[str, Any]:
    """Judge every signature of a PDF, which is read where it is needed and never as a whole.

    Answers `state` (unsigned, signed, encrypted, unreadable), `reason`, and `signatures`, in the order they were made.
    """
    try:
        reader = PdfFileReader(file, strict=False)
        if reader.encrypted and not _opens(reader):
            return said("encrypted")
        found = reader.embedded_regular_signatures
    except Exception as error:  # noqa: BLE001  a parser at the mercy of its input raises anything
        return said("unreadable", f"{type(error).__name__}: {error}")
    if not found:
        return said("unsigned")
    signatures = [_judge(each, anchors, received_at) for each in found[:SIGNATURES_AT_MOST]]
    return {
        **said("signed", f"{len(found)} signatures" if len(found) > SIGNATURES_AT_MOST else ""),
        "signatures": signatures,
    }


def _opens(reader: PdfFileReader) -> bool:
    """Whether the empty password opens it."""
    try:
        return reader.decrypt("").status.name != "FAILED"
    except PdfError:
        return False


def _judge(found: EmbeddedPdfSignature, anchors: Anchors, received_at: datetime) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "field": str(found.field_name)[:NAME_AT_MOST],
        "signer": "",
        "issuer": "",
        "signed_at": None,
    }
    try:
        certificate = found.signer_cert
        shown = x509.load_der_x509_certificate(certificate.dump())
        facts["signer"] = shown.subject.rfc4514_string()[:NAME_AT_MOST]
        facts["issuer"] = shown.issuer.rfc4514_string()[:NAME_AT_MOST]
        claimed = found.self_reported_timestamp
        facts["signed_at"] = claimed.isoformat() if claimed and claimed.tzinfo else None
        nobody = ValidationContext(trust_roots=[], allow_fetching=False, moment=received_at)
        status = asyncio.run(async_validate_pdf_signature(found, nobody))
        verdict, reason = _verdict(status)
        if verdict is PdfVerdict.VALID:
            verdict, reason = _under_chain(
                (each.dump() for each in found.other_embedded_certs), certificate.dump(), anchors, received_at
            )
        coverage = status.coverage.name if status.coverage else "UNCLEAR"
        level = status.modification_level
        facts |= {"coverage": _word(coverage), "changes": _word(level.name) if level else "unknown"}
    except SignatureValidationError as error:
        verdict, reason = PdfVerdict.UNVERIFIABLE, str(error)
    except Exception as error:  # noqa: BLE001  whatever a library makes of it, it is not a valid signature
        verdict, reason = PdfVerdict.BROKEN, f"{type(error).__name__}: {error}"
    return {**facts, "verdict": verdict.value, "reason": reason[:NAME_AT_MOST]}


def _verdict(status: PdfSignatureStatus) -> tuple[PdfVerdict, str]:
    """What the mathematics and the revisions say; who signed is not asked yet."""
    if not status.intact:
        return PdfVerdict.BROKEN, "digest-mismatch"
    if not status.valid:
        return PdfVerdict.BROKEN, "signature-invalid"
    if status.modification_level is ModificationLevel.OTHER or status.docmdp_ok is False:
        return PdfVerdict.MODIFIED, "changed after signing"
    return PdfVerdict.VALID, ""


def _under_chain(embedded: Iterable[bytes], leaf: bytes, anchors: Anchors, at: datetime) -> tuple[PdfVerdict, str]:
    """What a good signature is worth once its signer's chain has been looked at; the PDF may bring intermediates."""
    judge = Judge(
        anchors.roots,
        (*anchors.intermediates, *embedded),
        anchors.crls,
        windows=anchors.windows,
        rsa_2048_until=anchors.rsa_2048_until,
    )
    if not judge.has_roots:
        return PdfVerdict.UNTRUSTED, "the trust store has no root"
    chain = judge.judge(leaf, at)
    if chain.reason == UNAVAILABLE:
        return PdfVerdict.UNVERIFIABLE, UNAVAILABLE
    if chain.judgement is None:
        return PdfVerdict.VALID, ""
    return PdfVerdict(chain.judgement.value), chain.reason


def _word(name: str) -> str:
    return name.lower().replace("_", "-")
