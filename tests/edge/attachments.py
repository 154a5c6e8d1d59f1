"""G. What is attached: B162 to B179."""

from collections.abc import Callable

from hub.domain.envelope import Attachment
from hub.xml.write import sign, write_envelope
from tests.edge.hub import MIB, Edge
from tests.edge.rows import Act, Case, Elsewhere, Heard, Refused, Rows, Taken, rewritten
from tests.offices import PDF, document
from tests.xml import archives

CONTENT = "<edXML:ContentTransferEncoded xmlns"
INSPECT = "tests/rooms/test_inspect.py::"


def attached(*files: tuple[str, str, bytes], change: Callable[[bytes], bytes] = lambda b: b) -> Act:
    """A document with these files; what is changed is changed before signing."""

    def act(edge: Edge) -> Heard:
        body = change(write_envelope(document("G22", ["H53"]), files))
        identity = edge.sender.identity
        return edge.post(sign(body, identity.certificate_pem, identity.key_pem))

    return act


def recoded(change: Callable[[bytes], bytes]) -> Callable[[bytes], bytes]:
    """The base64 of the attachment, changed."""

    def act(body: bytes) -> bytes:
        start = body.index(b">", body.index(CONTENT.encode())) + 1
        end = body.index(b"<", start)
        return body[:start] + change(body[start:end]) + body[end:]

    return act


def cut(first: str, last: str) -> Callable[[bytes], bytes]:
    """Leave out everything from `first` to the end of `last`."""

    def act(body: bytes) -> bytes:
        start = body.index(first.encode())
        return body[:start] + body[body.index(last.encode(), start) + len(last) :]

    return act


def rows() -> Rows:
    """Every case."""
    pdf = ("vb.pdf", "application/pdf", PDF)
    missing = rewritten(cut("<Attachment>", "</Attachment>"))
    yield Case("B162", "named and not there", missing, Refused(422, "attachment-missing"))
    yield Case(
        "B163",
        "there and not named",
        rewritten(cut("<edXML:Reference>", "</edXML:Reference>")),
        Refused(422, "attachment-unlisted"),
    )
    same = (Attachment("a.pdf", "1", "application/pdf"), Attachment("b.pdf", "1", "application/pdf"))

    def doubled(edge: Edge) -> Heard:
        envelope = document("G22", ["H53"], attachments=same)
        identity = edge.sender.identity
        body = write_envelope(envelope, [("a.pdf", "application/pdf", PDF), ("b.pdf", "application/pdf", PDF)])
        return edge.post(sign(body, identity.certificate_pem, identity.key_pem))

    yield Case("B164", "two of one ContentId", doubled, Refused(422, "attachment-duplicate"))
    broken = Refused(422, "base64")
    for what, change in {
        "a letter of another alphabet": lambda b: b"!" + b[1:],
        "letters for addresses": lambda b: b"-_" + b[2:],
        "too much padding": lambda b: b.rstrip(b"=") + b"====",
        "padding in the middle": lambda b: b[:8] + b"==" + b[8:],
        "a letter too few": lambda b: b.rstrip(b"=")[:-1] + b"A=",
        "letters beyond ASCII": lambda b: "ＡＢ".encode() + b,
    }.items():
        yield Case("B165", what, attached(pdf, change=recoded(change)), broken)
    yield Case(
        "B166",
        "a megabyte of white space",
        attached(pdf, change=recoded(lambda b: b[:8] + b" \n" * (MIB // 2) + b[8:])),
        Taken(),
    )
    yield Case("B167", "nothing in it", attached(("a.pdf", "application/pdf", b"")), Refused(422, "attachment-empty"))
    yield Case(
        "B168",
        "a program called PDF",
        attached(("a.pdf", "application/pdf", b"MZ\x90\0" + bytes(200))),
        Refused(422, "content-type-mismatch"),
    )
    yield Case(
        "B168",
        "a page called PDF",
        attached(("a.pdf", "application/pdf", b"<!DOCTYPE html><html><script>x</script></html>")),
        Refused(422, "content-type-mismatch"),
    )
    yield Case(
        "B169",
        "a PDF that is an archive too",
        attached(("a.pdf", "application/pdf", PDF + archives.a_zip({"a": b"x"}))),
        Refused(422, "content-type-mismatch"),
    )
    limits, climbing = Refused(422, "archive-limits"), Refused(422, "archive-path")
    for row, what, content, refused in (
        ("B170", "an archive that swells", archives.a_zip({"a.txt": bytes(40 * MIB)}), limits),
        ("B170", "archives in archives", archives.nested(6), limits),
        ("B170", "an entry listed again and again", archives.overlapping(500), limits),
        ("B171", "an archive whose entries climb", archives.a_zip({"../../x": b"x"}), climbing),
        ("B171", "an archive with an absolute path", archives.a_zip({"/etc/x": b"x"}), climbing),
        ("B171", "an archive with a link", archives.with_link("a", "/etc/passwd"), climbing),
        ("B172", "an archive under a password", archives.encrypted(), Refused(422, "encrypted-attachment")),
    ):
        yield Case(row, what, attached(("a.zip", "application/zip", content)), refused)
    for name in ("../../etc/passwd", "C:\\x.pdf", "a\u202efdp.exe", "x" * 300 + ".pdf", "CON", "a\u0000b.pdf"):
        yield Case("B173", f"a file named {name[:20]!r}", attached((name, "application/pdf", PDF)), Taken())
    yield Elsewhere(
        "B174",
        "files are scanned after acceptance, and nothing infected is delivered",
        f"{INSPECT}test_an_infected_document_goes_to_nobody_and_the_sender_and_operators_are_told",
    )
    yield Case(
        "B175",
        "larger than a whole document may be",
        attached(("a.pdf", "application/pdf", bytes(13 * MIB))),
        Refused(413, "too-large"),
    )
    yield Case(
        "B176",
        "a hundred and one",
        attached(*((f"{n}.pdf", "application/pdf", PDF) for n in range(101))),
        Refused(422, "too-many-attachments"),
    )
    demanded = "tests/rooms/test_demanded.py::test_what_is_not_signed_as_demanded_is_held_for_a_person_and_the_sender_is_told_why"
    for row, code in (
        ("B177", "pdf-unsigned"),
        ("B178", "pdf-signature-invalid"),
        ("B179", "pdf-signature-untrusted"),
    ):
        yield Elsewhere(
            row, f"PDFs are judged after acceptance; where the type demands a signature: quarantine, {code}", demanded
        )
