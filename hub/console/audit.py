"""The audit log: who looked at what, who changed what and why; and whether its chain is whole, walked when asked for."""

from collections.abc import Sequence
from typing import Annotated, Any, Final

import orjson
from fastapi import APIRouter, Depends
from fastapi.responses import Response

from hub.console import files, filters
from hub.console.doors import form_fields, is_from_here
from hub.console.filters import Filters
from hub.console.frame import PageRoute, TheVisit, Visit, logged_in
from hub.console.phrases.actions import VIETNAMESE
from hub.console.speech import Speech
from hub.domain.access import Action
from hub.domain.roles import Person
from hub.store import audit, witness
from hub.store.witness import Checked

router = APIRouter(route_class=PageRoute, include_in_schema=False)
Auditor = Annotated[Person, Depends(logged_in(Action.READ_AUDIT))]
PATH: Final = "/audit"
_LINES: Final = 100
_RULES: Final = {
    "actor": filters.text(120),
    "action": filters.text(60),
    "object": filters.text(200),
    "since": filters.moment,
    "until": filters.moment,
    "after": filters.number,
}


@router.get(PATH)
async def page(here: TheVisit, person: Auditor) -> Response:
    """Entries, newest first."""
    return await _shown(here, person)


@router.post(f"{PATH}/check")
async def check(here: TheVisit, person: Auditor) -> Response:
    """Walk the whole chain and tell what was found. Nothing changes, but it costs: only a form of ours starts it."""
    fields = await form_fields(here.request)
    if not is_from_here(here.request) or not here.is_own_form(fields.get("token", "")):
        return await _shown(here, person, trouble=here.speech("form_stale"), status=403)
    return await _shown(here, person, checked=await witness.check(here.console.hub.database))


@router.get(f"{PATH}.csv")
async def as_csv(here: TheVisit, person: Auditor) -> Response:
    """Every entry of the current filter as a file."""
    del person
    return await _whole(here, "csv")


@router.get(f"{PATH}.xlsx")
async def as_xlsx(here: TheVisit, person: Auditor) -> Response:
    """The same as a workbook, up to a million entries."""
    del person
    return await _whole(here, "xlsx")


async def _whole(here: Visit, form: str) -> Response:

    class File:
        columns: Sequence[str] = ("seq", "at", "actor", "action", "object", "details", "hash")

        async def page(self, after: str, limit: int) -> tuple[list[dict[str, Any]], str]:
            asked = filters.read(PATH, {**here.request.query_params, "after": after}, _RULES)
            rows = await _entries(here, asked, limit)
            items = [{**row, "details": _plain(row["details"]), "hash": bytes(row["hash"]).hex()} for row in rows]
            return items, str(rows[-1]["seq"]) if len(rows) == limit else ""

    return await files.whole(File(), form, "audit")


async def _shown(
    here: Visit, person: Person, *, checked: Checked | None = None, trouble: str = "", status: int = 200
) -> Response:
    asked = filters.read(PATH, here.request.query_params, _RULES)
    rows = await _entries(here, asked, _LINES + 1)
    more, rows = len(rows) > _LINES, rows[:_LINES]
    return here.page(
        "audit.html",
        person,
        status,
        asked=asked,
        lines=[
            {
                **row,
                "word": named(here.speech, row["action"]),
                "reason": row["details"].get("reason", ""),
                "more": _rest(row["details"]),
            }
            for row in rows
        ],
        following=asked.address(after=str(rows[-1]["seq"])) if more else "",
        checked=checked,
        trouble=trouble,
    )


async def _entries(here: Visit, asked: Filters, limit: int) -> list[dict[str, Any]]:
    async with here.console.hub.database.read() as conn:
        return await audit.page(
            conn,
            actor=asked["actor"],
            action=asked["action"],
            about=asked["object"],
            since=filters.at(asked["since"]),
            until=filters.at(asked["until"]),
            before=int(asked["after"]) if asked["after"] else None,
            limit=limit,
        )


def named(speech: Speech, action: str) -> str:
    """What an entry says was done, for people; one nobody has a word for stands for itself."""
    return VIETNAMESE.get(action, action) if speech.language == "vi" else action


def _rest(details: dict[str, Any]) -> list[tuple[str, str]]:
    return [(name, value if isinstance(value, str) else _plain(value)) for name, value in details.items()
            if name != "reason" and value not in (None, "")]  # fmt: skip


def _plain(value: object) -> str:
    return orjson.dumps(value, option=orjson.OPT_SORT_KEYS).decode()
