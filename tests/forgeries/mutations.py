"""Ways to change a signed document a little: in its bytes, in its tree, in its signature."""

import base64
import re
from collections.abc import Callable
from random import Random
from typing import Final

from lxml import etree

from hub.xml.names import EDXML
from tests.forgeries.case import signed
from tests.forgeries.certificates import OTHER_AGENCY
from tests.forgeries.places import STRANGER
from tests.xml.builders import C14N_10, C14N_11, DS, ENC, ENVELOPED, EXCLUSIVE, MORE, RSA_SHA256, SENDER, chain_of

Mutation = Callable[[bytes, Random], bytes]

PIECES: Final = (
    b"<!-- x -->",
    b"<?x y?>",
    b"<x/>",
    b"<edXML:x/>",
    b"&amp;",
    b"&#13;",
    b"&#x200B;",
    b"<![CDATA[x]]>",
    b"<![CDATA[]]>",
    b"]]>",
    b" ",
    b"\n",
    b"\r\n",
    b"\t",
    b"\0",
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    "\U0010fffd".encode(),
    b' xmlns=""',
    b' xmlns="urn:x"',
    b' xmlns:edXML="urn:x"',
    b' Id="x"',
    b' xml:id="x"',
    b' xml:space="preserve"',
    f'<Signature xmlns="{DS}"/>'.encode(),
    b"<edXML:To><edXML:OrganId>G01</edXML:OrganId></edXML:To>",
    b"<edXML:Subject>x</edXML:Subject>",
    b"<!DOCTYPE edXML>",
)
URIS: Final = (
    C14N_10,
    C14N_11,
    EXCLUSIVE,
    f"{C14N_10}#WithComments",
    ENVELOPED,
    RSA_SHA256,
    f"{MORE}ecdsa-sha256",
    f"{MORE}ecdsa-sha384",
    f"{MORE}hmac-sha256",
    f"{ENC}sha256",
    f"{ENC}sha512",
    f"{DS}sha1",
    DS,
    EDXML,
    "",
)
_URI: Final = re.compile(rb'(?:Algorithm|URI|xmlns)="([^"]*)"')
_VALUE: Final = re.compile(rb"<(?:\w+:)?(DigestValue|SignatureValue|X509Certificate)>([^<]*)<")
_TAG: Final = re.compile(rb"<[^<>]*>")


def _span(body: bytes, rng: Random, longest: int = 200) -> tuple[int, int]:
    start = rng.randint(0, len(body))
    return start, min(len(body), start + rng.choice((0, 1, 1, 2, 4, 20, longest)))


def change_bytes(body: bytes, rng: Random) -> bytes:
    """Change, cut, copy, put in or move some bytes, not looking at what they are."""
    start, end = _span(body, rng)
    new: bytes
    match rng.randrange(6):
        case 0:
            new = rng.randbytes(max(1, min(4, end - start)))
        case 1:
            new = b""
        case 2:
            new = body[start:end] * 2
        case 3:
            new, end = rng.choice(PIECES), start
        case 4:
            at, to = _span(body, rng)
            new = body[at:to]
        case _:
            if start >= len(body):
                return body
            new, end = bytes((body[start] ^ (1 << rng.randrange(8)),)), start + 1
    return body[:start] + new + body[end:]


def change_markup(body: bytes, rng: Random) -> bytes:
    """Put something in exactly before or after a tag, or cut a tag, or move one: markup that is nearly right."""
    tags = list(_TAG.finditer(body))
    if not tags:
        return body
    tag = rng.choice(tags)
    match rng.randrange(4):
        case 0:
            return body[: tag.end()] + rng.choice(PIECES) + body[tag.end() :]
        case 1:
            return body[: tag.end() - 1] + rng.choice(PIECES) + body[tag.end() - 1 :]
        case 2:
            return body[: tag.start()] + body[tag.end() :]
        case _:
            other = rng.choice(tags)
            return body[: tag.start()] + other[0] + body[tag.end() :]


def change_tree(body: bytes, rng: Random) -> bytes:
    """Take out, copy, move, swap, rename, wrap or rewrite an element; what cannot be parsed stays as it is."""
    try:
        root = etree.fromstring(body)
    except etree.XMLSyntaxError:
        return body
    elements = [one for one in root.iter() if isinstance(one.tag, str)]
    _CHANGES[rng.randrange(len(_CHANGES))](rng.choice(elements), rng.choice(elements), rng)
    try:
        return etree.tostring(root, encoding="UTF-8", xml_declaration=True)
    except (ValueError, etree.LxmlError):
        return body


def _is_above(one: etree._Element, other: etree._Element) -> bool:
    return one is other or one in other.iterancestors()


def _copy_of(one: etree._Element) -> etree._Element:
    return etree.fromstring(etree.tostring(one, with_tail=False))


def _take_out(one: etree._Element, _other: etree._Element, _rng: Random) -> None:
    above = one.getparent()
    if above is not None:
        above.remove(one)


def _copy(one: etree._Element, other: etree._Element, _rng: Random) -> None:
    other.append(_copy_of(one))


def _move(one: etree._Element, other: etree._Element, rng: Random) -> None:
    if not _is_above(one, other):
        other.insert(rng.randrange(len(other) + 1), one)


def _put_for(one: etree._Element, other: etree._Element, _rng: Random) -> None:
    above = other.getparent()
    if above is not None and not _is_above(one, other):
        above.replace(other, _copy_of(one))


def _rename(one: etree._Element, other: etree._Element, rng: Random) -> None:
    name = etree.QName(one)
    namespace = rng.choice((EDXML, DS, "urn:x", None))
    one.tag = other.tag if rng.random() < 0.5 else etree.QName(namespace, name.localname)


def _wrap(one: etree._Element, _other: etree._Element, rng: Random) -> None:
    above = one.getparent()
    if above is None:
        return
    wrapper = etree.Element(rng.choice((f"{{{EDXML}}}Extensions", f"{{{DS}}}Object", "x", str(one.tag))))
    above.replace(one, wrapper)
    wrapper.append(one)


def _rewrite(one: etree._Element, other: etree._Element, rng: Random) -> None:
    words = (other.text, "", " ", "G01", f"{one.text or ''} ", 'x xmlns=""', "\U0010fffd", "Ế\u0301")
    if rng.random() < 0.3:
        one.tail = rng.choice(words)
    else:
        one.text = rng.choice(words)


def _attribute(one: etree._Element, other: etree._Element, rng: Random) -> None:
    if one.attrib and rng.random() < 0.4:
        del one.attrib[rng.choice(list(one.attrib))]
        return
    names = (
        *map(str, other.attrib),
        "Id",
        "ID",
        "URI",
        "Type",
        "Algorithm",
        "{http://www.w3.org/XML/1998/namespace}lang",
    )
    one.set(rng.choice(names), rng.choice(("", "x", "#x", *URIS)))


def _comment(one: etree._Element, _other: etree._Element, rng: Random) -> None:
    one.insert(
        rng.randrange(len(one) + 1), etree.Comment("x") if rng.random() < 0.7 else etree.ProcessingInstruction("x")
    )


_CHANGES: Final = (_take_out, _copy, _move, _put_for, _rename, _wrap, _rewrite, _attribute, _comment)


def change_signature(body: bytes, rng: Random) -> bytes:
    """Change an algorithm, a value or the key, or sign again as somebody else."""
    match rng.randrange(5):
        case 0:
            return _at_random(_URI, 1, body, rng, lambda _: rng.choice(URIS).encode())
        case 1 | 2:
            return _at_random(_VALUE, 2, body, rng, lambda old: _value(old, rng))
        case 3:
            return _sign_again(body, rng)
        case _:
            return re.sub(
                rb"<((?:\w+:)?X509Data)>.*?</\1>",
                _certificates(rng).encode().replace(b"\\", b""),
                body,
                count=1,
                flags=re.DOTALL,
            )


def _at_random(
    pattern: re.Pattern[bytes], group: int, body: bytes, rng: Random, change: Callable[[bytes], bytes]
) -> bytes:
    found = list(pattern.finditer(body))
    if not found:
        return body
    place = rng.choice(found)
    return body[: place.start(group)] + change(place[group]) + body[place.end(group) :]


def _value(old: bytes, rng: Random) -> bytes:
    match rng.randrange(6):
        case 0:
            at = rng.randrange(len(old) + 1)
            return old[:at] + rng.choice((b" ", b"\n", b"&#13;", b"&#x41;", b"=", b"-", b"\xc2\xa0")) + old[at:]
        case 1:
            return b""
        case 2:
            return base64.b64encode(rng.randbytes(rng.choice((1, 32, 64, 256))))
        case 3:
            return base64.b64encode(bytes(rng.choice((32, 64, 256))))
        case 4 if old:
            at = rng.randrange(len(old))
            return old[:at] + rng.choice((b"A", b"B", b"/", b"+", b"w")) + old[at + 1 :]
        case _:
            return old[: rng.randrange(len(old) + 1)]


def _certificates(rng: Random) -> str:
    return chain_of(*rng.sample((SENDER, STRANGER, OTHER_AGENCY), rng.randint(1, 3)))


def _sign_again(body: bytes, rng: Random) -> bytes:
    """Take the signature out, and let a stranger sign what is there; sometimes with the sender's certificate shown."""
    bare = re.sub(rb"<(?:\w+:)?Signature .*?</(?:\w+:)?Signature>", b"", body, count=1, flags=re.DOTALL)
    shown = _certificates(rng) if rng.random() < 0.5 else None
    try:
        return signed(bare, rng.choice((STRANGER, OTHER_AGENCY)), key_info=shown)
    except (ValueError, StopIteration, AssertionError, etree.LxmlError):
        return body


MUTATIONS: Final[dict[str, Mutation]] = {
    "bytes": change_bytes,
    "markup": change_markup,
    "tree": change_tree,
    "signature": change_signature,
}
