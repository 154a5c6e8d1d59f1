"""Heads are stamped by somebody else, and evidence says since when it has been so."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
import pytest

from hub.attest import steps as stepwise
from hub.attest.stamping import NotStamped, Stamper, check
from hub.attest.steps import Known
from hub.errors import TemporaryFailure
from hub.store.proof import log
from tests.offices import document
from tests.pki import make_ca
from tests.proof.scenes import exchanged, followed
from tests.proof.tsa import authority
from tests.town import Town


async def newest(town: Town) -> log.Head:
    async with town.hub.database.read() as conn:
        head = await log.newest_head(conn)
    assert head
    return head


async def test_a_head_is_stamped_and_one_token_speaks_for_all_below_it(town: Town, tmp_path: Path) -> None:
    sent, sender, _ = await exchanged(town)
    await followed(town)
    with authority(tmp_path) as tsa:
        stamper = Stamper(town.hub.database, tsa.url, [tsa.root.certificate], 60)
        async with httpx.AsyncClient() as http:
            size = await stamper.turn(http, datetime.now(UTC))

        head = await newest(town)
        evidence = (await sender.call("GET", f"/v1/envelopes/{sent}/evidence")).json()
        known = Known([town.hub.seal.public], [], [tsa.root.certificate])
        steps = await asyncio.to_thread(stepwise.check, evidence, known)

    assert size == head.size
    assert head.token
    assert head.stamped_at == check(head.token, head.head.encode(), [tsa.root.certificate])
    assert [step.ok for step in steps if step.name == "time-stamp"] == [True]
    assert stepwise.is_proven(steps)


async def test_a_token_of_another_text_or_another_authority_is_none(town: Town, tmp_path: Path) -> None:
    await exchanged(town)
    await followed(town)
    with authority(tmp_path) as tsa:
        async with httpx.AsyncClient() as http:
            await Stamper(town.hub.database, tsa.url, [], 60).turn(http, datetime.now(UTC))
        root = tsa.root.certificate
    head = await newest(town)
    assert head.token

    for text, token, roots in (
        (b"something else", head.token, [root]),
        (b"something else", head.token, []),
        (head.head.encode(), head.token, [make_ca("Another root", "rsa-2048").certificate]),
        (head.head.encode(), head.token[:-1] + bytes([head.token[-1] ^ 1]), [root]),
        (head.head.encode(), b"no token at all", [root]),
    ):
        with pytest.raises(NotStamped):
            check(token, text, roots)


async def test_an_authority_that_does_not_answer_is_asked_again(town: Town, tmp_path: Path) -> None:
    await exchanged(town)
    await followed(town)
    with authority(tmp_path) as tsa:
        stamper = Stamper(town.hub.database, tsa.url, [tsa.root.certificate], 60)
        tsa.is_open = False
        async with httpx.AsyncClient() as http:
            with pytest.raises(TemporaryFailure):
                await stamper.turn(http, datetime.now(UTC))
            assert (await newest(town)).token is None
            tsa.is_open = True
            assert await stamper.turn(http, datetime.now(UTC)) == (await newest(town)).size


async def test_heads_are_stamped_no_oftener_than_is_set(town: Town, tmp_path: Path) -> None:
    _, sender, _ = await exchanged(town)
    await followed(town)
    with authority(tmp_path) as tsa:
        stamper = Stamper(town.hub.database, tsa.url, [], 60)
        async with httpx.AsyncClient() as http:
            await stamper.turn(http, datetime.now(UTC))
            await sender.send(document("H53", ["H53.32.21"]))
            await followed(town)
            assert await stamper.turn(http, datetime.now(UTC)) is None
            assert await stamper.turn(http, datetime.now(UTC) + timedelta(minutes=2)) == (await newest(town)).size
        assert tsa.asked == 2
