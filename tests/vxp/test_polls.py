"""Whoever asks by the axis' client what waits is heard, like whoever asks for the inbox: no silence is told of it."""

from datetime import timedelta

import pytest
import time_machine

from hub.domain.agency import Kind, Level
from hub.domain.alert import Kind as Alert
from hub.store.watching import alerts, states
from tests.days import monday
from tests.vxp.conftest import Axis


async def heard(axis: Axis) -> set[str]:
    await axis.town.hub.polls.write()
    async with axis.town.hub.database.read() as conn:
        return {code for code, _ in await states.polled(conn)}


@pytest.mark.parametrize("operation", ["getReceivedEdocList", "countReceiveEdoc", "countReceiveStatus"])
async def test_asking_what_waits_is_written_down(axis: Axis, operation: str) -> None:
    _, system = await axis.system("H53")
    said = {"servicetype": "eDoc", "messagetype": "edoc"}

    await system.call(operation, said, body=b"{}")

    assert await heard(axis) == {"H53"}


async def test_other_calls_are_no_asking(axis: Axis) -> None:
    _, system = await axis.system("H53")

    await system.agencies()

    assert await heard(axis) == set()


async def test_a_gateway_asks_for_all_it_serves_and_for_nobody_with_a_system_of_its_own(axis: Axis) -> None:
    await axis.town.settle("H53")
    await axis.town.settle("H53.13", parent="H53")
    await axis.system("H53.14", parent="H53")
    _, gateway = await axis.system("00.53.W00", Level.PROVINCE, kind=Kind.GATEWAY, parent="H53")

    await gateway.received()
    assert await heard(axis) == {"H53", "H53.13", "00.53.W00"}


async def test_an_agency_that_asks_by_the_axis_client_alone_raises_no_alert_of_silence(axis: Axis) -> None:
    at_nine = monday(9)
    later = at_nine + timedelta(minutes=40)
    _, ceasing = await axis.system("H29")
    _, asking = await axis.system("H53")
    with time_machine.travel(at_nine):
        await ceasing.received()
        await asking.received()
        await heard(axis)
    with time_machine.travel(later):
        await asking.received()
        await heard(axis)

    await axis.town.hub.alerts.tick(later)

    async with axis.town.hub.database.read() as conn:
        assert set(await alerts.still_open(conn, Alert.SILENT, "", None)) == {"H29"}
