"""The names the wire uses. Sources: QCVN 102:2016/BTTTT with amendment 1:2022; W3C XML Signature."""

from typing import Final

EDXML: Final = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
DSIG: Final = "http://www.w3.org/2000/09/xmldsig#"
EXC_C14N: Final = "http://www.w3.org/2001/10/xml-exc-c14n#"

OLD_EDOC: Final = ("http://www.e-doc.vn/", "http://www.go.vn/edoc")
"""How the namespaces of the 2014 eDoc drafts begin, in lower case."""

HEADER_PATH: Final = "edXML/edXMLEnvelope/edXMLHeader"
SIGNATURE_PATH: Final = f"{HEADER_PATH}/Signature"


def edxml(name: str) -> str:
    """Write the tag of an edXML element as lxml does."""
    return f"{{{EDXML}}}{name}"


def dsig(name: str) -> str:
    """Write the tag of an XML Signature element as lxml does."""
    return f"{{{DSIG}}}{name}"


def local_name(tag: str) -> str:
    """Cut off the part of a tag after its namespace."""
    return tag.rpartition("}")[2]
