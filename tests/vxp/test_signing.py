"""What is believed of a call, header by header."""

import hashlib
import hmac
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.errors import Rejected
from hub.vxp import answers, signing
from tests.vxp.client import Client, unpadded

SECRET = "test-secret"
# made with Gson 2.2 and the JDK
VECTOR = (
    '{"XroadVnpt-Content-Type":"application/json","XroadVnpt-systemid":"00.53.W00",'
    '"XroadVnpt-timestamp":"13102025T091500+0123","XroadVnpt-to":"[\\"G22\\",\\"H53.13\\"]",'
    '"XroadVnpt-description":"<a>&=\'Đã nhận"}'
)
MAC = "bbe01d6c56bc12c30cf1339c0b62b2a7ce24a259347a6ea36b918fb78be5ac20"
NAMES = "Content-Type;systemid;timestamp;to;description"


def headers(text: str = VECTOR, mac: str = MAC, names: str = NAMES, **changed: str) -> list[tuple[bytes, bytes]]:
    """The headers of the vector's call, as a server hands them on."""
    values = {name: value for name, value in json.loads(text).items() if isinstance(value, str)} | changed
    signed = {"XroadVnpt-sign-header": text, "XroadVnpt-hash-header": mac, "XroadVnpt-sign-header-key": names}
    every = {**values, **signed, "XroadVnpt-version": "3.0.201608", "User-Agent": "JAVASDKAgent/1.0.0 XRoad/VPCP"}
    return [(name.lower().encode(), value.encode()) for name, value in every.items()]


def signed(text: str, secret: str = SECRET) -> str:
    return hmac.new(secret.encode(), text.encode(), hashlib.sha256).hexdigest()


def refused(given: list[tuple[bytes, bytes]], secret: str | None = SECRET) -> str:
    with pytest.raises(Rejected) as caught:
        signing.read(given).parameters(secret)
    return caught.value.code


def test_the_vector_is_believed_and_says_what_it_says() -> None:
    said = signing.read(headers()).parameters(SECRET)

    assert said.one("to") == '["G22","H53.13"]'
    assert said.one("description") == "<a>&='Đã nhận"
    assert said.one("DESCRIPTION") == said.one("description")
    assert said.one("status") == ""


def test_the_tests_client_signs_the_vector_as_the_kit_does() -> None:
    client = Client("http://hub/vxp", "00.53.W00", SECRET)
    client.sticky = {name.removeprefix("XroadVnpt-"): value for name, value in json.loads(VECTOR).items()}
    made = dict(client.signed())

    assert json.loads(made["XroadVnpt-sign-header"]) == json.loads(VECTOR)
    assert made["XroadVnpt-hash-header"] == signed(made["XroadVnpt-sign-header"])


def test_one_changed_byte_is_not_believed() -> None:
    assert refused(headers(VECTOR.replace("W00", "W01").replace("Đã nhận", "x"))) == "vxp-unauthenticated"


def test_a_system_that_is_not_there_is_refused_like_a_wrong_secret() -> None:
    plain = '{"XroadVnpt-systemid":"A"}'
    given = headers(plain, signed(plain), "systemid")

    assert refused(given, None) == refused(given, "another") == "vxp-unauthenticated"


def test_a_header_that_says_something_else_than_was_signed_is_named() -> None:
    with pytest.raises(Rejected) as caught:
        signing.read(headers(**{"XroadVnpt-to": '["H99"]'})).parameters(SECRET)

    assert caught.value.code == "vxp-headers-changed"
    assert "XroadVnpt-to" in caught.value.findings[0].message[1]


def test_a_header_that_was_not_signed_says_nothing() -> None:
    said = signing.read([*headers(), (b"xroadvnpt-status", b"done")]).parameters(SECRET)

    assert said.one("status") == ""


def test_a_signed_header_that_does_not_come_is_missed() -> None:
    assert refused([h for h in headers() if h[0] != b"xroadvnpt-to"]) == "vxp-headers-changed"


@pytest.mark.parametrize("names", ["", "systemid", NAMES + ";status", NAMES.replace("to;", ""), ";;;"])
def test_the_list_of_names_must_be_that_of_the_text(names: str) -> None:
    assert refused(headers(names=names)) == "vxp-headers-changed"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "null",
        "{}",
        '{"XroadVnpt-systemid":1}',
        '{"a":"b"}',
        '{"XroadVnpt-systemid":{"a":"b"}}',
        "[" * 9000,
        r'{"XroadVnpt-systemid":"\ud800"}',
    ],
)
def test_a_signed_text_that_is_no_object_of_such_strings_is_refused(text: str) -> None:
    given = [
        (b"xroadvnpt-systemid", b"A"),
        (b"xroadvnpt-sign-header", text.encode()),
        (b"xroadvnpt-hash-header", signed(text).encode()),
        (b"xroadvnpt-sign-header-key", b"systemid"),
    ]

    assert refused(given) == "vxp-headers-changed"


@pytest.mark.parametrize("name", ["sign-header", "hash-header", "sign-header-key", "systemid"])
def test_what_makes_the_signature_must_be_there_once(name: str) -> None:
    wanted = f"xroadvnpt-{name}".encode()
    without = [h for h in headers() if h[0] != wanted]
    twice = [*headers(), (wanted, b"x")]

    assert refused(without) == refused(twice) == "vxp-unauthenticated"


def test_two_spellings_of_a_name_are_two_parameters_and_the_asked_one_counts() -> None:
    text = '{"XroadVnpt-systemid":"A","XroadVnpt-docId":"new","XroadVnpt-docid":"old"}'
    given = [
        (b"xroadvnpt-systemid", b"A"),
        (b"xroadvnpt-docid", b"new"),  # servers hand names on in lower case
        (b"xroadvnpt-docid", b"old"),
        (b"xroadvnpt-sign-header", text.encode()),
        (b"xroadvnpt-hash-header", signed(text).encode()),
        (b"xroadvnpt-sign-header-key", b"systemid;docId;docid"),
    ]

    said = signing.read(given).parameters(SECRET)

    assert (said.one("docId", "docid"), said.one("docid", "docId")) == ("new", "old")


@given(st.binary(max_size=64))
def test_a_hash_is_that_of_a_file_in_either_form_and_of_no_other(file: bytes) -> None:
    digest = hashlib.sha256(file).hexdigest()

    assert signing.is_hash_of(digest, digest)
    assert signing.is_hash_of(digest.upper(), digest)
    assert signing.is_hash_of(unpadded(file), digest)
    assert not signing.is_hash_of(hashlib.sha256(file + b"x").hexdigest(), digest)
    assert not signing.is_hash_of("", digest)


@given(st.lists(st.tuples(st.binary(max_size=30), st.binary(max_size=60)), max_size=8))
def test_headers_of_any_sort_are_refused_and_break_nothing(noise: list[tuple[bytes, bytes]]) -> None:
    noise = [(b"xroadvnpt-" + name.lower(), value) for name, value in noise]

    assert refused(noise) == "vxp-unauthenticated"
    assert refused([*headers(mac="0" * 64), *noise]) in ("vxp-unauthenticated", "vxp-non-ascii-header")


def test_vietnamese_in_ascii_keeps_its_letters() -> None:
    assert answers.plain("Đơn vị nhận đã khóa: Ủy ban…") == "Don vi nhan da khoa: Uy ban..."
