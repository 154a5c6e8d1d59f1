"""A small country for a month of traffic: agencies of four levels under each other, and how each behaves.

Names of provinces and ministries are real; which of them is slow is made up.
"""

from dataclasses import dataclass, replace
from typing import Final

from hub.demo import town
from hub.domain.agency import Agency, Level


@dataclass(frozen=True, slots=True)
class Habit:
    """How an office works. Shares of one; `minutes`: median until it collects, in working time."""

    minutes: float
    refuses: float = 0.02
    answers: float = 0.95
    silent_days: int = 0  # it collects nothing in the last so many days
    breaks: float = 0.0  # deliveries its system fails to take at all


PROMPT: Final = Habit(7)
USUAL: Final = Habit(22)
SLOW: Final = Habit(75, answers=0.7)
LAGGARD: Final = Habit(420, answers=0.4)
SILENT: Final = Habit(90, silent_days=6)
BROKEN: Final = Habit(60, breaks=0.35)

_MINISTRIES: Final = (
    ("G01", "Bộ Công an"),
    ("G02", "Bộ Công Thương"),
    ("G03", "Bộ Giáo dục và Đào tạo"),
    ("G08", "Bộ Nội vụ"),
    ("G10", "Bộ Nông nghiệp và Môi trường"),
    ("G14", "Bộ Tư pháp"),
    ("G17", "Bộ Xây dựng"),
    ("G18", "Bộ Y tế"),
)
_PROVINCES: Final = (
    ("H17", "UBND Thành phố Đà Nẵng"),
    ("H26", "UBND Thành phố Hà Nội"),
    ("H49", "UBND tỉnh Quảng Ninh"),
)
_DISTRICTS: Final = ("Gò Dầu", "Dương Minh Châu", "Tân Biên")
_COMMUNES: Final = (
    "Phước Đông", "Thanh Phước", "Hiệp Thạnh", "Suối Đá", "Phước Minh", "Bàu Năng", "Tân Bình", "Trà Vong", "Hòa Hiệp",
    "Thạnh Bình", "Mỏ Công", "Tân Phong",
)  # fmt: skip
_WARDS: Final = ("Hải Châu", "Thanh Khê", "Sơn Trà", "Ngũ Hành Sơn", "Liên Chiểu", "Cẩm Lệ", "Hòa Khánh", "An Hải")
_FAMILIES: Final = ("Nguyễn Thị", "Trần Văn", "Lê Thị", "Phạm Minh", "Hoàng Thu", "Đặng Quốc", "Võ Thị")
_GIVEN: Final = ("Hạnh", "Bình", "Lan", "Tuấn", "Hương", "Dũng", "Mai", "Sơn", "Thảo", "Phúc", "Yến")
_OFFICES: Final = ("Sở Y tế", "Sở Giáo dục và Đào tạo", "Sở Tài chính", "Sở Nội vụ")


def agencies() -> tuple[Agency, ...]:
    """Every agency of the month, the town of the short demo among them; parents before those under them."""
    found = list(town.AGENCIES)
    found += [Agency(code, name, Level.CENTRAL) for code, name in _MINISTRIES]
    for code, name in _PROVINCES:
        found.append(Agency(code, name, Level.PROVINCE))
        found += [
            Agency(f"{code}.{number}", f"{office} {_place(name)}", Level.PROVINCE, parent=code)
            for number, office in enumerate(_OFFICES, start=11)
        ]
    for number, name in enumerate(_DISTRICTS, start=40):
        found.append(Agency(f"H53.{number}", f"UBND huyện {name}", Level.DISTRICT, parent="H53"))
    for number, name in enumerate(_COMMUNES):
        above = f"H53.{40 + number // 4}"
        found.append(Agency(f"{above}.{21 + number % 4}", f"UBND xã {name}", Level.COMMUNE, parent=above))
    found += [
        Agency(f"H17.{60 + number}", f"UBND phường {name}", Level.COMMUNE, parent="H17")
        for number, name in enumerate(_WARDS)
    ]
    return tuple(replace(each, contact=_contact(number)) for number, each in enumerate(found))


def _contact(number: int) -> dict[str, str]:
    """Whom to call: somebody made up; one office in nine has not said."""
    if number % 9 == 8:
        return {}
    name = f"{_FAMILIES[number % len(_FAMILIES)]} {_GIVEN[number * 5 % len(_GIVEN)]}"
    phone = f"0200 300 {number:04d}"  # no such number is given out
    return {"name": name, "title": "Văn thư", "phone": phone, "email": f"van-thu-{number}@demo.example"}


def _place(name: str) -> str:
    return name.removeprefix("UBND ").removeprefix("Thành phố ").removeprefix("tỉnh ")


def habit(number: int, agency: Agency) -> Habit:
    """How the agency with this number among all behaves."""
    if agency.level is Level.COMMUNE:
        return (USUAL, PROMPT, USUAL, SLOW, PROMPT, USUAL, PROMPT, LAGGARD, USUAL, SILENT)[number % 10]
    if agency.level is Level.DISTRICT:
        return (USUAL, PROMPT, BROKEN)[number % 3]
    return (PROMPT, USUAL, PROMPT, PROMPT, USUAL)[number % 5]
