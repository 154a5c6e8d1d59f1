"""The page of a document that was changed says what each recipient holds now."""

from dataclasses import replace

from hub.domain.envelope import Kind
from tests.console.visitors import Seen, logged_in
from tests.offices import document
from tests.town import Town


async def test_the_page_of_a_changed_document_tells_what_each_recipient_holds(town: Town) -> None:
    sender, quick, _slow = [await town.settle(code) for code in ("G22", "H53", "H27")]
    envelope = document("G22", ["H53", "H27"])
    first = await sender.send(envelope)
    await town.carry()
    (item,) = await quick.inbox(0)
    await quick.fetch(item["delivery_id"])
    visitor = await logged_in(town)
    before = Seen((await visitor.get(f"/documents/{first['id']}")).text)
    assert "Bên nhận đang giữ gì" not in before.text, "a document that nobody changed has no such section"

    await sender.send(replace(envelope, kind=Kind.RECALL, concerns=(envelope.document_id,)))
    await town.carry()
    page = Seen((await visitor.get(f"/documents/{first['id']}")).text)

    assert "Bên nhận đang giữ gì" in page.text
    assert "trục đã rút về" in page.text, "who never collected it"
    assert "chờ trả lời" in page.text, "who did"
