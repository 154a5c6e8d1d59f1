"""Files that appear whole, once, and nowhere but where they belong."""

import asyncio
import errno
import json
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from adapters.folder import Folder
from hub.adapter import Parcel
from hub.errors import PermanentFailure, TemporaryFailure, Unavailable
from tests.adapters.parcels import ORIGINAL, parcel


def files(folder: Path) -> list[str]:
    """Every file below a folder, with those that are still being written."""
    return sorted(str(file.relative_to(folder)) for file in folder.rglob("*") if not file.is_dir())


def put(one: Parcel) -> str:
    return asyncio.run(Folder().hand_over(one)).detail


def test_the_original_arrives_byte_for_byte_with_its_facts_beside_it(tmp_path: Path) -> None:
    one = parcel({"path": str(tmp_path)})

    detail = put(one)

    assert files(tmp_path) == [f"000.01.32.H53/{one.delivery_id}.edxml", f"000.01.32.H53/{one.delivery_id}.json"]
    assert (tmp_path / detail).read_bytes() == ORIGINAL
    facts = json.loads((tmp_path / detail).with_suffix(".json").read_text("utf-8"))
    assert facts["file"] == f"{one.delivery_id}.edxml"
    assert facts["subject"] == one.subject
    assert facts["sha256"] == one.sha256
    assert facts["available_at"] == "2026-11-25T01:02:03.000+00:00"


def test_what_is_there_already_is_not_touched(tmp_path: Path) -> None:
    put(parcel({"path": str(tmp_path)}))
    [original] = tmp_path.rglob("*.edxml")
    original.write_bytes(b"the agency works on it")

    detail = put(parcel({"path": str(tmp_path)}, attempt=2))

    assert detail == "it was there already"
    assert original.read_bytes() == b"the agency works on it"


def test_a_sidecar_left_by_a_try_that_died_does_not_pass_for_the_document(tmp_path: Path) -> None:
    one = parcel({"path": str(tmp_path)})
    (tmp_path / one.recipient).mkdir()
    (tmp_path / one.recipient / f"{one.delivery_id}.json").write_text("{")

    put(one)

    assert json.loads((tmp_path / one.recipient / f"{one.delivery_id}.json").read_text())["size"] == len(ORIGINAL)
    assert (tmp_path / one.recipient / f"{one.delivery_id}.edxml").exists()


def test_the_sidecar_is_there_before_the_original_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    appeared: list[str] = []
    rename = os.rename

    def noticed(old: str, new: str, *, src_dir_fd: int, dst_dir_fd: int) -> None:
        rename(old, new, src_dir_fd=src_dir_fd, dst_dir_fd=dst_dir_fd)
        appeared.append(new.rpartition(".")[2])

    monkeypatch.setattr(os, "rename", noticed)
    put(parcel({"path": str(tmp_path)}))

    assert appeared == ["json", "edxml"]


@pytest.mark.parametrize(
    "code", ["../../outside", "/etc", "..", ".", "a/../../b", "C:\\x", "nul", "a\0b", "Đơn vị", "x" * 300]
)
def test_no_recipient_s_code_leads_out_of_the_folder(tmp_path: Path, code: str) -> None:
    (tmp_path / "agency").mkdir()

    put(parcel({"path": str(tmp_path / "agency")}, recipient=code))

    assert all(file.startswith("agency/") and file.count("/") == 2 for file in files(tmp_path))
    assert len(files(tmp_path)) == 2


@pytest.mark.parametrize("identifier", ["../../outside", "/etc/passwd", "..", "a/b"])
def test_no_delivery_id_leads_out_of_the_recipient_s_folder(tmp_path: Path, identifier: str) -> None:
    put(parcel({"path": str(tmp_path)}, delivery_id=identifier))

    assert len(files(tmp_path / "000.01.32.H53")) == len(files(tmp_path)) == 2


def test_a_link_in_place_of_the_recipient_s_folder_is_not_followed(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "agency").mkdir()
    (tmp_path / "agency" / "000.01.32.H53").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(PermanentFailure, match="is not a folder"):
        put(parcel({"path": str(tmp_path / "agency")}))

    assert files(tmp_path / "elsewhere") == []


def test_a_link_in_place_of_the_original_is_left_alone(tmp_path: Path) -> None:
    one = parcel({"path": str(tmp_path)})
    (tmp_path / one.recipient).mkdir()
    (tmp_path / one.recipient / f"{one.delivery_id}.edxml").symlink_to(tmp_path / "target")

    assert put(one) == "it was there already"
    assert not (tmp_path / "target").exists()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_a_temporary_failure_that_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    (tmp_path / "000.01.32.H53").mkdir()

    def full(_descriptor: int) -> None:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TemporaryFailure, match="no room left"):
        put(parcel({"path": str(tmp_path)}))

    assert files(tmp_path) == []


def test_a_folder_that_is_not_mounted_is_a_temporary_failure_and_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(TemporaryFailure, match="missing"):
        put(parcel({"path": str(tmp_path / "mount" / "agency")}))

    assert not (tmp_path / "mount").exists()


def test_a_file_in_place_of_the_folder_is_a_temporary_failure(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(TemporaryFailure, match="cannot be used"):
        put(parcel({"path": str(tmp_path / "file")}))


@pytest.mark.parametrize("changes", [{"sha256": "0" * 64}, {"size": 1}])
def test_an_original_that_is_not_the_one_accepted_is_not_written(tmp_path: Path, changes: dict[str, Any]) -> None:
    with pytest.raises(TemporaryFailure, match="not the one that was accepted"):
        put(parcel({"path": str(tmp_path)}, **changes))

    assert files(tmp_path) == []


def test_an_original_that_cannot_be_read_just_now_is_the_hub_s_own_trouble(tmp_path: Path) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"the beginning"
        raise Unavailable("the object store is away")

    with pytest.raises(Unavailable):
        put(parcel({"path": str(tmp_path)}, pieces=pieces))

    assert files(tmp_path) == []


def test_check_says_what_is_wrong_with_a_path(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    def check(config: dict[str, str]) -> list[str]:
        return [en for _, en in Folder().check(config)]

    assert check({"path": str(tmp_path)}) == []
    assert check({}) == ["The setting `path` is missing."]
    assert check({"path": "var/spool"}) == ["The setting `path` must be an absolute path."]
    assert check({"path": "/a\0b"}) == ["The setting `path` must be an absolute path."]
    assert check({"path": str(tmp_path / "none")}) == [f"There is no folder {tmp_path / 'none'}."]
    assert check({"path": str(tmp_path / "file")}) == [f"There is no folder {tmp_path / 'file'}."]


def test_check_says_when_a_folder_may_not_be_written_to(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "access", lambda _path, _mode: False)  # root, who may run the tests, may write anywhere

    [(vi, en)] = Folder().check({"path": str(tmp_path)})

    assert vi == f"Trục không có quyền ghi vào thư mục {tmp_path}."
    assert en == f"The hub may not write into the folder {tmp_path}."
