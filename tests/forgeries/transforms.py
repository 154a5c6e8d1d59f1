"""Transforms: what a signer could ask the verifier to do with the document before looking at it."""

from functools import partial
from typing import Final

from tests.forgeries.case import VALID, Case, Family, broken, mangled, put, signed, unverifiable
from tests.xml.builders import C14N_10, C14N_11, DS, ENVELOPED, EXCLUSIVE

BOGUS: Final = "http://www.w3.org/TR/xml-exc-c14n#"
XPATH: Final = "http://www.w3.org/TR/1999/REC-xpath-19991116"
XSLT: Final = "http://www.w3.org/TR/1999/REC-xslt-19991116"
FILTER: Final = "http://www.w3.org/2002/06/xmldsig-filter2"
STEPS: Final[dict[str, tuple[str, ...]]] = {
    "XPath": (ENVELOPED, XPATH),
    "XPath first": (XPATH, ENVELOPED),
    "XPath alone": (XPATH,),
    "XPath filter 2": (ENVELOPED, FILTER),
    "XSLT": (ENVELOPED, XSLT),
    "XSLT first": (XSLT, ENVELOPED),
    "base64": (ENVELOPED, f"{DS}base64"),
    "decryption": (ENVELOPED, "http://www.w3.org/2002/07/decrypt#XML"),
    "the STR transform": (ENVELOPED, "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-soap-message-security-1.0#STR-Transform"),
    "unknown": (ENVELOPED, "urn:unknown"),
    "unknown first": ("urn:unknown", ENVELOPED),
    "empty": (ENVELOPED, ""),
    "the wrong order": (EXCLUSIVE, ENVELOPED),
    "the wrong order, C14N 1.0": (C14N_10, ENVELOPED),
    "no enveloped": (EXCLUSIVE,),
    "no enveloped, C14N 1.0": (C14N_10,),
    "enveloped twice": (ENVELOPED, ENVELOPED),
    "canonicalised twice": (ENVELOPED, EXCLUSIVE, EXCLUSIVE),
    "canonicalised in two ways": (ENVELOPED, C14N_10, EXCLUSIVE),
    "enveloped, c14n, enveloped": (ENVELOPED, EXCLUSIVE, ENVELOPED),
    "twenty": (ENVELOPED, *[EXCLUSIVE] * 19),
    "a thousand": (ENVELOPED, *[EXCLUSIVE] * 999),
    "enveloped in capitals": (ENVELOPED.upper(), EXCLUSIVE),
    "enveloped with a space": (f"{ENVELOPED} ", EXCLUSIVE),
    "c14n with a space": (ENVELOPED, f" {EXCLUSIVE}"),
    "c14n without its #": (ENVELOPED, EXCLUSIVE.rstrip("#")),
    "c14n over https": (ENVELOPED, EXCLUSIVE.replace("http:", "https:")),
}  # fmt: skip
COMMENTED: Final[dict[str, tuple[str, ...]]] = {
    "C14N 1.0 with comments": (ENVELOPED, f"{C14N_10}#WithComments"),
    "C14N 1.1 with comments": (ENVELOPED, f"{C14N_11}#WithComments"),
    "exclusive with comments": (ENVELOPED, f"{EXCLUSIVE}WithComments"),
}
_FIRST: Final = f'<Transform Algorithm="{ENVELOPED}"/>'
_SECOND: Final = f'<Transform Algorithm="{EXCLUSIVE}"/>'
_PARAMETERS: Final = {
    "an XPath": "<XPath>not(ancestor-or-self::Subject)</XPath>",
    "a stylesheet": '<xsl:x xmlns:xsl="http://www.w3.org/1999/XSL/Transform/x"/>',
    "an unknown element": '<x xmlns="urn:x"/>',
    "InclusiveNamespaces in no namespace": '<InclusiveNamespaces xmlns="" PrefixList="x"/>',
}


def _with(step: str, inner: str) -> str:
    return step.replace("/>", f">{inner}</Transform>")


def family() -> Family:
    """Every wrong transform: each kind, order, number and parameter."""
    transform = broken("transform")
    structure = broken("signature-structure")
    for name, steps in STEPS.items():
        yield Case(name, partial(signed, transforms=steps), transform)
    for name, steps in COMMENTED.items():
        yield Case(name, partial(signed, transforms=steps), broken("c14n"))
    yield Case("the SDK's own", partial(signed, transforms=(ENVELOPED, BOGUS)), unverifiable("transform"))
    yield Case("the SDK's own first", partial(signed, transforms=(BOGUS, ENVELOPED)), transform)
    yield Case("the SDK's own twice", partial(signed, transforms=(ENVELOPED, BOGUS, BOGUS)), transform)
    yield Case("no Transforms", partial(signed, transforms=(), mangle=put("<Transforms></Transforms>", "")), transform)
    yield Case("an empty Transforms", partial(signed, transforms=()), transform)
    yield Case("two Transforms", mangled("</Transforms>", f"</Transforms><Transforms>{_FIRST}</Transforms>"), structure)
    yield Case(
        "Transforms at the end", mangled("</Reference>", f"<Transforms>{_FIRST}</Transforms></Reference>"), structure
    )
    yield Case("no Algorithm", mangled(_SECOND, "<Transform/>"), transform)
    yield Case(
        "Algorithm in a namespace",
        mangled(_SECOND, f'<Transform xmlns:d="{DS}" d:Algorithm="{EXCLUSIVE}"/>'),
        transform,
    )
    yield Case(
        "a Transform of another namespace",
        mangled(_SECOND, _SECOND.replace("<Transform ", '<Transform xmlns="urn:x" ')),
        transform,
    )
    yield Case(
        "text in a Transform: the schema allows it, and it means nothing", mangled(_SECOND, _with(_SECOND, "x")), VALID
    )
    for name, inner in _PARAMETERS.items():
        yield Case(f"{name} in enveloped-signature", mangled(_FIRST, _with(_FIRST, inner)), transform)
        yield Case(f"{name} in canonicalisation", mangled(_SECOND, _with(_SECOND, inner)), transform)
