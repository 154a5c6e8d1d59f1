"""Whoever looks after an agency that the hub calls sees how the calls went: on its page, and at the agency's own corner."""

from hub.domain.roles import Role
from tests.console.visitors import Seen, logged_in
from tests.offices import document
from tests.town import Town


async def test_calls_to_an_agencys_system_are_told_with_their_result(town: Town) -> None:
    sender = await town.settle("G22")
    config = {"url": "http://127.0.0.1:9/truc", "secret": "whsec_c2VjcmV0c2VjcmV0c2VjcmV0"}
    await town.settle("H53", channel="webhook", channel_config=config)
    await town.settle("H29")
    await sender.send(document("G22", ["H53", "H29"], code_notation="UBND-GỌI"))
    await town.carry()

    operator = Seen((await (await logged_in(town)).get("/agencies/H53")).text)
    officer = Seen((await (await logged_in(town, Role.OFFICER, "H53")).get("/mine")).text)
    asked = Seen((await (await logged_in(town, Role.OFFICER, "H29")).get("/mine")).text)

    for page in (operator, officer):
        told = " ".join(page.text.split()).partition("Lượt gọi tới hệ thống của cơ quan")[2]
        assert "UBND-GỌI" in told.partition("Chứng thư")[0]
        assert "Văn bản lỗi" in told.partition("Chứng thư")[0] or "Lỗi" in told.partition("Chứng thư")[0]
        assert "whsec_" not in page.text
    assert "Lượt gọi tới hệ thống" not in asked.text
