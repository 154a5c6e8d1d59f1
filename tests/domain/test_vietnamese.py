import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from hub.domain.vietnamese import fold, sort_key


def test_a_name_is_found_without_its_accents():
    assert fold("Ủy ban nhân dân thành phố Đà Nẵng") == "uy ban nhan dan thanh pho da nang"


def test_composed_and_decomposed_text_fold_alike():
    name = "Sở Thông tin và Truyền thông"

    assert fold(unicodedata.normalize("NFD", name)) == fold(unicodedata.normalize("NFC", name))


def test_an_eth_is_taken_for_a_crossed_d():
    assert fold("Ðắk Lắk") == fold("Đắk Lắk") == "dak lak"


def test_invisible_characters_and_repeated_spaces_do_not_hide_a_name():
    assert fold("  Bộ\u200b \u00a0 Tài\ufeff chính ") == "bo tai chinh"


@given(st.text())
def test_folding_twice_is_folding_once(text):
    assert fold(fold(text)) == fold(text)


@given(st.text())
def test_folding_does_not_depend_on_the_normal_form(text):
    assert fold(unicodedata.normalize("NFD", text)) == fold(text)


def test_provinces_stand_in_the_order_of_the_alphabet_not_of_code_points():
    names = ["Đồng Nai", "Điện Biên", "Đắk Lắk", "Cao Bằng", "An Giang", "Đà Nẵng", "Cần Thơ", "Cà Mau", "Bắc Ninh"]

    ordered = sorted(names, key=sort_key)

    assert ordered == [
        "An Giang",
        "Bắc Ninh",
        "Cà Mau",
        "Cao Bằng",
        "Cần Thơ",
        "Đà Nẵng",
        "Đắk Lắk",
        "Điện Biên",
        "Đồng Nai",
    ]


def test_tones_decide_between_syllables_of_the_same_letters():
    assert sorted(["mạ", "má", "mã", "mả", "mà", "ma"], key=sort_key) == ["ma", "mà", "mả", "mã", "má", "mạ"]


def test_the_first_syllable_decides_before_the_second_is_looked_at():
    assert sorted(["bà an", "ba vì"], key=sort_key) == ["ba vì", "bà an"]


@given(st.text())
def test_any_text_has_a_place(text):
    assert sort_key(text) == sort_key(unicodedata.normalize("NFD", text))


@given(
    st.text(st.sampled_from("aăâđĐÐðềỆợ ÔƠ\u0301\u0323\u034f\u0483\u05b0\u0591\u20d0\u3099\u200b\u00ad\ufeffẾ“”–가각ﬁ"))
)
def test_folding_leaves_no_combining_character_whatever_the_script(text: str) -> None:
    parts = unicodedata.normalize("NFKD", text.replace("Ð", "Đ").replace("ð", "đ"))
    unseen = "\u200b\u00ad\ufeff"
    letters = "".join(c for c in parts if not unicodedata.combining(c) and c not in unseen)

    assert fold(text) == " ".join(letters.replace("Đ", "D").replace("đ", "d").lower().split())
