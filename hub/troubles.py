"""What ends a command, as findings: whatever it was, a person learns what happened and what to do next."""

import os
from tomllib import TOMLDecodeError
from typing import Any, Final

from pydantic import ValidationError

from hub.errors import HubError, Rejected, StorageFull
from hub.findings import Finding, finding

_DAMAGED: Final = ("file is not a database", "malformed", "disk i/o error")
_PROBLEMS: Final[dict[str, str]] = {
    "int_parsing": "phải là số nguyên",
    "int_from_float": "phải là số nguyên",
    "float_parsing": "phải là số",
    "bool_parsing": "phải là true hoặc false",
    "date_from_datetime_parsing": "phải là ngày dạng YYYY-MM-DD",
    "date_parsing": "phải là ngày dạng YYYY-MM-DD",
    "literal_error": "phải là một trong {expected}",
    "less_than_equal": "tối đa {le}",
    "less_than": "phải nhỏ hơn {lt}",
    "greater_than_equal": "tối thiểu {ge}",
    "greater_than": "phải lớn hơn {gt}",
    "string_pattern_mismatch": "không đúng dạng {pattern}",
}
"""pydantic's words for what is wrong with a value, in Vietnamese."""


def named(error: BaseException) -> Rejected:
    """The findings behind what ended a command; the unforeseen is `broken`."""
    if isinstance(error, Rejected):
        return error
    if isinstance(error, ValidationError):
        return Rejected([_setting(problem) for problem in error.errors()])
    return Rejected([_found(error)])


def _found(error: BaseException) -> Finding:
    origin = getattr(error, "orig", None) or error  # SQLAlchemy keeps the driver's own
    if isinstance(error, StorageFull):
        found = finding("no-room", reason=_sentence(error))
    elif isinstance(error, HubError):
        found = finding("part-down", reason=_sentence(error))
    elif isinstance(error, TOMLDecodeError):
        found = finding("settings-file", reason=_sentence(error))
    elif isinstance(error, ModuleNotFoundError):
        found = finding("installation-stale", name=error.name)
    elif isinstance(error, OSError):
        reason = os.strerror(error.errno) if error.errno else _sentence(error)
        found = finding("file-unusable", file=error.filename or "—", reason=reason)
    elif any(word in str(origin).lower() for word in _DAMAGED):
        found = finding("database-damaged", reason=_sentence(origin))
    else:
        found = finding("broken", reason=f"{type(error).__name__}: {_sentence(error)}")
    return found


def _sentence(error: BaseException) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0].rstrip(".")


def _setting(problem: Any) -> Finding:
    from hub.settings import Settings

    name = "_".join(str(part) for part in problem["loc"])
    field = Settings.model_fields.get(name)
    facts = problem.get("ctx", {})
    english = str(problem["msg"])
    english = english[:1].lower() + english[1:]
    vietnamese = facts.get("vi") or _PROBLEMS.get(problem["type"], english).format_map(facts)
    is_secret = field is not None and "Secret" in str(field.annotation)
    return finding(
        "setting-invalid",
        name=f"TRUC_{name.upper()}",
        value="***" if is_secret else problem.get("input", ""),
        problem=(vietnamese, english),
        default=_default(field.default if field else ""),
    )


def _default(value: Any) -> str:
    plain = value.get_secret_value() if hasattr(value, "get_secret_value") else value
    return str(plain) if plain not in ("", None) else "—"
