"""The secrecy guard: documents marked MẬT, TỐI MẬT or TUYỆT MẬT never travel over the hub (QĐ 28/2018/QĐ-TTg Art 1).

Official documents speak *about* secrecy all the time ("bảo vệ bí mật nhà nước", "bảo mật thông tin", "mật độ xây
dựng"), so a word is not a marking. A marking is

 1. a field that consists of the mark, with or without a noun for the document: "Tối mật", "[MẬT]", "Công văn mật";
 2. a label with a grade, in any case: "Độ mật: Tối mật";
 3. the mark in capitals, bracketed, or set off at the beginning or the end: "[MẬT]", "TUYỆT MẬT: V/v …", "… - MẬT";
 4. the mark in capitals inside a text that is not all capitals: "Tài liệu MẬT về …"; in a text that is, only
    TỐI MẬT and TUYỆT MẬT, and not where degrees of secrecy are its subject ("ĐỘ TUYỆT MẬT").

In rules 3 and 4, MẬT inside another word of the language ("BÍ MẬT", "MẬT ĐỘ") is no mark. Before matching, a copy of
the text is brought to one form: compatibility forms and combining letters joined, invisible characters dropped,
look-alike Cyrillic and Greek capitals read as Latin. The finding names the field and never repeats its text.
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Final

from lxml import etree

from hub.domain.envelope import Envelope
from hub.xml.faults import Faults
from hub.xml.fields import TEXT_AT_MOST
from hub.xml.header import MESSAGE_HEADER, Header

_LOOK_ALIKE: Final = str.maketrans(
    "АВЕКМНОРСТХУІЈЅаеорсхуіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧ\u00d0ᴀᴇɪᴍᴏᴛᴜʏꓐꓮꓰꓲꓳꓔꓟꓴꓬᎪᎷᎢᎬᏆՍ",
    "ABEKMHOPCTXYIJSaeopcxyijsABEZHIKMNOPTYX\u0110AEIMOTUYBAEIOTMUYAMTEIU",
)
_GRADE: Final = r"(?:TUYỆT\s*MẬT|TỐI\s*MẬT|MẬT)"
_NOT_BEFORE: Final = (
    r"(?<!BÍ )(?<!BẢO )(?<!CƠ )(?<!CẨN )(?<!THÂN )(?<!KÍN )(?<!TRÙ )(?<!HẬU )(?<!CHI )(?<!NỘI )(?<!TÚI )(?<!ỐNG )"
    r"(?<!GAN )(?<!SỎI )(?<!DỊCH )(?<!ĐƯỜNG )(?<!LẤY )(?<!HÚT )(?<!RỈ )(?<!ĐỘ )(?<!ĐỘ TỐI )(?<!ĐỘ TUYỆT )(?<!GIẢI )"
    r"(?<!BẬT )"
)
_NOT_AFTER: Final = r"(?!\s+(?:ĐỘ|KHẨU|MÃ|ONG|VỤ|THIẾT|HIỆU|THÁM|DANH|NGHỊ|ĐÀM|NGỮ|NGỌT|GẤU|VIỆN|THƯ|HOA|NHÂN)\b)"
_NOUN: Final = (
    r"(?:(?:CÔNG VĂN|VĂN BẢN|TÀI LIỆU|HỒ SƠ|CÔNG ĐIỆN|BÁO CÁO|TỜ TRÌNH|KẾ HOẠCH|QUYẾT ĐỊNH|LOẠI|ĐỘ|LƯU HÀNH)\s+)*"
)
_ALONE: Final = re.compile(rf"\W*{_NOUN}{_GRADE}\W*")
_ALONE_PLAIN: Final = re.compile(r"\W*(?:TUYET[\s-]?MAT|TOI[\s-]?MAT)\W*")
_LABEL_PLAIN: Final = re.compile(r"\bDO\s?MAT\s*[:=–-]+\s*(?:TUYET\s?|TOI\s?)?MAT\b")
_LABEL: Final = re.compile(rf"\b(?:ĐỘ|MỨC|CẤP)(?:\s+ĐỘ)?(?:\s+BẢO)?\s+MẬT\s*[:=–-]+\s*[\[(\"“]*{_GRADE}\b")
_SET_OFF: Final = re.compile(
    rf"[\[({{<«“\"]\s*{_GRADE}\s*[\])}}>»”\"]"
    rf"|^\W*{_GRADE}\s*[-–—:.,;|_/!]"
    rf"|[-–—:.,;|_/]\s*{_GRADE}\W*(?:\.[A-Za-z0-9]{{1,5}})?$"
)
_BEGINS: Final = re.compile(rf"\W*{_GRADE}\s*[-–—:|]\s")
"""At the beginning and set off, a grade is a mark in any case: "Tuyệt mật - V/v …"."""
_WORD: Final = re.compile(rf"\b{_NOT_BEFORE}{_GRADE}\b{_NOT_AFTER}")
_HIGH: Final = re.compile(rf"\b(?<!ĐỘ )(?:TUYỆT|TỐI)\s+MẬT\b{_NOT_AFTER}")
_GAP: Final = r"[\s.·_*|/^~-]{1,3}"
_SPACED: Final = re.compile(
    rf"\b(?:(T){_GAP}(U){_GAP}(Y){_GAP}(Ệ){_GAP}(T){_GAP}|(T){_GAP}(Ố){_GAP}(I){_GAP})?"
    rf"(M){_GAP}(Ậ){_GAP}(T)\b",
    re.IGNORECASE,
)
_EXTENSION: Final = re.compile(r"\.[A-Za-z0-9]{1,5}$")
_BREAKS: Final = re.compile(r"[\s_]+")
_HINT: Final = re.compile(r"M[\s.·_*|/^~-]{0,3}Ậ[\s.·_*|/^~-]{0,3}T|(?:TUYET|TOI|DO)[\s_-]?MAT")
_PARTS: Final = ("Ậ", "MAT")
"""What each form of `_HINT` has in it, found a hundred times as fast."""
_UNUSUAL: Final = re.compile("[^\u0020-\u007e\u00a1-\u00ac\u00ae-\u00cf\u00d1-\u0217\u1e00-\u1eff\u2013-\u201d\n\t]")
"""Anything that Vietnamese text in composed letters does not have, the look-alike of Đ included."""
_INVISIBLE: Final = re.compile(
    "[\u00ad\u034f\u0600-\u0605\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
_TONES: Final = frozenset("\u0300\u0301\u0302\u0303\u0306\u0309\u031b\u0323")
"""The marks that Vietnamese puts on letters; every other combining mark (a strike through, a ring) is dropped."""
_TURNED: Final = re.compile("[\u202e\u202d\u2067]")  # the text runs the other way from here on


def guard(envelope: Envelope, header: Header, element: etree._Element, faults: Faults) -> None:
    """Refuse an envelope any of whose fields carries a secrecy marking; `element` is its MessageHeader."""
    fields = [*_fields(envelope, header, element)]
    if not may_be_marked([text for _, text in fields]):
        return
    for name, text in fields:
        if is_marked(text):
            faults.refuse("classified-not-allowed", element, name)


def _fields(envelope: Envelope, header: Header, element: etree._Element) -> Iterator[tuple[str, str]]:
    yield "Subject", _ends_of(envelope.subject)
    yield "Content", _ends_of(envelope.content)
    yield "DocumentType/TypeName", _ends_of(envelope.type_name)
    yield "OtherInfo/SphereOfPromulgation", _ends_of(header.sphere)
    yield "Code/CodeNotation", envelope.code_notation.replace("/", " - ")
    yield "TraceHeaderList/Bussiness/BussinessDocReason", _ends_of(envelope.reason)
    for text in header.appendixes:
        yield "OtherInfo/Appendixes/Appendix", text
    for attachment in envelope.attachments:
        yield "AttachmentName", attachment.name
        for name in attachment.inside:
            yield "AttachmentName", name.rpartition("/")[2]
    for child in element:
        if child.tag not in MESSAGE_HEADER:
            yield "MessageHeader", " ".join(child.itertext())


def _ends_of(text: str) -> str:
    """The text of a field; of one that is refused for its length, only where it begins and ends."""
    return text if len(text) <= 2 * TEXT_AT_MOST else f"{text[:TEXT_AT_MOST]} {text[-TEXT_AT_MOST:]}"


def may_be_marked(texts: list[str]) -> bool:
    """Whether any of these texts needs a closer look; nearly every envelope goes by at this."""
    together = "\n".join(texts)
    return _may_speak_of_it(together) or (not together.isascii() and _TURNED.search(together) is not None)


def is_marked(text: str) -> bool:
    """Whether a text carries a secrecy marking."""
    if _TURNED.search(text) and _is_marked(text[::-1]):
        return True
    return _is_marked(text)


def _is_marked(text: str) -> bool:
    if not _may_speak_of_it(text):
        return False
    plain = _one_form(text)
    upper = plain.upper()
    if _BEGINS.match(upper) and _WORD.search(upper):
        return True
    stem = _EXTENSION.sub("", plain)  # it does not keep a file's name from being the mark
    if _ALONE.fullmatch(stem.upper()) or _ALONE_PLAIN.fullmatch(stem):
        return True
    if _LABEL.search(upper) or _LABEL_PLAIN.search(upper):
        return True
    if any(_WORD.search(found[0]) and not _continues(plain, found) for found in _SET_OFF.finditer(plain)):
        return True
    return bool((_HIGH if plain == upper else _WORD).search(plain))


def _continues(plain: str, found: re.Match[str]) -> bool:
    """Whether what looked set off goes on as a word of the language: "MẬT_ĐỘ", "MẬT-KHẨU"."""
    rest = _BREAKS.sub(" ", plain[found.end() - 1 :]).lstrip("-–_ ")
    return bool(re.match(r"(?:ĐỘ|KHẨU|MÃ|ONG)\b", rest.upper()))


def _may_speak_of_it(text: str) -> bool:
    """Ask cheaply whether the word occurs at all."""
    plain = _one_form(text) if _UNUSUAL.search(text) else text
    upper = plain.upper()
    return any(part in upper for part in _PARTS) and _HINT.search(upper) is not None


def _one_form(text: str) -> str:
    if text.isascii():
        return _BREAKS.sub(" ", text)
    joined = unicodedata.normalize("NFKC", text).translate(_LOOK_ALIKE)
    once = unicodedata.normalize("NFC", _INVISIBLE.sub("", _without_strange_marks(joined)))
    return _SPACED.sub(_joined, _BREAKS.sub(" ", once))


def _joined(found: re.Match[str]) -> str:
    letters = "".join(filter(None, found.groups()))
    return f"{letters[:-3]} {letters[-3:]}" if letters[:-3] else letters


def _without_strange_marks(text: str) -> str:
    if not any(_is_strange_mark(c) for c in text):
        return text
    parted = unicodedata.normalize("NFD", text)
    return "".join(c for c in parted if not _is_strange_mark(c))


def _is_strange_mark(c: str) -> bool:
    return unicodedata.category(c)[0] == "M" and c not in _TONES
