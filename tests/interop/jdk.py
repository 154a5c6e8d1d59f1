"""The JDK's XML signatures, by two small programs that are started from their source; many documents a start."""

import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from tests.interop.shapes import Shape
from tests.pki import Identity

HERE: Final = Path(__file__).parent
SECONDS: Final = 120  # that nothing hangs for ever; a start takes two


def run(program: str, *arguments: str) -> list[str]:
    """Run one of the programs beside this file and give its lines."""
    java = shutil.which("java")
    assert java, "java is missing: it comes with Debian's openjdk-17-jre-headless, which .ci/run installs"
    done = subprocess.run(
        [java, "-XX:TieredStopAtLevel=1", "-Xshare:auto", str(HERE / program), *arguments],
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def verify(folder: Path, documents: Sequence[tuple[bytes, Identity]]) -> list[str]:
    """Let the JDK verify each document under its signer's certificate: `valid`, or what is wrong."""
    arguments = []
    for number, (body, who) in enumerate(documents):
        file, certificate = folder / f"{number}.edxml", folder / f"{number}.pem"
        file.write_bytes(body)
        certificate.write_bytes(who.certificate_pem)
        arguments += [str(file), str(certificate)]
    return run("Verify.java", *arguments)


def sign(folder: Path, asked: Sequence[tuple[bytes, Shape]]) -> list[bytes]:
    """Let the JDK sign each body in its shape."""
    jobs = []
    for number, (body, shape) in enumerate(asked):
        (folder / f"{number}.xml").write_bytes(body)
        certificate, key = folder / f"{number}.pem", folder / f"{number}.der"
        certificate.write_bytes(shape.who.certificate_pem)
        private = load_pem_private_key(shape.who.key_pem, None)
        key.write_bytes(private.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
        words = [
            str(folder / f"{number}.xml"),
            str(folder / f"{number}.edxml"),
            str(certificate),
            str(key),
            "RSA" if isinstance(private, rsa.RSAPrivateKey) else "EC",
            shape.method,
            shape.digest,
            shape.info,
            shape.document or "-",
            shape.prefix or "-",
            shape.place,
            "-" if shape.prefixes is None else shape.prefixes,
        ]
        jobs.append("\t".join(words))
    (folder / "jobs").write_text("\n".join(jobs), "utf-8")
    run("Sign.java", str(folder / "jobs"))
    return [(folder / f"{number}.edxml").read_bytes() for number in range(len(asked))]
