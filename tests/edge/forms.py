"""C. Forms: B057 to B078. `POST /v1/envelopes` takes the bytes of a document, never a form, so none is ever taken apart."""

from tests.edge.hub import Edge
from tests.edge.rows import Act, Case, Heard, Refused, Rows

NO_FORM = Refused(415, "unsupported-media-type")
DISPOSITION = 'Content-Disposition: form-data; name="edocFile"; filename="vb.edxml"'


def form(
    kind: str = 'multipart/form-data; boundary="B"',
    before: str = "",
    part: str = f"{DISPOSITION}\r\nContent-Type: application/xml\r\n",
    after: str = "\r\n--B--\r\n",
) -> Act:
    """A form around a good document."""

    def act(edge: Edge) -> Heard:
        body = before.encode() + b"--B\r\n" + part.encode() + b"\r\n" + edge.good() + after.encode()
        return edge.post(body, edge.headers(content_type=kind))

    return act


def rows() -> Rows:
    """Every case."""
    again = f"\r\n--B\r\n{DISPOSITION}\r\n\r\n<edXML/>"
    many = "".join(f'--B\r\nContent-Disposition: form-data; name="f{n}"\r\n\r\nx\r\n' for n in range(1001))
    for row, what, act in (
        ("B057", "no boundary", form("multipart/form-data")),
        ("B057", "an empty boundary", form('multipart/form-data; boundary=""')),
        ("B057", "a boundary of two kilobytes", form(f"multipart/form-data; boundary={'B' * 2000}")),
        ("B058", "another boundary", form("multipart/form-data; boundary=C")),
        ("B059", "two boundaries", form("multipart/form-data; boundary=B; boundary=C")),
        ("B060", "no end", form(after="")),
        ("B061", "cut inside the part", form(after="\r\n--B")),
        ("B062", "the same part twice", form(after=f"{again}\r\n--B--\r\n")),
        ("B063", "a name twice", form(part='Content-Disposition: form-data; name="edocFile"; name="b"\r\n')),
        ("B064", "two dispositions", form(part=f"{DISPOSITION}\r\n{DISPOSITION}\r\n")),
        ("B065", "two file names", form(part=f"{DISPOSITION}; filename*=UTF-8''b.edxml\r\n")),
        ("B066", "a file name that climbs", form(part=DISPOSITION.replace("vb.edxml", "../../etc/passwd") + "\r\n")),
        ("B067", "a NUL in a file name", form(part=DISPOSITION.replace("vb.edxml", "a\0b") + "\r\n")),
        ("B068", "no name", form(part="Content-Disposition: form-data\r\n")),
        (
            "B069",
            "a part nobody asked for",
            form(after='\r\n--B\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--B--\r\n'),
        ),
        ("B070", "a thousand parts", form(before=many)),
        ("B071", "a part's header of 100 kB", form(part=f"{DISPOSITION}\r\nX-A: {'x' * 100_000}\r\n")),
        ("B071", "five thousand headers of a part", form(part=f"{DISPOSITION}\r\n" + "X-A: b\r\n" * 5000)),
        ("B072", "a preamble of two megabytes", form(before="x" * 2_000_000 + "\r\n")),
        ("B072", "an epilogue of two megabytes", form(after="\r\n--B--\r\n" + "x" * 2_000_000)),
        ("B073", "a form in a form", form(part=f"{DISPOSITION}\r\nContent-Type: multipart/mixed; boundary=C\r\n")),
        ("B074", "multipart/related", form("multipart/related; boundary=B")),
        ("B075", "a part in base64", form(part=f"{DISPOSITION}\r\nContent-Transfer-Encoding: base64\r\n")),
        (
            "B076",
            "a kind that is not what it holds",
            form(before='--B\r\nContent-Disposition: form-data; name="messageType"\r\n\r\nstatus\r\n'),
        ),
        ("B077", "line feeds alone", form(part=f"{DISPOSITION}\n\n".replace("\r", ""))),
        ("B078", "a part of HTML", form(part=f"{DISPOSITION}\r\nContent-Type: text/html\r\n")),
    ):
        yield Case(row, what, act, NO_FORM)
