"""What is wrong with a value that was given, in both languages: pydantic's list of errors as findings.

The library says it in English alone. Its error types are names that it promises to keep
(https://docs.pydantic.dev/latest/errors/validation_errors/); one that has no words here keeps the library's.
"""

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Final

from hub.findings import Finding, finding
from hub.findings.text import Pair

_DAY: Final = ("một ngày dạng YYYY-MM-DD", "a day such as 2026-01-31")
_MOMENT: Final = ("một thời điểm theo RFC 3339, có múi giờ", "a time by RFC 3339, with its offset")
_WHOLE: Final = ("một số nguyên", "a whole number")
_NUMBER: Final = ("một số", "a number")
_YES_OR_NO: Final = ("true hoặc false", "true or false")
_PLAIN: Final[dict[str, Pair]] = {
    "missing": ("bắt buộc", "required"),
    "extra_forbidden": ("không có tên này", "no such name"),
    "string_type": ("một chuỗi ký tự", "a text"),
    "list_type": ("một danh sách", "a list"),
    **dict.fromkeys(("dict_type", "model_type", "model_attributes_type"), ("một đối tượng JSON", "a JSON object")),
    **dict.fromkeys(("int_type", "int_parsing", "int_parsing_size", "int_from_float"), _WHOLE),
    **dict.fromkeys(("float_type", "float_parsing", "finite_number"), _NUMBER),
    **dict.fromkeys(("bool_type", "bool_parsing"), _YES_OR_NO),
    **dict.fromkeys(("date_type", "date_parsing", "date_from_datetime_parsing", "date_from_datetime_inexact"), _DAY),
    **dict.fromkeys(("datetime_type", "datetime_parsing", "datetime_from_date_parsing", "timezone_aware"), _MOMENT),
}
_BOUNDS: Final[dict[str, Pair]] = {
    **{name: (f"{sign} {{}}", f"{sign} {{}}") for name, sign in (("ge", "≥"), ("gt", ">"), ("le", "≤"), ("lt", "<"))},
    "max_length": ("nhiều nhất {} ký tự hoặc phần tử", "at most {} characters or items"),
    "min_length": ("ít nhất {} ký tự hoặc phần tử", "at least {} characters or items"),
}
_ALTERNATIVES: Final = re.compile(r"\^\(([\w|-]+)\)\$")


def invalid(
    errors: Iterable[Mapping[str, Any]], code: Callable[[Mapping[str, Any]], str] | None = None
) -> list[Finding]:
    """Make a finding of each error of a model (`ValidationError.errors()`), all `invalid-parameter` unless `code` says which."""
    found = []
    for error in errors:
        path = ".".join(map(str, error["loc"]))
        name = str(error["loc"][-1]) if error["loc"] else "—"
        chosen = code(error) if code else "invalid-parameter"
        found.append(finding(chosen, path, name=name, problem=_words(error), found=error.get("input")))
    return found


def _words(error: Mapping[str, Any]) -> Pair:
    if plain := _PLAIN.get(error["type"]):
        return plain
    said = error.get("ctx", {})
    if "expected" in said:  # 'a', 'b' or 'c'
        return _one_of(re.findall(r"'([^']*)'", str(said["expected"])))
    if match := _ALTERNATIVES.fullmatch(str(said.get("pattern", ""))):
        return _one_of(match[1].split("|"))
    for name, (vi, en) in _BOUNDS.items():
        if name in said:
            return vi.format(said[name]), en.format(said[name])
    own = str(said.get("error", "")) or str(error["msg"])
    return own, own


def _one_of(values: Iterable[str]) -> Pair:
    listed = ", ".join(values)
    return f"một trong: {listed}", f"one of: {listed}"
