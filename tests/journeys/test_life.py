"""The whole life of a document in a running hub: sent to a group, updated, replaced, recalled, taken back, answered."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from hub.domain.agency import Level
from hub.domain.envelope import Answered, Kind, Replacement
from hub.store.directory import groups
from tests.journeys.shapes import Shape, embedded
from tests.journeys.test_journeys import arrives, take_in, until
from tests.offices import Office, document


async def now_of(office: Office, envelope_id: str) -> dict[str, Any]:
    answer = await office.call("GET", f"/v1/envelopes/{envelope_id}/now")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def held_by(office: Office, envelope_id: str) -> dict[str, str | None]:
    items = (await now_of(office, envelope_id))["items"]
    return {item["recipient"]: item["holds"] and item["holds"]["envelope_id"] for item in items}


async def is_answered(office: Office, envelope_id: str, wanted: dict[tuple[str, str], str]) -> bool:
    changes = (await now_of(office, envelope_id))["changes"]
    return {(c["recipient"], c["kind"]): c["outcome"] for c in changes} == wanted


async def test_a_document_lives_from_a_group_to_its_end(tmp_path: Path) -> None:
    async with embedded(tmp_path) as shape:
        await one_life(shape)


async def one_life(shape: Shape) -> None:
    sender = await shape.settle("H53")
    quick, slow = [await shape.settle(f"H53.{n}", Level.COMMUNE, parent="H53") for n in (1, 2)]
    late = await shape.settle("G22", Level.CENTRAL)
    async with shape.database.write() as conn:
        await groups.put(conn, "H53-XA", "Các xã của Tây Ninh", datetime.now(UTC))
        await groups.join_below(conn, "H53-XA", "H53", "commune", date(2025, 7, 1))

    async def taken() -> Any:
        answer = await sender.post(sender.written(envelope))
        return answer.json() if answer.status_code == 202 else None

    envelope = document("H53", ["H53-XA"])
    first = await until(taken)  # what was settled beside the hub is known to it within two seconds
    assert {d["recipient"] for d in first["deliveries"]} == {"H53.1", "H53.2"}
    await take_in(quick, first["id"])
    await arrives(slow, first["id"])

    updated = replace(
        envelope,
        kind=Kind.UPDATE,
        concerns=(envelope.document_id,),
        receiver_changes=(("G22", True), ("H53.2", False)),
        recipients=(envelope.recipients[0]._replace(code="H53.1"),),
    )
    second = await sender.send(updated)
    await take_in(quick, second["id"])
    await take_in(late, second["id"])
    assert await is_answered(sender, first["id"], {("H53.1", "update"): "PENDING", ("H53.2", "removal"): "WITHDRAWN"})
    await quick.report("15", envelope.document_id, sender="H53")
    assert await held_by(sender, first["id"]) == {"H53.1": second["id"], "H53.2": None, "G22": second["id"]}

    other = document("H53", ["H53.1"])
    fourth = await sender.send(other)
    await take_in(quick, fourth["id"])
    replacing = document(
        "H53",
        ["H53.1"],
        kind=Kind.REPLACE,
        replacements=(Replacement(envelope.document_id, ("H53.1",)), Replacement(other.document_id)),
    )
    third = await sender.send(replacing)
    await take_in(quick, third["id"])
    await quick.report("03", replacing.document_id, sender="H53")
    assert await is_answered(sender, fourth["id"], {("H53.1", "replace"): "OBEYED"})
    assert (await held_by(sender, first["id"]))["H53.1"] == third["id"]

    reply = await quick.send(document("H53.1", ["H53"], answers=(Answered(replacing.document_id, "H53"),)))
    await arrives(sender, reply["id"])  # nobody is shown a document before it is there for them
    links = {(r["relation"], r["way"], r["id"]) for r in (await now_of(sender, third["id"]))["related"]}
    assert links == {
        ("replace", "about", first["id"]),
        ("replace", "about", second["id"]),
        ("replace", "about", fourth["id"]),
        ("response", "by", reply["id"]),
    }

    await sender.report("13", replacing.document_id, recipient="H53.1")
    await quick.report("16", replacing.document_id, sender="H53")
    assert (await held_by(sender, third["id"]))["H53.1"] == third["id"]
    recall = await sender.send(replace(replacing, kind=Kind.RECALL, concerns=(replacing.document_id,)))
    await take_in(quick, recall["id"])
    await quick.report("15", replacing.document_id, sender="H53")
    assert await held_by(sender, third["id"]) == {"H53.1": None}
