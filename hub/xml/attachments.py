"""The manifest in the body and the attachments beside the envelope, which must be the same list.

A Reference and an Attachment belong together by ContentId (without `cid:`), failing that by name. What is in an
attachment is looked at by `inside`; the original is what is stored and delivered.
"""

from typing import Final, NamedTuple

from lxml import etree

from hub.domain.envelope import Attachment
from hub.xml.canonical import CONTENT, Contents
from hub.xml.faults import Faults
from hub.xml.fields import Group, Vocabulary, text_of, vocabulary
from hub.xml.inside import Inside, look_inside
from hub.xml.sniff import check_name
from hub.xml.values import read_content_id

ATTACHMENTS_AT_MOST: Final = 100
_BODY: Final = vocabulary("edXMLManifest")
_MANIFEST: Final = vocabulary("Reference*")
_REFERENCE: Final = vocabulary("ContentId ContentType Description AttachmentName")
_ENCODED: Final = vocabulary("Attachment*")
_ATTACHMENT: Final = vocabulary(
    "ContentId AttachmentName Description ContentType FieldName MimeType ContentTransferEncoded"
)


class _Part(NamedTuple):
    """A Reference or an Attachment."""

    element: etree._Element
    content_id: str
    name: str
    content_type: str


def read_attachments(
    body: Group | None, encoded: Group | None, contents: Contents, faults: Faults
) -> tuple[Attachment, ...]:
    """Read and compare edXMLBody and AttachmentEncoded; in the manifest's order."""
    manifest = body.group("edXMLManifest", _MANIFEST) if body else None
    declared = [_read_part(e, _REFERENCE, faults) for e in (manifest.many("Reference") if manifest else ())]
    contained = [_read_part(e, _ATTACHMENT, faults) for e in (encoded.many("Attachment") if encoded else ())]
    count = max(len(declared), len(contained))
    if count > ATTACHMENTS_AT_MOST:
        group = encoded or manifest
        assert group is not None  # noqa: S101  one of them was counted
        faults.refuse("too-many-attachments", group.element, found=count, limit=ATTACHMENTS_AT_MOST)
        return ()
    _check_unique(declared, faults)
    _check_unique(contained, faults)
    by_id = {part.content_id: part for part in contained if part.content_id}
    left = {id(part): part for part in contained}
    attachments = []
    for part in declared:
        found = by_id.get(part.content_id) or next((p for p in left.values() if p.name and p.name == part.name), None)
        if found is None or left.pop(id(found), None) is None:
            faults.refuse("attachment-missing", part.element, name=part.name, cid=part.content_id)
            continue
        attachments.append(_read_content(part, found, contents, faults))
    for part in left.values():
        faults.refuse("attachment-unlisted", part.element, name=part.name, cid=part.content_id)
        _read_content(part, part, contents, faults)
    return tuple(attachments)


def read_body(header: Group) -> Group | None:
    """Find the edXMLBody under edXMLEnvelope; anything in it but the manifest is refused."""
    element = header.one("edXMLBody")
    return None if element is None else Group(element, _BODY, header.faults, keep=False)


def read_encoded(root: Group) -> Group | None:
    """Find the AttachmentEncoded under the root; anything in it but attachments is refused."""
    element = root.one("AttachmentEncoded")
    return None if element is None else Group(element, _ENCODED, root.faults, keep=False)


def _read_part(element: etree._Element, known: Vocabulary, faults: Faults) -> _Part:
    group = Group(element, known, faults, keep=False)
    content_id = read_content_id(group.text("ContentId", 500))
    return _Part(element, content_id, group.text("AttachmentName", 500), group.text("ContentType", 200))


def _check_unique(parts: list[_Part], faults: Faults) -> None:
    seen: set[str] = set()
    for part in parts:
        if not part.content_id and not part.name:
            faults.refuse("missing-element", part.element, "ContentId")
        elif part.content_id in seen:
            faults.refuse("attachment-duplicate", part.element, cid=part.content_id)
        if part.content_id:
            seen.add(part.content_id)


def _read_content(declared: _Part, contained: _Part, contents: Contents, faults: Faults) -> Attachment:
    name = declared.name or contained.name
    if not name:
        faults.warn("missing-optional", declared.element, "AttachmentName")
    check_name(name, declared.element, faults)
    content_type = declared.content_type or contained.content_type
    inside = Inside(0)
    content = next(contained.element.iterchildren(CONTENT), None)
    text = "" if content is None else _text(content, contents, faults)
    if content is None or not text:
        faults.refuse("attachment-empty", contained.element, name=name)
    else:
        try:
            inside = look_inside(name, content_type, text, contained.element, faults)
        except ValueError:
            faults.refuse("base64", content, name=name)
    return Attachment(name, declared.content_id or contained.content_id, content_type, *inside)


def _text(content: etree._Element, contents: Contents, faults: Faults) -> str:
    if (taken := contents.get(content)) is not None:
        return taken.strip()
    if len(content):
        text_of(content, faults)
        return ""
    return (content.text or "").strip()
