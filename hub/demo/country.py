"""A small country for a month of traffic: agencies of four levels under each other, and how each behaves.

Names of provinces and ministries are real; which of them is slow is made up.
"""

from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Final

from hub.demo import town
from hub.domain.agency import Agency, Level


@dataclass(frozen=True, slots=True)
class Trouble:
    """Days on which a system failed to take a share of what was sent to it; of `reason` the time it took varies."""

    share: float
    first: int  # so many days ago
    last: int
    reason: str


@dataclass(frozen=True, slots=True)
class Habit:
    """How an office works. Shares of one; `minutes`: median until it collects, in working time."""

    minutes: float
    refuses: float = 0.02
    answers: float = 0.97  # at once; the rest some days later, or never
    forgets: float = 0.0
    silent_days: int = 0  # it collects nothing in the last so many days
    troubles: tuple[Trouble, ...] = ()

    def trouble(self, days_ago: int) -> Trouble | None:
        """What was wrong with its system on a day."""
        return next((each for each in self.troubles if each.first >= days_ago >= each.last), None)

    def is_silent(self, ago: timedelta) -> bool:
        """Whether it collected nothing so long ago."""
        return bool(self.silent_days) and ago < timedelta(days=self.silent_days)


PROMPT: Final = Habit(7)
USUAL: Final = Habit(22, forgets=0.002)
SLOW: Final = Habit(75, answers=0.8, forgets=0.03)
LAGGARD: Final = Habit(420, answers=0.5, forgets=0.15)
SILENT: Final = Habit(90, silent_days=6)
BROKEN: Final = Habit(
    60,
    answers=0.85,
    troubles=(
        Trouble(0.5, 21, 19, "no connection: Connection refused"),
        Trouble(0.4, 10, 9, "no answer in time"),
        Trouble(0.9, 4, 1, "502 in {ms} ms"),
    ),
)
CERTIFICATE_DAYS: Final = {"G03": 26, "H17.12": 5, "H53.40.22": 48}
"""Agencies whose certificates end soon, in days; those of the others are good for a year."""
SHAKY: Final = Habit(9, troubles=(Trouble(0.25, 3, 1, "503 in {ms} ms"),))
PUSHED: Final = {
    "H26": {"url": "https://lien-thong.ha-noi.example/truc", "secret": "whsec_ZGVtbyBvbmx5LCBubyBzZWNyZXQgYXQgYWxs"},
    "H53.41": {
        "url": "https://van-thu.duong-minh-chau.example/truc",
        "secret": "whsec_ZGVtbyBvbmx5LCBubyBzZWNyZXQgYXQgYWxs",
    },
}
"""Agencies that are called by webhook, with the settings of their channel; nobody answers at such an address."""

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
    return tuple(
        replace(each, contact=_contact(number), channel="webhook" if each.code in PUSHED else each.channel)
        for number, each in enumerate(found)
    )


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
    if agency.code in PUSHED:
        return SHAKY if agency.level is Level.PROVINCE else BROKEN
    if agency.level is Level.COMMUNE:
        return (USUAL, PROMPT, USUAL, SLOW, PROMPT, USUAL, PROMPT, LAGGARD, USUAL, SILENT)[number % 10]
    if agency.level is Level.DISTRICT:
        return (USUAL, PROMPT)[number % 2]
    return (PROMPT, USUAL, PROMPT, PROMPT, USUAL)[number % 5]


def asks(number: int, agency: Agency) -> bool:
    """Whether the system of the agency with this number asks for its inbox these days."""
    return agency.channel == "inbox" and not habit(number, agency).silent_days
