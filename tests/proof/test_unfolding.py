"""Evidence in a large file says what it says in memory, however it is written, and is never held."""

import base64
import json
import secrets
import tracemalloc
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from hub.attest import unfolding
from hub.attest.unfolding import unfolded
from hub.spool import Spooled

MIB = 1024 * 1024
DOCUMENT = secrets.token_bytes(3000) + b"\xff\xef\xbe\xfb\xff\xfe"  # with + and / in its base64
EVIDENCE: dict[str, Any] = {
    "format": "truc-evidence/1",
    "note": 'a "quoted" {brace} [bracket], a colon: and a \\ "original": "not this"',
    "envelope": {"id": "1", "original": "nor this", "list": ["original", ["x"], {"original": "nor that"}]},
    "original": base64.b64encode(DOCUMENT).decode(),
    "receipt": "a.b.c",
    "proofs": [{"record": '{"original":"in a text"}'}],
}
LETTERS = EVIDENCE["original"]
COMPACT = json.dumps(EVIDENCE)
WRITTEN: dict[str, Callable[[], str]] = {
    "compact": lambda: COMPACT,
    "indented": lambda: json.dumps(EVIDENCE, indent=2, ensure_ascii=False),
    "sorted": lambda: json.dumps(EVIDENCE, sort_keys=True),
    "slashes escaped": lambda: COMPACT.replace(LETTERS, LETTERS.replace("/", "\\/")),
    "letters by number": lambda: COMPACT.replace(LETTERS, LETTERS.replace("+", "\\u002B").replace("=", "\\u003d")),
}


def spooled(folder: Path, text: str) -> Spooled:
    path = folder / "evidence.json"
    path.write_text(text, "utf-8")
    return Spooled(path, path.stat().st_size, "")


@pytest.mark.parametrize("piece", [1, 7, 1000, MIB])
@pytest.mark.parametrize("written", WRITTEN)
def test_a_document_comes_out_of_its_evidence_however_that_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, written: str, piece: int
) -> None:
    monkeypatch.setattr(unfolding, "_PIECE", piece)

    with unfolded(spooled(tmp_path, WRITTEN[written]())) as found:
        assert found is not None
        original = found.pop("original")
        assert isinstance(original, Spooled)
        assert original.read() == DOCUMENT
        assert (original.size, original.sha256) == (len(DOCUMENT), sha256(DOCUMENT).hexdigest())
    assert found == {name: value for name, value in EVIDENCE.items() if name != "original"}
    assert not original.path.exists()


@pytest.mark.parametrize("written", WRITTEN)
def test_evidence_in_memory_is_as_it_was(written: str) -> None:
    with unfolded(WRITTEN[written]().encode()) as found:
        assert found == EVIDENCE


@pytest.mark.parametrize("value", [None, 0, True, [LETTERS], {"original": LETTERS}])
def test_what_stands_where_the_document_should_and_is_no_text_is_left_as_it_is(tmp_path: Path, value: Any) -> None:
    with unfolded(spooled(tmp_path, json.dumps({**EVIDENCE, "original": value}))) as found:
        assert found == {**EVIDENCE, "original": value}


def test_of_two_documents_the_last_counts_as_with_any_reader_of_json(tmp_path: Path) -> None:
    text = COMPACT[:-1] + f', "original": "{base64.b64encode(b"the second").decode()}"}}'

    with unfolded(spooled(tmp_path, text)) as found:
        assert found is not None
        assert found["original"].read() == b"the second"


@pytest.mark.parametrize("text", ["", "{", "[]", '"original"', '{"original": "QUJD"}', "}{]["])
def test_what_is_no_evidence_is_told_apart(tmp_path: Path, text: str) -> None:
    with unfolded(spooled(tmp_path, text)) as found:
        assert found is None


@pytest.mark.parametrize("letters", ["", "QUJ", "QUI=QUJD", "*", "\\n\\u0000", "QU\\"])
def test_a_document_that_is_no_base64_is_told(tmp_path: Path, letters: str) -> None:
    text = COMPACT.replace(LETTERS, letters) if letters != "QU\\" else COMPACT.replace(LETTERS, "QU\\\\")

    with pytest.raises(ValueError, match=r".+"), unfolded(spooled(tmp_path, text)):
        pass


def test_a_large_document_in_evidence_is_never_in_memory(tmp_path: Path) -> None:
    content = secrets.token_bytes(MIB - 1)
    path = tmp_path / "evidence.json"
    head, tail = COMPACT.split(LETTERS)
    with path.open("w", encoding="ascii") as file:
        file.write(head)
        for _ in range(30):
            file.write(base64.b64encode(content).decode())
        file.write(tail)

    tracemalloc.start()
    try:
        with unfolded(Spooled(path, path.stat().st_size, "")) as found:
            assert found is not None
            assert found["original"].size == 30 * len(content)
        assert tracemalloc.get_traced_memory()[1] < 8 * MIB
    finally:
        tracemalloc.stop()
