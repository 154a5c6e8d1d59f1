import stat
from pathlib import Path

import pytest

from hub.errors import Unavailable
from hub.trust.vault import FILE, open_or_make, open_vault


def test_a_secret_comes_out_as_it_went_in_and_is_not_in_what_is_kept(tmp_path: Path) -> None:
    sealed = open_or_make(tmp_path).seal("mật khẩu", "G22")

    assert open_vault(tmp_path).unseal(sealed, "G22") == "mật khẩu"
    assert "mật khẩu".encode() not in sealed
    assert sealed != open_vault(tmp_path).seal("mật khẩu", "G22")
    assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


def test_a_secret_opens_for_nobody_else_with_no_other_key_and_not_when_changed(tmp_path: Path) -> None:
    vault = open_or_make(tmp_path / "a")
    sealed = vault.seal("secret", "G22")
    other = open_or_make(tmp_path / "b")

    for each, kept, name in (
        (vault, sealed, "H53"),
        (other, sealed, "G22"),
        (vault, sealed[:-1] + b"x", "G22"),
        (vault, b"", "G22"),
    ):
        with pytest.raises(Unavailable):
            each.unseal(kept, name)


def test_a_hub_without_the_key_says_where_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match=r"vault\.key"):
        open_vault(tmp_path)
