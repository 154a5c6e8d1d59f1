"""The kit between a client and the hub: a good client keeps every rule, and each fault planted into one is found out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest

from hub.conform.company import Company
from hub.conform.ground import Ground, Party
from hub.conform.listen import serve
from hub.conform.run import End
from hub.conform.watch import CASES, Watch
from hub.xml.write import sign, write_envelope
from tests.clients.conftest import Live
from tests.clients.test_clients import truc  # noqa: F401 - the fixture
from tests.clients.vendor import FAULTS, Vendor
from tests.offices import PDF, document

SHOWN_AT_THE_END = {
    "L12",
    "L13",
    "L14",
}  # a good client may come to these later: nothing is said before the day is over


@contextmanager
def between(live: Live, *, is_company: bool = False) -> Iterator[tuple[str, Watch]]:
    """The proxy; with company the kit plays H53.13, and the client is H53."""
    said: list[str] = []
    watch = Watch(said.append)
    server = serve(live.url, 0, watch)
    office = live.recipient
    with httpx.Client(base_url=live.url, timeout=60) as http:
        me = Party("H53.13", office.key, office.identity.certificate_pem, office.identity.key_pem)
        company = Company(Ground(http, me, Party("H53", live.sender.key)), watch)
        threads = [threading.Thread(target=server.serve_forever)]
        if is_company:
            threads.append(threading.Thread(target=company.run))
        for thread in threads:
            thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}", watch
        finally:
            company.stop.set()
            server.shutdown()
            for thread in threads:
                thread.join()
            server.server_close()


def ends(watch: Watch) -> dict[str, tuple[End, str]]:
    with watch.lock:
        return {one.case.id: (one.end, one.why) for one in watch.outcomes()}


def unsigned() -> bytes:
    return write_envelope(document("H53", ["H53.13"]), [("vb.pdf", "application/pdf", PDF)])


def signed(live: Live) -> bytes:
    return sign(unsigned(), live.rsa.certificate_pem, live.rsa.key_pem)


def played(live: Live, url: str, watch: Watch, fault: str = "") -> dict[str, tuple[End, str]]:
    """A vendor's day: send, be refused, send something better, and take in what comes until nothing is open any more."""
    vendor = Vendor(url, live.sender.key, fault)
    statuses = [vendor.send(signed(live), signed(live)), vendor.send(signed(live), b"")]
    assert fault or statuses == [200, 422]
    vendor.send(unsigned() if fault == "L05" else signed(live), b"")
    for _ in range(60):
        now = ends(watch)
        is_found = bool(fault) and now[fault][0] is End.BROKEN
        if is_found and fault not in SHOWN_AT_THE_END:
            break
        is_rest_kept = all(end is End.KEPT for case, (end, _) in now.items() if case != fault)
        if is_rest_kept and (is_found or now.get(fault or "L01", ())[0] is End.KEPT):
            break
        vendor.turn()
    return ends(watch)


def test_a_good_vendors_client_keeps_every_rule(live: Live) -> None:
    with between(live, is_company=True) as (url, watch):
        assert played(live, url, watch) == {case.id: (End.KEPT, "") for case in CASES}


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_a_vendors_client_is_found_out(live: Live, fault: str) -> None:
    with between(live, is_company=True) as (url, watch):
        found = played(live, url, watch, fault)

    assert found[fault][0] is End.BROKEN
    assert found[fault][1]


def test_every_case_has_a_fault_that_breaks_it() -> None:
    assert list(FAULTS) == [case.id for case in CASES]


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
        found = ends(watch)

    told = ("L01", "L02", "L03", "L04", "L05", "L07")
    assert {case: found[case] for case in told} == dict.fromkeys(told, (End.KEPT, ""))
    assert not [case for case, (end, _) in found.items() if end is End.BROKEN]


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
    assert found["L09"] == (End.NOT_TRIED, "needs --peer and --peer-key")
