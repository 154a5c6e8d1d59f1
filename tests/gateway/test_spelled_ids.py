"""Systems that keep ids as numbers of 128 bits spell them their own way: with capitals, without hyphens."""

from collections.abc import Callable

import pytest
from sqlalchemy import update

from hub.domain.agency import Level
from hub.domain.delivery import State
from hub.domain.roles import Role
from hub.store import tables
from tests.offices import document
from tests.town import Town

OF_AN_ENVELOPE = ("", "/timeline", "/original", "/receipt", "/explain", "/now", "/deliveries/{delivery}/receipts")


@pytest.mark.parametrize("spelled", [str.upper, lambda plain: plain.replace("-", "")], ids=["capitals", "no hyphens"])
async def test_an_id_is_the_same_however_it_is_spelled(town: Town, spelled: Callable[[str], str]) -> None:
    sender, recipient = await town.settle("G22", Level.CENTRAL), await town.settle("H53")
    sent = await sender.send(document("G22", ["H53"]))
    await town.carry()
    envelope, delivery = sent["id"], sent["deliveries"][0]["id"]
    async with await town.watcher(Role.OPERATOR) as operator:
        for path in OF_AN_ENVELOPE:
            plain = f"/v1/envelopes/{envelope}{path.format(delivery=delivery)}"
            odd = f"/v1/envelopes/{spelled(envelope)}{path.format(delivery=spelled(delivery))}"
            for ask in (lambda p: sender.call("GET", p), operator.get):
                one, other = await ask(plain), await ask(odd)
                assert other.status_code == one.status_code, path
                assert one.is_error or other.content == one.content, path
            assert (await sender.call("GET", odd)).status_code == 200, path
        early = await sender.call("GET", f"/v1/envelopes/{spelled(envelope)}/evidence")
        assert (early.status_code, early.json()["code"]) == (503, "not-yet-logged")
        original = await recipient.call("GET", f"/v1/inbox/{spelled(delivery)}")
        assert original.headers["repr-digest"]
        confirmed = await recipient.call("POST", f"/v1/inbox/{spelled(delivery)}/confirm", json={"result": "done"})
        assert (confirmed.status_code, confirmed.json()["delivery_id"]) == (200, delivery)
        async with town.hub.database.write() as conn:
            await conn.execute(update(tables.delivery).values(state=State.DEAD))
        asked = await operator.post(f"/v1/deliveries/{spelled(delivery)}/requeue", json={"reason": "đã sửa"})
        assert asked.status_code == 200
