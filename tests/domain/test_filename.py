import re
from pathlib import PurePosixPath, PureWindowsPath
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.domain.filename import LONGEST, safe_name

texts = st.text(max_size=80) | st.text(alphabet="./\\_-:%~ nulcomNUL1\0", max_size=20)


@pytest.mark.parametrize("text", ["000.00.00.H53", "vxp.saas.03", "6f1d6b0e-6b43-5f0c-9a55-3d0f6e0c7a11"])
def test_codes_and_ids_keep_their_look(text: str) -> None:
    assert safe_name(text) == text


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("..", "_2E_2E"),
        (".", "_2E"),
        ("../../etc", "_2E._2F.._2Fetc"),
        ("a/b\\c:d", "a_2Fb_5Cc_3Ad"),
        ("-rf", "_2Drf"),
        ("nul", "_6Eul"),
        ("COM1.edxml", "_43OM1.edxml"),
        ("a.", "a_2E"),
        ("a_b", "a_5Fb"),
        ("Đ", "_C4_90"),
        ("", "_"),
    ],
)
def test_everything_else_is_spelled_out(text: str, name: str) -> None:
    assert safe_name(text) == name


@given(texts)
def test_a_name_is_one_step_below_its_folder_on_every_system(text: str) -> None:
    name = safe_name(text)

    assert re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.-]*", name)
    assert not name.endswith(".")
    assert PurePosixPath("folder", name).parts == ("folder", name)
    assert PureWindowsPath("folder", name).parts == ("folder", name)
    assert not PureWindowsPath(name).is_reserved()


@given(texts)
def test_a_short_name_can_be_read_back_so_no_two_texts_share_one(text: str) -> None:
    name = safe_name(text)

    assert "__" in name or unquote(name.replace("_", "%")) == text or (name, text) == ("_", "")


def test_long_texts_are_cut_and_still_differ() -> None:
    one, other = safe_name("Đ" * 5000), safe_name("Đ" * 5001)

    assert len(one) == len(other) == LONGEST
    assert one != other
