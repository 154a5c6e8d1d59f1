"""The kit between a client and the hub: a good client keeps every rule, a hasty one is found out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx

from hub.conform.listen import Watch, serve
from hub.conform.run import End
from hub.xml.write import sign, write_envelope
from tests.clients.conftest import Live
from tests.clients.test_clients import truc  # noqa: F401 - the fixture
from tests.offices import PDF, document


@contextmanager
def between(live: Live) -> Iterator[tuple[str, Watch]]:
    said: list[str] = []
    watch = Watch(said.append)
    server = serve(live.url, 0, watch)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", watch
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ends(watch: Watch) -> dict[str, tuple[End, str]]:
    return {one.case.id: (one.end, one.why) for one in watch.outcomes()}


def signed(live: Live) -> bytes:
    body = write_envelope(document("H53", ["H53.13"]), [("vb.pdf", "application/pdf", PDF)])
    return sign(body, live.rsa.certificate_pem, live.rsa.key_pem)


def test_our_own_client_bears_every_trouble(live: Live, truc) -> None:  # noqa: F811
    body = signed(live)
    with (
        between(live) as (url, watch),
        truc.Office(url, live.sender.key) as sender,
        truc.Office(url, live.recipient.key) as recipient,
    ):
        answer = sender.send(body)
        item = None
        while item is None:
            item = next((i for i in recipient.wait() if i["envelope_id"] == answer["id"]), None)
        assert recipient.fetch(item) == body
        recipient.confirm(item)

    assert ends(watch) == {f"L0{n}": (End.KEPT, "") for n in (1, 2, 3, 4)}


def test_a_client_that_does_not_wait_or_come_back_is_found_out(live: Live) -> None:
    with between(live) as (url, watch), httpx.Client(base_url=url) as hasty:
        headers = {"Authorization": f"Bearer {live.sender.key}", "Content-Type": "application/xml"}
        assert hasty.post("/v1/envelopes", content=signed(live), headers=headers).status_code == 503
        for status in (429, 200):
            assert hasty.get("/v1/inbox", headers=headers).status_code == status

    found = ends(watch)
    assert found["L01"] == (End.BROKEN, "the client never came back")
    assert found["L03"][0] is End.BROKEN
    assert found["L04"][0] is End.NOT_TRIED
