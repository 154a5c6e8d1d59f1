"""xmlsec1, the command line of the XML Security Library: the second opinion that most of the world runs."""

import shutil
import subprocess
from pathlib import Path
from typing import Final

from tests.interop.shapes import Shape
from tests.pki import Identity
from tests.xml.builders import DS, ENVELOPED, EXCLUSIVE

SECONDS: Final = 60


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Run xmlsec1."""
    program = shutil.which("xmlsec1")
    assert program, "xmlsec1 is missing: it comes with Debian's package xmlsec1, which .ci/run installs"
    return subprocess.run([program, *arguments], capture_output=True, text=True, timeout=SECONDS, check=False)


def verifies(folder: Path, body: bytes, who: Identity) -> bool:
    """Whether xmlsec1 verifies `body` under the certificate of `who`, as a reference to the whole document."""
    file, certificate = folder / "body.edxml", folder / "signer.pem"
    file.write_bytes(body)
    certificate.write_bytes(who.certificate_pem)
    only = ("--enabled-reference-uris", "empty", "--enabled-key-data", "x509,rsa,ecdsa")
    done = run("--verify", *only, "--pubkey-cert-pem", str(certificate), str(file))
    return done.returncode == 0


def sign(folder: Path, body: bytes, shape: Shape) -> bytes:
    """Let xmlsec1 sign `body` in this shape."""
    template, key, certificate = folder / "template.edxml", folder / "key.pem", folder / "certificate.pem"
    template.write_bytes(with_template(body, shape))
    key.write_bytes(shape.who.key_pem)
    certificate.write_bytes(shape.who.certificate_pem)
    signed = folder / "signed.edxml"
    done = run("--sign", "--privkey-pem", f"{key},{certificate}", "--output", str(signed), str(template))
    assert done.returncode == 0, done.stderr
    return signed.read_bytes()


def with_template(body: bytes, shape: Shape) -> bytes:
    """Put an empty Signature of this shape where it belongs: xmlsec1 fills it in."""
    p = f"{shape.prefix}:" if shape.prefix else ""
    declared = f'xmlns:{shape.prefix}="{DS}"' if shape.prefix else f'xmlns="{DS}"'
    steps = [(ENVELOPED, ""), *([(shape.document, _list(shape))] if shape.document else [])]
    transforms = "".join(f'<{p}Transform Algorithm="{step}">{inner}</{p}Transform>' for step, inner in steps)
    text = (
        f"<{p}Signature {declared}>\n<{p}SignedInfo>\n"
        f'<{p}CanonicalizationMethod Algorithm="{shape.info}">{_list(shape)}</{p}CanonicalizationMethod>\n'
        f'<{p}SignatureMethod Algorithm="{shape.method}"/>\n'
        f'<{p}Reference URI="">\n<{p}Transforms>{transforms}</{p}Transforms>\n'
        f'<{p}DigestMethod Algorithm="{shape.digest}"/>\n<{p}DigestValue/>\n</{p}Reference>\n</{p}SignedInfo>\n'
        f"<{p}SignatureValue/>\n<{p}KeyInfo><{p}X509Data><{p}X509Certificate/></{p}X509Data></{p}KeyInfo>\n"
        f"</{p}Signature>"
    )
    end = b"</edXML>" if shape.place == "edXML" else f"</edXML:{shape.place}>".encode()
    at = body.rindex(end)
    return body[:at] + text.encode() + body[at:]


def _list(shape: Shape) -> str:
    if shape.prefixes is None:
        return ""
    return f'<InclusiveNamespaces xmlns="{EXCLUSIVE}" PrefixList="{shape.prefixes}"/>'
