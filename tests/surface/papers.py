"""Documents written out by hand, as other people's software writes them; signed by a library that is not the hub's."""

from dataclasses import dataclass, field
from itertools import count
from pathlib import Path

from lxml import etree
from signxml import XMLSigner

NS = "http://www.mic.gov.vn/TBT/QCVN_102_2016"
PLACEHOLDER = '<Signature xmlns="http://www.w3.org/2000/09/xmldsig#" Id="placeholder"/>'
FILE = "JVBERi0xLjQKJcOkw7zDtsOfCjEgMCBvYmoKPDwvVHlwZS9DYXRhbG9nPj4KZW5kb2JqCnRyYWlsZXI8PC9Sb290IDEgMCBSPj4KJSVFT0YK"
_numbers = count(100)


@dataclass(slots=True)
class Paper:
    """One document. `header`, `trace`, `business`, `end` come in as they are, where their names say."""

    sender: str
    to: tuple[str, ...]
    number: str = field(default_factory=lambda: str(next(_numbers)))
    notation: str = "SA-VP"
    document_id: str = ""
    day: str = "2026/11/20"
    subject: str = "V/v thử liên thông văn bản"
    kind: int = 0
    concerns: str = ""
    header: str = ""
    trace: str = ""
    business: str = ""
    end: str = ""
    priority: str = "0"
    type: str = "2"

    def __post_init__(self) -> None:
        self.document_id = self.document_id or f"{self.sender},2026/11/20,{self.number}/{self.notation}"

    def text(self, signature: str = "") -> str:
        """The envelope, with whatever stands where the signature belongs."""
        to = "".join(
            f"<e:To><e:OrganId>{code}</e:OrganId><e:OrganName>Nơi nhận</e:OrganName></e:To>" for code in self.to
        )
        about = f"<e:DocumentId>{self.concerns}</e:DocumentId>" if self.concerns else ""
        return f"""<?xml version="1.0" encoding="UTF-8"?>
<edXML xmlns="{NS}"><e:edXMLEnvelope xmlns:e="{NS}"><e:edXMLHeader>
 <e:MessageHeader>
  <e:From><e:OrganId>{self.sender}</e:OrganId><e:OrganName>Nơi gửi</e:OrganName></e:From>{to}
  <e:DocumentId>{self.document_id}</e:DocumentId>
  <e:Code><e:CodeNumber>{self.number}</e:CodeNumber><e:CodeNotation>{self.notation}</e:CodeNotation></e:Code>
  <e:PromulgationInfo><e:Place>Tây Ninh</e:Place><e:PromulgationDate>{self.day}</e:PromulgationDate></e:PromulgationInfo>
  <e:DocumentType><e:Type>{self.type}</e:Type><e:TypeDetail>0</e:TypeDetail><e:TypeName>Công văn</e:TypeName></e:DocumentType>
  <e:Subject>{self.subject}</e:Subject><e:Content>{self.subject}</e:Content>
  <e:SignerInfo><e:Position>Chánh Văn phòng</e:Position><e:FullName>Lê Thị Thử</e:FullName></e:SignerInfo>
  <e:OtherInfo><e:Priority>{self.priority}</e:Priority></e:OtherInfo>{self.header}
 </e:MessageHeader>
 <e:TraceHeaderList><e:TraceHeader><e:OrganId>{self.sender}</e:OrganId><e:Timestamp>2026/11/20 08:00:00</e:Timestamp></e:TraceHeader>
  <e:Bussiness>{about}<e:BussinessDocType>{self.kind}</e:BussinessDocType><e:BussinessDocReason>Thử</e:BussinessDocReason><e:Paper>0</e:Paper>{self.business}</e:Bussiness>{self.trace}
 </e:TraceHeaderList>{signature}</e:edXMLHeader>
 <e:edXMLBody><e:edXMLManifest version="1.0"><e:Reference><e:ContentId>cid:1</e:ContentId><e:ContentType>application/pdf</e:ContentType><e:AttachmentName>van ban.pdf</e:AttachmentName></e:Reference></e:edXMLManifest></e:edXMLBody></e:edXMLEnvelope>
<AttachmentEncoded><Attachment><ContentId>cid:1</ContentId><AttachmentName>van ban.pdf</AttachmentName><ContentType>application/pdf</ContentType><e:ContentTransferEncoded xmlns:e="{NS}">{FILE}</e:ContentTransferEncoded></Attachment></AttachmentEncoded>{self.end}</edXML>
"""  # noqa: E501 - as it travels

    def plain(self) -> bytes:
        """Without a signature."""
        return self.text().encode()

    def signed(self, folder: Path, name: str) -> bytes:
        """Signed with `name`.pem and `name`.key of a folder."""
        key, certificate = ((folder / f"{name}.{end}").read_bytes() for end in ("key", "pem"))
        signer = XMLSigner(signature_algorithm="rsa-sha256", c14n_algorithm="http://www.w3.org/2001/10/xml-exc-c14n#")
        root = signer.sign(etree.fromstring(self.text(PLACEHOLDER).encode()), key=key, cert=certificate.decode())
        return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def report(sender: str, about: str, document_id: str, code: str, more: str = "") -> bytes:
    """A status message; `about` is whom it is for."""
    return f"""<?xml version="1.0" encoding="utf-8"?>
<edXML xmlns="{NS}"><e:edXMLEnvelope xmlns:e="{NS}"><e:edXMLHeader><e:MessageHeader>
<e:From><e:OrganId>{sender}</e:OrganId><e:OrganName>Nơi báo</e:OrganName></e:From>
<e:ResponseFor><e:OrganId>{about}</e:OrganId><e:Code>1/SA-VP</e:Code><e:DocumentId>{document_id}</e:DocumentId>
<e:PromulgationDate>2026/11/20</e:PromulgationDate></e:ResponseFor>
<e:StaffInfo><e:Department>Văn thư</e:Department><e:Staff>Trần Văn Thử</e:Staff></e:StaffInfo>
<e:StatusCode>{code}</e:StatusCode><e:Description>Đã vào sổ</e:Description><e:Timestamp>2026/11/20 09:10:00</e:Timestamp>{more}
</e:MessageHeader></e:edXMLHeader></e:edXMLEnvelope></edXML>
""".encode()
