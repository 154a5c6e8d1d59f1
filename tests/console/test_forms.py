from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hub.console.forms import Forms, new_secret
from hub.trust.seal import load_or_make


@pytest.fixture(scope="module")
def forms(tmp_path_factory: pytest.TempPathFactory) -> Forms:
    return Forms(load_or_make(tmp_path_factory.mktemp("home")))


def test_every_process_of_a_hub_knows_its_forms_and_no_other_hub_does(tmp_path: Path) -> None:
    here, again = (Forms(load_or_make(tmp_path / "one")) for _ in range(2))
    elsewhere = Forms(load_or_make(tmp_path / "two"))
    secret = new_secret()

    assert again.is_own(secret, here.token(secret))
    assert not elsewhere.is_own(secret, here.token(secret))


def test_a_form_token_belongs_to_one_secret(forms: Forms) -> None:
    mine, other = new_secret(), new_secret()

    assert forms.is_own(mine, forms.token(mine))
    assert not forms.is_own(other, forms.token(mine))
    assert not forms.is_own("", forms.token(""))


def test_a_mark_says_one_thing_only(forms: Forms) -> None:
    assert not forms.is_marked("attempt", "text", forms.token("text"))


@given(st.text(max_size=60))
def test_whatever_else_a_form_brings_is_not_ours(forms: Forms, token: str) -> None:
    assert not forms.is_own("secret", token)
