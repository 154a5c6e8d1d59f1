"""The matrix: every route of the application × every kind of caller × a document and an agency that are the caller's own,
another's, or its child's. What the policy says is what the application does; a route without an entry fails.
"""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from fastapi.routing import APIRoute

from hub.console import pages
from hub.domain import access
from hub.domain.access import GRANTS, Action, Resource, Who, allowed
from hub.domain.agency import Agency, Level
from hub.domain.roles import Person, Reach, Role
from hub.gateway.app import Gateway
from hub.gateway.callers import action_of, may, routes_of, unguarded
from hub.settings import Settings
from hub.store.directory import people
from hub.wiring import build
from tests.console.visitors import with_session
from tests.offices import document
from tests.parts import postgres
from tests.town import Town, founded

LINEAGES = {
    "H53": ("H53",),
    "H53.32": ("H53.32", "H53"),
    "H53.32.21": ("H53.32.21", "H53.32", "H53"),
    "H53.33": ("H53.33", "H53"),
    "H29": ("H29",),
    "G22": ("G22",),
}
# who sends what to whom: the caller of the middle is H53.32, so one is its own, one its child's, one its parent's, one another's
DOCUMENTS = {
    "own": ("G22", "H53.32"),
    "child's": ("G22", "H53.32.21"),
    "parent's": ("G22", "H53"),
    "other's": ("G22", "H29"),
}
# what the matrix cannot ask of a route without harm to itself, each with the reason
PROBES = ("/livez", "/readyz", "/metrics", "/.well-known/", "/problems/")
ELSEWHERE = {"GET /v1/inbox/stream": "never ends", "GET /live/events": "never ends", "POST /logout": "ends the session"}
BODIES: dict[str, Any] = {
    "POST /v1/agencies": {"code": "Z1", "name": "Cơ quan Z1", "level": "commune"},
    "POST /v1/agencies/{code}/certificates": {"pem": "none"},
    "POST /v1/agencies/{code}/rename": {"name": "Tên mới"},
    "PUT /v1/agencies/{code}/channel": {"channel": "inbox"},
    "POST /v1/agency-changes": {"kind": "rename", "agencies": ["G22"], "to": "Tên mới"},
    "POST /v1/inbox/{delivery_id}/confirm": {"result": "processing"},
    "POST /v1/deliveries/{delivery_id}/requeue": {"reason": "thử"},
    "POST /v1/alerts/{alert_id}/acknowledge": {"note": "thử"},
}


@dataclass(frozen=True)
class Caller:
    name: str
    who: Agency | Person | None

    @property
    def is_person(self) -> bool:
        return isinstance(self.who, Person)


def person(role: Role, code: str | None = None, reach: Reach = Reach.AGENCY, *, reads: bool = False) -> Caller:
    name = "-".join(filter(None, (role.value, code, reach.value if code else "", "reads" if reads else "")))
    root = "H53" if reach is Reach.PROVINCE else None
    return Caller(name, Person(name, role, code, reach, root, reads))


def office(code: str) -> Caller:
    return Caller(code, Agency(code, code, Level.PROVINCE))


CALLERS = [
    Caller("nobody", None),
    *map(office, ("H53.32", "H53", "H53.32.21", "H29")),
    *(person(role) for role in Role if role is not Role.OFFICER),
    person(Role.OBSERVER, reads=True),
    *(person(Role.OFFICER, "H53.32", reach) for reach in Reach),
    person(Role.OFFICER, "H53", Reach.SUBTREE),
    person(Role.REGISTRAR, "H53", Reach.SUBTREE),
    person(Role.OBSERVER, "H29"),
]


def api() -> list[tuple[str, APIRoute]]:
    home = Path("/nonexistent")
    routes = routes_of(_application(home).api.routes)
    return [(f"{method} {route.path}", route) for route in routes for method in sorted(route.methods - {"HEAD"})]


def _application(home: Path) -> Gateway:
    import tempfile

    return Gateway(build(Settings(home=Path(tempfile.mkdtemp()))), faces=[pages.mount])


@pytest.fixture(scope="module")
def routes() -> list[tuple[str, APIRoute]]:
    return api()


def test_every_route_names_its_action(routes: list[tuple[str, APIRoute]]) -> None:
    assert [name for name, route in routes if action_of(route) is None] == []


def test_an_application_with_a_route_that_names_none_does_not_start(tmp_path: Path) -> None:
    def face(app: Any, hub: Any) -> None:
        app.get("/v1/secrets")(lambda: "everything")

    with pytest.raises(RuntimeError, match="GET /v1/secrets"):
        Gateway(build(Settings(home=tmp_path)), faces=[face])


def test_every_action_has_its_row_and_somebody_who_may() -> None:
    assert set(GRANTS) == set(Action)
    assert [action for action, granted in GRANTS.items() if not granted] == []


@pytest.mark.parametrize("caller", CALLERS, ids=lambda c: c.name)
def test_what_is_in_no_row_is_denied(caller: Caller, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "GRANTS", {action: who for action, who in GRANTS.items() if action is not Action.WATCH})

    assert not allowed(caller.who, Action.WATCH)
    assert not allowed(caller.who, "to be invented")  # type: ignore[arg-type]


def test_nobody_both_changes_the_directory_and_reads_documents() -> None:
    both = [
        c.name for c in CALLERS if c.is_person and allowed(c.who, Action.CHANGE_DIRECTORY)
        and allowed(c.who, Action.READ_CONTENT)
    ]  # fmt: skip

    assert both == []
    assert not allowed(Person("x", Role.REGISTRAR, reads=True), Action.READ_CONTENT)


def resource(which: str) -> Resource:
    sender, recipient = DOCUMENTS[which]
    return Resource(LINEAGES[sender], (LINEAGES[recipient],))


@pytest.mark.parametrize(
    ("caller", "seen"),
    [
        (office("H53.32"), {"own"}),
        (office("H53"), {"parent's"}),
        (person(Role.OPERATOR), set(DOCUMENTS)),
        (person(Role.REGISTRAR), set()),
        (person(Role.OFFICER, "H53.32"), {"own"}),
        (person(Role.OFFICER, "H53.32", Reach.SUBTREE), {"own", "child's"}),
        (person(Role.OFFICER, "H53.32", Reach.PROVINCE), {"own", "child's", "parent's"}),
        (person(Role.OFFICER, "H53.32", Reach.NATION), set(DOCUMENTS)),
        (Caller("nobody", None), set()),
    ],
    ids=lambda value: value.name if isinstance(value, Caller) else "",
)
def test_each_reach_sees_as_far_as_its_name_says(caller: Caller, seen: set[str]) -> None:
    assert {which for which in DOCUMENTS if allowed(caller.who, Action.TRACE, resource(which))} == seen


@dataclass
class World:
    town: Town
    clients: dict[str, httpx.AsyncClient]
    browsers: dict[str, httpx.AsyncClient]
    envelopes: dict[str, str]
    deliveries: dict[str, str]


async def _world(town: Town) -> World:
    pages.mount(town.app.api, town.hub)
    for code, lineage in LINEAGES.items():
        parent = lineage[1] if len(lineage) > 1 else None
        await town.settle(code, Level.COMMUNE if "." in code else Level.PROVINCE, parent=parent)
    clients, browsers = {}, {}
    for caller in CALLERS:
        headers = {}
        if isinstance(caller.who, Person):
            rights = people.Rights(caller.who.scope, caller.who.reach, caller.who.reads)
            async with town.hub.database.write() as conn:
                made = await people.add_person(conn, caller.name, caller.who.role, rights, datetime.now(UTC))
            headers = {"Authorization": f"Bearer {made[1]}"}
            browsers[caller.name] = await with_session(town, caller.name)
        elif caller.who:
            headers = {"Authorization": f"Bearer {town.offices[caller.name].key}"}
        transport = httpx.ASGITransport(town.app)
        clients[caller.name] = httpx.AsyncClient(transport=transport, base_url="http://hub", headers=headers)
    envelopes, deliveries = {}, {}
    for which, (sender, recipient) in DOCUMENTS.items():
        sent = await town.offices[sender].send(document(sender, [recipient]))
        envelopes[which], deliveries[which] = sent["id"], sent["deliveries"][0]["id"]
    await town.carry()
    return World(town, clients, browsers, envelopes, deliveries)


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.long)])
async def world(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[World]:
    from contextlib import AsyncExitStack

    async with AsyncExitStack() as stack:
        url = ""
        if request.param == "postgresql":
            url = await stack.enter_async_context(postgres.fresh(request.getfixturevalue("postgres_dsn")))
        town = await stack.enter_async_context(founded(tmp_path, url))
        made = await _world(town)
        yield made
        for client in (*made.clients.values(), *made.browsers.values()):
            await client.aclose()


async def test_every_route_does_what_the_policy_says_for_every_caller_and_document(
    world: World, routes: list[tuple[str, APIRoute]]
) -> None:
    wrong = []
    for name, route in routes:
        if name in ELSEWHERE:
            continue
        for which in DOCUMENTS:
            if which != "own" and "{envelope_id}" not in name and "{delivery_id}" not in name and "{code}" not in name:
                continue
            for caller in CALLERS:
                status = await _ask(world, name, which, caller)
                if not _is_as_said(status, _expected(name, action_of(route), which, caller), name):
                    wrong.append((name, which, caller.name, status))

    assert wrong == []


def _expected(name: str, action: Action | None, which: str, caller: Caller) -> bool:
    assert action
    if not allowed(caller.who, action) or (is_page(name) and not caller.is_person):
        return False
    if "{envelope_id}" in name or "{delivery_id}" in name:
        return allowed(caller.who, action, resource(which))
    if action in (Action.CHANGE_DIRECTORY, Action.WATCH, Action.CONNECTIONS) and "{code}" in name:
        return allowed(caller.who, action, Resource(LINEAGES[DOCUMENTS[which][1]]))
    if action is Action.CHANGE_DIRECTORY and not name.startswith("GET ") and isinstance(caller.who, Person):
        return caller.who.sight is None  # it concerns all of the directory
    return True


def is_page(name: str) -> bool:
    """Whether only a person at a browser goes there: it is asked with the cookie of a session."""
    return not name.split()[1].startswith(("/v1/", "/login", "/logout", "/static/", *PROBES))


def _is_as_said(status: int, may_it: bool, name: str) -> bool:  # noqa: FBT001
    """Let in is any answer about the question itself; kept out is 401, 403, 404, or on a page being sent to log in."""
    # what is looked for by another name, or is not dead as what may be requeued must be, is not there: asked, and answered
    others = set(re.findall(r"\{(\w+)\}", name)) - {"envelope_id", "delivery_id", "code"}
    answered = {404} if others or name.endswith("/requeue") or "/groups/" in name else set()
    if is_page(name):
        heard = {200} if name.startswith("GET ") else {200, 403}  # a form that is none of ours is told so
        return status in heard | answered if may_it else status in (303, 404)
    if not may_it:
        return status in (401, 403, 404)
    return status not in {401, 403, 404} - answered or (name == "POST /login" and status == 403)


async def _ask(world: World, name: str, which: str, caller: Caller) -> int:
    method, path = name.split()
    recipient = DOCUMENTS[which][1]
    values = {
        "envelope_id": world.envelopes[which], "delivery_id": world.deliveries[which], "code": recipient,
        "key_id": "0" * 16, "name": "none.css",
    }  # fmt: skip
    target = re.sub(r"\{(\w+)\}", lambda m: values.get(m[1], "0" * 32), path)
    client = world.clients[caller.name]
    if is_page(name):
        client = world.browsers.get(caller.name, client)
    body = BODIES.get(name, {} if method in ("POST", "PUT") else None)
    answer = await client.request(method, target, json=body)
    return answer.status_code


async def test_posting_a_document_is_for_agencies_alone(world: World) -> None:
    sender = world.town.offices["G22"]
    statuses = {}
    for caller in CALLERS:
        body = sender.written(document(caller.name if isinstance(caller.who, Agency) else "G22", ["H29"]))
        answer = await world.clients[caller.name].post(
            "/v1/envelopes", content=body, headers={"Content-Type": "application/xml"}
        )
        statuses[caller.name] = (answer.status_code, answer.json()["code"])

    assert statuses.pop("nobody") == (401, "unauthenticated")
    people_refused = {name: s for name, s in statuses.items() if "-" in name or name in [r.value for r in Role]}
    assert set(people_refused.values()) == {(403, "forbidden")}
    assert not {s for name, s in statuses.items() if name not in people_refused} & {
        (401, "unauthenticated"),
        (403, "forbidden"),
    }


async def test_subjects_are_hidden_from_those_who_may_only_see_where_documents_are(world: World) -> None:
    subjects = {}
    for caller in CALLERS:
        answer = await world.clients[caller.name].get(f"/v1/envelopes/{world.envelopes['own']}")
        if answer.status_code == 200:
            subjects[caller.name] = answer.json()["subject"] is not None
        assert (await world.clients[caller.name].get("/v1/envelopes")).status_code in (200, 401, 403)

    assert subjects == {
        caller.name: allowed(caller.who, Action.READ_SUBJECT)
        for caller in CALLERS
        if allowed(caller.who, Action.TRACE, resource("own"))
    }
    assert not subjects["observer"]
    assert subjects["observer-reads"]


async def test_a_hidden_subject_can_not_be_guessed_by_searching(world: World) -> None:
    async def found(name: str, q: str) -> int:
        return len((await world.clients[name].get("/v1/envelopes", params={"q": q})).json()["items"])

    assert await found("operator", "rà soát") == len(DOCUMENTS)
    assert await found("observer", "rà soát") == 0
    assert await found("observer", "UBND-VP") == len(DOCUMENTS)
    for q, goes_on in (("rà soát", False), ("UBND-VP", True)):  # nor by where a page ends
        page = (await world.clients["observer"].get("/v1/envelopes", params={"q": q, "limit": 1})).json()
        assert bool(page["next"]) is goes_on, q
    page = await world.browsers["observer"].get("/documents", params={"q": "rà soát"})
    listed = await world.browsers["observer"].get("/documents")
    assert "(trích yếu được ẩn)" not in page.text
    assert "(trích yếu được ẩn)" in listed.text
    assert "rà soát việc gửi" not in listed.text


async def test_every_look_at_a_document_and_no_other_question_is_in_the_audit_log(world: World) -> None:
    own = world.envelopes["own"]
    for name in ("H53.32", "observer-reads", "observer", "H29", "operator"):
        await world.clients[name].get(f"/v1/envelopes/{own}/original")
        await world.clients[name].get(f"/v1/envelopes/{own}")
    await world.clients["H53.32"].get(f"/v1/inbox/{world.deliveries['own']}", headers={"Range": "bytes=0-9"})

    entries = (await world.clients["auditor"].get("/v1/audit", params={"object": own})).json()["items"]

    assert [(e["actor"], e["action"]) for e in reversed(entries)] == [
        ("agency:H53.32", "document read"),
        ("person:observer-reads", "document read"),
        ("agency:H53.32", "document read"),
    ]
    assert entries[0]["details"] == {"from": 0, "to": 10}
    assert (await world.clients["auditor"].get("/v1/audit/check")).json()["whole"] is True


def test_the_words_of_the_policy_are_those_of_the_application() -> None:
    assert access.actor(None) == "nobody"
    assert may(Action.WATCH) is may(Action.WATCH)
    assert unguarded([]) == []
    assert {Who.AGENCY, Who.NOBODY} == set(Who)
