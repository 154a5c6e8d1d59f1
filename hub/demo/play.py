"""Play the demo: start a real hub as a process of its own, settle the town, and let its offices write to each other.

Each office is a small client that does what an office system does: send, keep the receipt, long-poll the inbox, fetch,
confirm, report 01, 03, 05 and 06. Everything goes over HTTP, through every check the hub has.
"""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import httpx
from rich.console import Console
from rich.progress import Progress

from hub.demo import country, town
from hub.demo.pki import Signer
from hub.demo.settling import live_through, settle
from hub.domain import deadline
from hub.domain.agency import Agency
from hub.domain.envelope import Envelope, Kind
from hub.settings import Settings
from hub.xml.write import sign, write_envelope

_ROUND: Final = 6  # documents of one whole round
_ANSWERS: Final = (("01", "Văn bản đã đến"), ("03", "Đã vào sổ văn bản đến"), ("05", "Chuyên viên đang xử lý"))
_ASKING_SECONDS: Final = 120.0
_PAUSE_SECONDS: Final = 2.5  # between two documents once the first round is over


@dataclass(slots=True)
class Office:
    """One agency's office system."""

    code: str
    name: str
    key: str
    signer: Signer
    http: httpx.AsyncClient

    async def call(self, method: str, path: str, **content: Any) -> httpx.Response:
        """Call the hub as this agency; a refusal is an error here: the demo sends nothing wrong by accident."""
        headers = {"Authorization": f"Bearer {self.key}", **content.pop("headers", {})}
        answer = await self.http.request(method, path, headers=headers, **content)
        if answer.is_error:
            raise RuntimeError(f"{self.code}: {method} {path}: {answer.status_code} {answer.text[:500]}")
        return answer


@dataclass(slots=True)
class Play:
    """The running demo."""

    console: Console
    base: str
    home: Path
    offices: dict[str, Office]
    rng: random.Random
    started: float
    finished: dict[str, int] = field(default_factory=dict)  # envelope -> recipients that have reported 06
    expected: dict[str, int] = field(default_factory=dict)
    written: dict[str, Envelope] = field(default_factory=dict)
    progress: asyncio.Event = field(default_factory=asyncio.Event)
    first_seconds: float | None = None

    async def work(self, office: Office) -> None:
        """Take in whatever comes, confirm it, answer it."""
        while True:
            items = (await office.call("GET", "/v1/inbox?wait=20&limit=20")).json()["items"]
            for item in items:
                await office.call("GET", f"/v1/inbox/{item['delivery_id']}")
                await office.call("POST", f"/v1/inbox/{item['delivery_id']}/confirm", json={"result": "done"})
                if item["kind"] == "document" and item["envelope_kind"] == "new":
                    await self._answer(office, item)

    async def keep_asking(self, offices: Sequence[Office]) -> None:
        """Have offices that only look on ask for their inboxes, so that their systems are not called silent."""
        while True:
            for office in offices:
                await office.call("GET", "/v1/inbox?limit=1")
            await asyncio.sleep(_ASKING_SECONDS)

    async def _answer(self, office: Office, item: dict[str, Any]) -> None:
        for code, words in (*_ANSWERS, ("06", "Đã hoàn thành xử lý")):
            await office.call(
                "POST",
                "/v1/status-reports",
                json={
                    "sender": item["sender"],
                    "document_id": item["document_id"],
                    "code": code,
                    "description": words,
                    "staff": {"name": "Văn thư", "department": "Văn phòng"},
                },
            )
        envelope = item["envelope_id"]
        self.finished[envelope] = self.finished.get(envelope, 0) + 1
        if self.first_seconds is None:
            self.first_seconds = time.monotonic() - self.started
        local = datetime.now(UTC).astimezone(deadline.LOCAL)
        self.console.print(
            f"  [green]✓[/] {local:%H:%M:%S}  {item['code']:<14} {item['sender']:>10} → {office.code:<10} "
            f"đã nhận, đã trả lời 01·03·05·06  [dim]{item['subject'][:44]}[/]"
        )
        self.progress.set()

    async def send(self, number: int) -> dict[str, Any]:
        """Write, sign and send one document; answers the hub's receipt."""
        today = datetime.now(UTC).astimezone(deadline.LOCAL).date()
        made = town.draft(self.rng, number, today)
        office = self.offices[made.envelope.sender.code]
        body = sign(write_envelope(made.envelope, [made.attachment]), office.signer.certificate, office.signer.key)
        accepted: dict[str, Any] = (await office.call("POST", "/v1/envelopes", content=body, headers=_XML)).json()
        self.expected[accepted["id"]] = len(accepted["deliveries"])
        self.written[accepted["id"]] = made.envelope
        lanes = ", ".join(f"{d['recipient']} ({d['level']})" for d in accepted["deliveries"])
        urgent = " [red]HỎA TỐC[/]" if made.envelope.priority >= 3 else ""
        self.console.print(
            f"[blue]»[/] {made.envelope.code:<14} {office.name} → {lanes}{urgent}  chữ ký: {accepted['signature']['verdict']}"
        )
        return accepted

    async def refuse_one(self) -> None:
        """Show what a forgery gets: a signed document whose subject was changed afterwards."""
        today = datetime.now(UTC).astimezone(deadline.LOCAL).date()
        made = town.draft(self.rng, 900, today)
        office = self.offices[made.envelope.sender.code]
        body = sign(write_envelope(made.envelope, [made.attachment]), office.signer.certificate, office.signer.key)
        forged = body.replace(made.envelope.subject.encode(), "V/v chuyển tiền vào tài khoản khác".encode())
        headers = {**_XML, "Authorization": f"Bearer {office.key}"}
        answer = await office.http.post("/v1/envelopes", content=forged, headers=headers)
        problem = answer.json()
        self.console.print(
            f"[red]✗[/] {made.envelope.code:<14} một văn bản bị sửa sau khi ký: {answer.status_code} {problem['code']} "
            f"[dim]{problem['detail']}[/]"
        )

    async def recall_one(self, accepted: dict[str, Any]) -> None:
        """Recall a document, as its sender."""
        office = self.offices[accepted["sender"]]
        recall = replace(
            self.written[accepted["id"]],
            kind=Kind.RECALL,
            concerns=(accepted["document_id"],),
            reason="Ban hành nhầm",
        )
        body = sign(write_envelope(recall), office.signer.certificate, office.signer.key)
        answer = (await office.call("POST", "/v1/envelopes", content=body, headers=_XML)).json()
        self.console.print(f"[yellow]↶[/] {accepted['code']:<14} thu hồi gửi tới {len(answer['deliveries'])} nơi nhận")

    async def round_is_answered(self, envelopes: list[str], seconds: float = 60) -> None:
        """Wait until every recipient of these envelopes has finished."""
        async with asyncio.timeout(seconds):
            while any(self.finished.get(e, 0) < self.expected[e] for e in envelopes):
                self.progress.clear()
                await self.progress.wait()

    async def show_timeline(self, accepted: dict[str, Any]) -> None:
        """Print one document's timeline, as its sender sees it."""
        office = self.offices[accepted["sender"]]
        happened = (await office.call("GET", f"/v1/envelopes/{accepted['id']}/timeline")).json()["events"]
        self.console.print(f"\n[bold]Dòng thời gian của {accepted['code']}[/] ({accepted['id']})")
        for event in happened:
            at = datetime.fromisoformat(event["at"])
            words = " ".join(filter(None, [event["what"], event["code"], event["detail"]]))
            self.console.print(f"  {at:%H:%M:%S.%f}"[:-3] + f"  {event['recipient'] or 'Trục':<10} {words}")


_XML: Final = {"Content-Type": "application/xml"}


def main(*, once: bool, port: int, days: int = 0) -> int:
    """Run the demo; answers the exit code."""
    console = Console(highlight=False, soft_wrap=True)
    home = Path(tempfile.mkdtemp(prefix="truc-demo-"))
    for number in (signal.SIGTERM, signal.SIGINT):  # whoever ends us ends the hub with us; a shell's `&` hides Ctrl-C
        signal.signal(number, signal.default_int_handler)
    try:
        return asyncio.run(_play(console, home, once=once, port=port, days=days))
    except KeyboardInterrupt:
        console.print("\nDừng demo. Tạm biệt!")
        return 0
    except (RuntimeError, TimeoutError, httpx.HTTPError) as error:
        console.print(f"[red]demo:[/] {error or type(error).__name__}")
        return 1
    finally:
        shutil.rmtree(home, ignore_errors=True)


async def _play(console: Console, home: Path, *, once: bool, port: int, days: int) -> int:
    started = time.monotonic()
    console.print("[bold]Trục[/] · demo: hub, danh bạ bốn cấp, chứng thư và văn bản thật như ngoài đời\n")
    settings = Settings(home=home)
    agencies: tuple[Agency, ...] = country.agencies() if days else town.AGENCIES
    issued, signers, password = await settle(settings, agencies)
    if days:
        with Progress(*Progress.get_default_columns(), console=console, transient=True) as shown:
            bar = shown.add_task(f"{days} ngày văn bản", total=None)
            count = await live_through(
                settings, agencies, signers, days, lambda done, total: shown.update(bar, completed=done, total=total)
            )
        console.print(f"{days} ngày trước đó: {count} văn bản giữa {len(agencies)} cơ quan.")
    server, base = await asyncio.to_thread(_start, home, port)
    console.print(f"Trục đang nghe ở [link={base}]{base}[/link]  (đăng nhập: demo / {password})")
    console.print(f"{len(issued)} cơ quan: {', '.join(list(issued)[:12])}{' …' if len(issued) > 12 else ''}\n")
    async with httpx.AsyncClient(base_url=base, timeout=60, limits=httpx.Limits(max_connections=100)) as http:
        everybody = {a.code: Office(a.code, a.name, issued[a.code], signers[a.code], http) for a in agencies}
        offices = {a.code: everybody[a.code] for a in town.AGENCIES}
        others = [everybody[a.code] for n, a in enumerate(agencies) if country.asks(n, a) and a.code not in offices]
        play = Play(console, base, home, offices, random.Random(2026), started)
        workers = [asyncio.create_task(play.work(office)) for office in offices.values()]
        workers.append(asyncio.create_task(play.keep_asking(others)))
        try:
            async with asyncio.TaskGroup() as group:
                for task in workers:
                    group.create_task(_watch(task))
                await _rounds(play, once=once)
                for task in workers:
                    task.cancel()
        except ExceptionGroup as failed:
            if server.poll() is not None:
                message = f"the hub ended by itself, with {server.returncode}"
                raise RuntimeError(message) from None
            raise failed.exceptions[0] from None
        finally:
            for task in workers:
                task.cancel()
            await asyncio.gather(*workers, return_exceptions=True)
            await asyncio.to_thread(_stop, server)
    return 0


async def _watch(task: asyncio.Task[None]) -> None:
    with suppress(asyncio.CancelledError):
        await asyncio.shield(task)


async def _rounds(play: Play, *, once: bool) -> None:
    sent = [await play.send(number) for number in range(1, _ROUND + 1)]
    await play.refuse_one()
    await play.round_is_answered([accepted["id"] for accepted in sent])
    await play.recall_one(sent[1])
    await play.show_timeline(sent[0])
    count = sum(play.expected.values())
    play.console.print(
        f"\n[green]Một vòng trọn vẹn:[/] {len(sent)} văn bản, {count} lượt giao, đều đã được trả lời. "
        f"Văn bản đầu tiên được trả lời sau {play.first_seconds:.1f} giây."
    )
    if once:
        return
    play.console.print(
        f"\nGửi văn bản của bạn:  truc send FILE.edxml --url {play.base} --key {play.offices['H53'].key}   (cơ quan H53)"
        f"\nBảng theo dõi:        {play.base}   ·   Ctrl-C để dừng\n"
    )
    number = _ROUND
    while True:
        number += 1
        await asyncio.sleep(_PAUSE_SECONDS)
        await play.send(number)


def _start(home: Path, port: int) -> tuple[subprocess.Popen[str], str]:
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("TRUC_")},
        "TRUC_HOME": str(home),
        "TRUC_PORT": str(port),
        "TRUC_LOG_LEVEL": "warning",
        "TRUC_LOG_FORMAT": "console",
    }
    command = [sys.executable, "-m", "hub.cli", "serve"]
    server = subprocess.Popen(command, env=environment, cwd=home, stdout=subprocess.PIPE, text=True)  # noqa: S603
    assert server.stdout  # noqa: S101
    for line in server.stdout:
        if line.startswith("listening on "):
            return server, line.removeprefix("listening on ").strip()
    raise RuntimeError("the hub did not start; run `truc doctor`")


def _stop(server: subprocess.Popen[str]) -> None:
    server.send_signal(signal.SIGTERM)
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
