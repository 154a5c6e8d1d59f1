"""Whom a system serves as the directory changes: after a change of code, and after another system was named."""

from datetime import UTC, date, datetime, timedelta

from hub.domain.agency import Kind, Level
from hub.domain.deadline import LOCAL
from hub.domain.reform import Asked, ChangeKind
from hub.store.directory.reform import planning
from tests.offices import document
from tests.vxp.conftest import Axis
from tests.vxp.test_operations import status


async def test_a_system_goes_on_when_the_code_of_its_agency_changes(axis: Axis) -> None:
    sender, _ = await axis.system("G22", Level.CENTRAL)
    office, client = await axis.system("H53.1", Level.COMMUNE)
    before = document("G22", ["H53.1"])
    await sender.send(before)
    day = datetime.now(UTC).astimezone(LOCAL).date() + timedelta(days=1)
    asked = Asked(ChangeKind.RECODE, ("H53.1",), day, to="H53.25666", grace_days=5)
    await planning.plan(axis.town.hub.database, asked, "person:an", datetime.now(UTC))
    await axis.town.hub.directory.refresh()
    own = document("H53.1", ["G22"])
    sent = await client.send_edoc(office.written(own), "H53.1")
    assert sent["status"] == "OK", sent

    axis.town.hub.clock.offset = timedelta(days=1)

    after = document("G22", ["H53.25666"])
    await sender.send(after)
    await axis.town.carry()
    listed = (await client.received())["data"]
    assert [item["to"] for item in listed] == ["H53.1", "H53.25666"]
    assert (await client.count())["count"] == 2
    for item, file in zip(listed, (before, after), strict=True):
        assert file.document_id.encode() in await client.get_edoc(item["docId"])
        assert (await client.update_status(item["docId"], "done"))["status"] == "OK"
    assert (await client.received())["data"] == []
    assert (await client.sent(sent["DocId"]))["data"][0]["fromCode"] == "H53.1"
    for code in ("H53.25666", "H53.1"):
        file = office.written(document(code, ["G22"]))
        assert (await client.send_edoc(file, code))["status"] == "OK"
        report = status(code, "G22", (before if code == "H53.25666" else after).document_id)
        assert (await client.send_edoc(report, code, "status"))["status"] == "OK"


async def test_a_system_serves_whom_the_directory_has_it_serve_and_no_other_system_does(axis: Axis) -> None:
    sender, _ = await axis.system("G22", Level.CENTRAL)
    _, own = await axis.system("H53", kind=Kind.GATEWAY)
    _, vendor = await axis.system("vxp.saas.03", kind=Kind.ENTERPRISE)
    office = await axis.town.settle("H53.1", Level.COMMUNE, parent="H53")
    asked = Asked(ChangeKind.SYSTEM, ("H53.1",), date(2026, 1, 1), to="vxp.saas.03")
    await planning.plan(axis.town.hub.database, asked, "person:an", datetime.now(UTC))
    await axis.town.hub.directory.refresh()
    await sender.send(document("G22", ["H53.1"]))
    await axis.town.carry()

    (item,) = (await vendor.received())["data"]
    assert (await own.received())["data"] == []
    assert (await own.update_status(item["docId"], "done"))["status"] == "FAIL"
    assert b"edXML" in await vendor.get_edoc(item["docId"])
    assert (await vendor.update_status(item["docId"], "done"))["status"] == "OK"
    file = office.written(document("H53.1", ["G22"]))
    assert (await own.send_edoc(file, "H53.1"))["status"] != "OK"
    assert (await vendor.send_edoc(file, "H53.1"))["status"] == "OK"
