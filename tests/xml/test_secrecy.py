"""A secrecy marking is refused wherever and however it is written; speaking of secrecy is not."""

import pytest

from hub.xml.secrecy import is_marked
from hub.xml.write import write_envelope
from tests.xml.builders import a_body, an_envelope, codes_in, findings_in, swap

MARKED = [
    "MẬT",
    "Mật",
    "Tối mật",
    "(TUYỆT MẬT)",
    "Công văn mật",
    "Văn bản TỐI MẬT",
    "Độ mật: Tối mật",
    "Báo cáo. Độ mật: MẬT",
    "Mức độ mật: Tuyệt mật",
    "[MẬT] Kế hoạch phòng thủ",
    "[Tuyệt mật] Kế hoạch".upper(),
    "MẬT - V/v họp giao ban",
    "TUYỆT MẬT: V/v họp giao ban",
    "Kế hoạch phòng thủ - MẬT",
    "Kế hoạch phòng thủ (TỐI MẬT)",
    "Tài liệu MẬT về biên giới",
    "BÁO CÁO TUYỆT MẬT VỀ BIÊN GIỚI",
    "M.Ậ.T",
    "M Ậ T",
    "ＭẬＴ",
    "M\u200bẬ\u00adT",
    "MA\u0323\u0302T",
    "MA\u0302\u0323T",
    "МẬТ",
    "TỐI\u00a0MẬT",
    "TOI MAT",
    "MẬT_ke hoach.pdf",
    "ke hoach-MẬT.pdf",
    "TỐI_MẬT.docx",
    "TUYET MAT.pdf",
    "M̶Ậ̶T̶",
    "MẬ\u0e47T",
    "MẬT\u20dd",
    "ᴍẬᴛ",
    "ꓟẬꓔ",
    "𝐌Ậ𝐓",
    "M  Ậ  T",
    "M|Ậ|T",
    "T Ố I  M Ậ T",
    "T.U.Y.Ệ.T M.Ậ.T",
    "TUYỆTMẬT",
    "TỐI-MẬT.docx",
    "\u202eTẬM",
    "Mật - V/v họp giao ban",
    "Tuyệt mật – kế hoạch phòng thủ",
    "TUYET-MAT.pdf",
    "DO MAT: TOI MAT",
]
INNOCENT = [
    "V/v tăng cường bảo vệ bí mật nhà nước",
    "LUẬT BẢO VỆ BÍ MẬT NHÀ NƯỚC",
    "V/v bảo mật thông tin",
    "V/v BẢO MẬT thông tin",
    "[BẢO MẬT] Khuyến cáo",
    "AN TOÀN, BẢO MẬT",
    "bí mật kinh doanh",
    "Danh mục bí mật nhà nước độ Tuyệt mật, độ Tối mật và độ Mật",
    "DANH MỤC BÍ MẬT NHÀ NƯỚC ĐỘ TUYỆT MẬT, ĐỘ TỐI MẬT",
    "QUẢN LÝ TÀI LIỆU MẬT TẠI CƠ QUAN",
    "Độ mật: không",
    "Quy định mật độ xây dựng",
    "MẬT ĐỘ XÂY DỰNG",
    "MẬT_ĐỘ_XÂY_DỰNG.pdf",
    "V/v đổi MẬT KHẨU hộp thư",
    "MẬT ONG BẠC HÀ",
    "Luật Cơ yếu; MẬT MÃ dân sự",
    "Phát triển nghề nuôi ong lấy mật",
    "BỆNH GAN MẬT",
    "Cập nhật phần mềm một cửa",
    "thân mật, cẩn mật, cơ mật",
    "toi mat vao buoi sang",
    "Mật ong - sản phẩm OCOP",
    "Mật độ: 120 người/km²",
    "do mat dat trong trot",
    "",
]


@pytest.mark.parametrize("text", MARKED)
def test_a_marking_is_seen_through_every_disguise(text: str) -> None:
    assert is_marked(text)


@pytest.mark.parametrize("text", INNOCENT)
def test_speaking_of_secrecy_is_not_a_marking(text: str) -> None:
    assert not is_marked(text)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "MẬT"},
        {"content": "[TỐI MẬT] x"},
        {"type_name": "Công văn mật"},
        {"code_notation": "SNV-MẬT"},
        {"reason": "TUYỆT MẬT: x"},
    ],
    ids=str,
)
def test_b152_every_field_that_people_mark_is_guarded(changes: dict[str, str]) -> None:
    assert codes_in(a_body(**changes)) == {"classified-not-allowed"}


def test_attachment_names_spheres_and_unknown_elements_are_guarded() -> None:
    sphere = "<edXML:Priority>0</edXML:Priority><edXML:SphereOfPromulgation>Mật</edXML:SphereOfPromulgation>"

    assert "classified-not-allowed" in codes_in(write_envelope(an_envelope(), [("MẬT.pdf", "", b"%PDF-")]))
    assert codes_in(swap(a_body(), "<edXML:Priority>0</edXML:Priority>", sphere)) == {"classified-not-allowed"}
    assert codes_in(swap(a_body(), "<edXML:To>", "<edXML:DoMat>Tối mật</edXML:DoMat><edXML:To>")) == {
        "classified-not-allowed"
    }


def test_the_finding_names_the_field_and_never_repeats_the_text() -> None:
    [finding] = findings_in(a_body(subject="[MẬT] Kế hoạch Alpha"))

    said = " ".join((*finding.message, *finding.fix))
    assert finding.path.endswith("MessageHeader/Subject")
    assert "Alpha" not in said


def test_a_text_refused_for_its_length_is_guarded_where_it_begins_and_ends_and_any_other_all_through() -> None:
    long = "V/v báo cáo " * 3_000
    appendix = f"<edXML:Appendixes><edXML:Appendix>{long}[MẬT] {long}</edXML:Appendix></edXML:Appendixes>"

    for subject in (f"[MẬT] {long}", f"{long}- MẬT"):
        assert codes_in(a_body(subject=subject)) == {"field-too-long", "classified-not-allowed"}
    assert "classified-not-allowed" in codes_in(swap(a_body(), "</edXML:OtherInfo>", f"{appendix}</edXML:OtherInfo>"))
