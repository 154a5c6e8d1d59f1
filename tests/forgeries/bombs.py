"""Resource bombs: small documents that would cost much if they were let near a parser's tree or canonicalisation."""

from functools import partial
from typing import Final

from tests.forgeries.case import BODY, SUBJECT, Case, Family, Refused, after, broken, put, signed
from tests.forgeries.comments import HEAD
from tests.forgeries.references import EMPTY
from tests.xml.builders import swap

LIMITS: Final = Refused("xml-limits")


def _declarations(count: int) -> str:
    return "".join(f' xmlns:n{n}="urn:n{n}"' for n in range(count))


def _attributes(count: int) -> str:
    return "".join(f' a{n}="x"' for n in range(count))


def _in(text: str) -> bytes:
    return swap(BODY, SUBJECT, text + SUBJECT)


def _unsigned_references(namespaces: int, references: int) -> bytes:
    """Namespaces times References: the cost of canonicalising SignedInfo before anybody looks at a key."""
    body = signed(mangle=put("</SignedInfo>", EMPTY * references + "</SignedInfo>"))
    return swap(body, "<edXML ", f"<edXML{_declarations(namespaces)} ")


def _nested_namespaces(depth: int, each: int) -> bytes:
    opening = "".join(
        "<edXML:x" + "".join(f' xmlns:d{d}n{n}="urn:{d}.{n}"' for n in range(each)) + ">" for d in range(depth)
    )
    return _in(opening + "</edXML:x>" * depth)


def _laughs_in_attribute() -> str:
    entities = "".join(f"<!ENTITY a{n} '{f'&a{n - 1};' * 10}'>" for n in range(1, 10))
    return f"<!DOCTYPE edXML [<!ENTITY a0 'ha'>{entities}<!ATTLIST edXML x CDATA '&a9;'>]>"


def family() -> Family:
    """Every bomb: the answer comes from a count or a bound, never from having done the work."""
    for count in (33, 1000, 10_000):
        yield Case(
            f"{count} namespaces on the root",
            after(lambda b, c=count: swap(b, "<edXML ", f"<edXML{_declarations(c)} ")),
            LIMITS,
        )
    yield Case("1,000 namespaces times 1,000 References", partial(_unsigned_references, 1000, 1000), LIMITS)
    yield Case("2,000 References alone", partial(_unsigned_references, 0, 2000), broken("reference-count"))
    yield Case("200 levels with 50 namespaces each", partial(_nested_namespaces, 200, 50), LIMITS)
    yield Case("6,000 namespaces, one after the other", partial(_in, '<edXML:x xmlns:n="urn:n"/>' * 6000), LIMITS)
    for count in (65, 20_000):
        yield Case(f"{count} attributes", partial(_in, f"<edXML:x{_attributes(count)}/>"), LIMITS)
    for depth in (65, 300, 100_000):
        yield Case(f"depth {depth}", partial(_in, "<edXML:x>" * depth + "</edXML:x>" * depth), LIMITS)
    yield Case("depth without end", partial(lambda: b"<a>" * 1_000_000), LIMITS)
    yield Case("200,000 elements", partial(_in, "<edXML:x/>" * 200_000), LIMITS)
    yield Case(
        "200,000 Objects",
        partial(lambda: signed(mangle=put("</Signature>", "<Object/>" * 200_000 + "</Signature>"))),
        LIMITS,
    )
    yield Case("a name of 2,000 letters", partial(_in, f"<edXML:{'x' * 2000}/>"), LIMITS)
    yield Case("an attribute of 20,000 letters", partial(_in, f'<edXML:x a="{"x" * 20_000}"/>'), LIMITS)
    yield Case("a namespace of 2,000 letters", partial(_in, f'<edXML:x xmlns:n="urn:{"x" * 2000}"/>'), LIMITS)
    yield Case(
        "a tag of three megabytes that does not end",
        lambda: BODY[: BODY.index(b"<edXML:From>")] + b"<x " + b"a" * (3 << 20),
        LIMITS,
    )
    yield Case(
        "a comment of three megabytes", after(lambda b: swap(b, SUBJECT, f"<!--{'x' * (3 << 20)}-->{SUBJECT}")), LIMITS
    )
    yield Case(
        "laughs in an attribute",
        after(lambda b: swap(b, HEAD, HEAD + _laughs_in_attribute())),
        Refused("dtd-forbidden"),
    )
    yield Case(
        "a quadratic entity",
        after(lambda b: swap(b, HEAD, f"{HEAD}<!DOCTYPE edXML [<!ENTITY e '{'x' * 10_000}'>]>")),
        Refused("dtd-forbidden"),
    )
    yield Case(
        "an RSA modulus of 16,384 bits' worth of value",
        lambda: signed(mangle=put("VALUE<", "A" * 1_000_000 + "<")),
        broken("signature-invalid"),
    )
    yield Case(
        "5,000 certificates",
        lambda: signed(
            mangle=lambda s: s.replace("</X509Data>", "<X509Certificate>AAAA</X509Certificate>" * 5000 + "</X509Data>")
        ),
        broken("certificate-chain"),
    )
    yield Case("a PrefixList of 10,000", partial(_long_list), Refused("xml-limits"))
    yield Case(
        "10,000 Transforms",
        lambda: signed(mangle=put("</Transforms>", '<Transform Algorithm="urn:x"/>' * 10_000 + "</Transforms>")),
        broken("transform"),
    )


def _long_list() -> bytes:
    step = '<Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"/>'
    inner = f'<InclusiveNamespaces xmlns="http://www.w3.org/2001/10/xml-exc-c14n#" PrefixList="{" x" * 10_000}"/>'
    return signed(mangle=put(step, step.replace("/>", f">{inner}</Transform>")))
