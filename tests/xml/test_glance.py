"""What comes past the glance the scan would have let through, and what the scan refuses is refused in its words."""

from collections.abc import Callable

import pytest
from hypothesis import given, settings

from hub.errors import Rejected
from hub.findings import Finding
from hub.xml.gate import DEFAULT, scan
from hub.xml.glance import glance
from hub.xml.open import parse
from tests.xml.builders import a_body, findings_in, sign_as, swap
from tests.xml.test_fuzz import SIGNED, mutants
from tests.xml.test_gate import BODY, PASSED, STOPPED
from tests.xml.test_status import BODY as STATUS

CONTENT = "</edXML:ContentTransferEncoded>"
LONG = "A" * 40_000


def refused_by_the_scan(body: bytes) -> tuple[Finding, ...]:
    try:
        scan(body)
    except Rejected as refusal:
        return refusal.findings
    return ()


def passes(body: bytes) -> bool:
    """Whether the glance alone lets it through."""
    glanced = glance(body)
    if glanced is None:
        return False
    try:
        return not glanced.is_odd(parse(body))
    except Rejected:
        return False


def _is_sound(body: bytes) -> bool:
    """Whether the scan agrees, where it has to: word for word what it refuses, nothing let through."""
    refused = refused_by_the_scan(body)
    return not refused or (not passes(body) and findings_in(body) == refused)


@pytest.mark.parametrize("make", [row[1] for row in STOPPED], ids=[row[0] for row in STOPPED])
def test_what_the_scan_stops_is_stopped_in_its_words(make: Callable[[], bytes]) -> None:
    body = make()

    assert refused_by_the_scan(body)
    assert _is_sound(body)


@settings(max_examples=150, deadline=None)
@given(mutants(SIGNED))
def test_of_a_mutant_too_the_glance_passes_nothing_that_the_scan_would_stop(body: bytes) -> None:
    assert _is_sound(body)


IN_CONTENT = {
    "a reference": "&#0;",
    "an unknown entity": "&nbsp;",
    "a control character": "\x01",
    "the end of a CDATA section": "]]>",
    "a character cut in two": "\udcc3",
    "an overlong one": "\udcc0\udcaf",
    "one that is none": "\ufffe",
    "a comment": "<!-- x -->",
    "an instruction": "<?x?>",
    "an end too many": "</x>",
    "NUL": "\0",
    "none of it": "",
}


@pytest.mark.parametrize("at", [0, 20_000, 40_000])
@pytest.mark.parametrize("piece", IN_CONTENT)
def test_no_long_text_hides_anything_from_the_scan(piece: str, at: int) -> None:
    text = (LONG[:at] + IN_CONTENT[piece] + LONG[at:]).encode("utf-8", "surrogateescape")
    body = BODY.replace(CONTENT.encode(), text + CONTENT.encode(), 1)

    assert (glance(body) is not None) == (piece in {"a control character", "none of it"})  # the former lxml finds
    assert _is_sound(body)


AROUND = {
    "in a comment": f"<!-- <x>{LONG} -- <y/> -->",
    "in a comment that ends in it": f"<!-- <x>{LONG} --><y></y>",
    "in a CDATA section": f"<![CDATA[ <x>{LONG}]]<y>]]>",
    "in an attribute": f'<y a="<x>{LONG}"/>',
    "in an attribute, after a tag's end": f'<y a="><x>{LONG}<z b="c"/>',
    "in an instruction": f"<?x <x>{LONG} ?>",
    "after the end of an element": f"<x></x>{LONG}<x/>",
    "in a tag": f"<x {LONG}/>",
    "between attributes": f"<x a='' {' ' * 40_000}b=''/>",
    "as a name": f"<{LONG}/>",
    "as the name of an attribute": f"<x {LONG}=''/>",
    "as a value": f"<x a='{LONG}'/>",
    "as a namespace": f"<x xmlns:n='urn:{LONG}'/>",
    "as a name that is just short enough for the glance, in a namespace that is long": (
        f"<x xmlns:n='urn:{'y' * 300}'><n:{'x' * 780}></n:{'x' * 780}></x>"
    ),
}


@pytest.mark.parametrize("piece", AROUND)
def test_wherever_a_long_text_stands_the_scan_agrees(piece: str) -> None:
    assert _is_sound(swap(BODY, "<edXML:Subject>", AROUND[piece] + "<edXML:Subject>"))
    assert _is_sound(swap(BODY, "<edXML:Subject>", "<edXML:Subject>" + AROUND[piece]))


WIDE = " " * 5_000_000
TAGS = {
    "before an attribute": f"<x {WIDE}a=''/>",
    "between attributes": f"<x a=''{WIDE}b=''/>",
    "before a sign of equality": f"<x a{WIDE}=''/>",
    "after a sign of equality": f"<x a={WIDE}''/>",
    "at a tag's end": f"<x a=''{WIDE}/>",
    "in an end tag": f"<x></x{WIDE}>",
}


@pytest.mark.parametrize("place", TAGS)
def test_white_space_makes_no_tag_longer_than_the_scan_would_have_it(place: str) -> None:
    body = swap(BODY, "<edXML:Subject>", TAGS[place] + "<edXML:Subject>")

    assert [one.code for one in refused_by_the_scan(body)] == ["xml-limits"]
    assert _is_sound(body)


def test_a_long_tag_with_more_values_than_an_element_may_have_is_left_to_the_scan() -> None:
    most = DEFAULT.attributes + DEFAULT.namespaces_in_scope
    values = [f" a{n}='123456789'" for n in range(most + 1)]
    within = swap(BODY, "<edXML:Subject>", f"<x{''.join(values[:most])}/><edXML:Subject>")
    beyond = swap(BODY, "<edXML:Subject>", f"<x{''.join(values)}/><edXML:Subject>")

    assert glance(within) is not None
    assert glance(beyond) is None
    assert _is_sound(within)
    assert _is_sound(beyond)


@pytest.mark.parametrize("piece", AROUND)
def test_nothing_long_after_the_root_is_taken_for_text(piece: str) -> None:
    assert _is_sound(BODY + AROUND[piece].encode())
    assert not passes(BODY + AROUND[piece].encode())


def _redeclared(count: int) -> bytes:
    part = BODY[BODY.index(b"<Attachment>") : BODY.index(b"</AttachmentEncoded>")]
    again = part.replace(b"<Attachment>", b'<a:Attachment xmlns:a="http://www.mic.gov.vn/TBT/QCVN_102_2016" a:n="1">')
    again = again.replace(b"</Attachment>", b"</a:Attachment>")
    return BODY.replace(b"</AttachmentEncoded>", again * count + b"</AttachmentEncoded>")


ORDINARY: dict[str, Callable[[], bytes]] = {
    **dict(PASSED),
    "signed": lambda: SIGNED,
    "signed, with a prefix and indented": lambda: sign_as(a_body(), prefix="ds", gap="\n  "),
    "a status message": lambda: STATUS,
    "a long content": lambda: swap(BODY, CONTENT, LONG + CONTENT),
    "a long content in lines": lambda: swap(BODY, CONTENT, (LONG[:76] + "\r\n") * 500 + CONTENT),
    "a long text that is not ASCII": lambda: swap(BODY, "<edXML:Subject>", "<edXML:Subject>" + "ậ" * 20_000),
    "a prefix declared at each of a hundred attachments": lambda: _redeclared(100),
    "very many recipients": lambda: swap(
        BODY, "<edXML:To>", "<edXML:To><edXML:OrganId>H1</edXML:OrganId></edXML:To>" * 5_000 + "<edXML:To>"
    ),
}


@pytest.mark.parametrize("variant", ORDINARY)
def test_what_is_ordinary_needs_no_scan(variant: str) -> None:
    body = ORDINARY[variant]()

    assert passes(body)
    assert not refused_by_the_scan(body)


@pytest.mark.parametrize("second", ['ID="a"', 'Id ="a"', "id\n='a'", "iD\t= 'a'", 'xml:id="a"'])
def test_among_very_many_attributes_too_an_id_given_twice_is_found(second: str) -> None:
    many = '<y a="1" b="2" c="3"/>' * 100
    body = swap(SIGNED, "<edXML:Subject>", f'{many}<x Id="a"/><x {second}/><edXML:Subject>')

    assert glance(body) is not None
    assert [one.code for one in findings_in(body)] == ["duplicate-id"]
    assert _is_sound(body)


def test_a_body_that_was_refused_leaves_nothing_behind_for_the_next() -> None:
    assert findings_in(BODY[:-9]) and findings_in(swap(BODY, CONTENT, LONG + "\x01" + CONTENT))  # noqa: PT018

    assert findings_in(BODY) == ()


@pytest.mark.parametrize(
    "extra",
    ['<x xmlns:i="http://www.w3.org/2001/XMLSchema-instance" i:nil="1"/>', '<x Id="a"/><x ID="a"/>', "<x>" * 70],
)
def test_what_only_the_tree_shows_is_found_before_the_document_is_read(extra: str) -> None:
    body = swap(SIGNED, "<edXML:Subject>", extra + "</x>" * extra.count("<x>") + "<edXML:Subject>")

    assert glance(body) is not None
    assert findings_in(body) == refused_by_the_scan(body) != ()
