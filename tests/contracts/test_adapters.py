"""The hub's adapters under the contract of all adapters, against a real server and a real folder."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from adapters.folder import Folder
from adapters.webhook import Webhook
from tests.adapters.parcels import SECRET
from tests.adapters.receiver import answer, receiving
from tests.contracts.adapter_contract import AdapterContract, Place


class TestWebhook(AdapterContract):
    @pytest.fixture
    async def place(self) -> AsyncIterator[Place]:
        async with receiving({"/failing": answer("500 Broken"), "/gone": answer("410 Gone")}) as receiver:
            adapter = Webhook(allow_private=True)
            yield Place(
                adapter,
                good={"url": receiver.url(), "secret": SECRET},
                failing={"url": receiver.url("/failing"), "secret": SECRET},
                hopeless={"url": receiver.url("/gone"), "secret": SECRET},
                wrong={"url": "ftp://agency.example/", "secret": "hunter2"},
                received=lambda: [call.headers["webhook-id"] for call in receiver.calls if call.path == "/"],
            )
            await adapter.close()


class TestFolder(AdapterContract):
    @pytest.fixture
    def place(self, tmp_path: Path) -> Place:
        (tmp_path / "good").mkdir()
        (tmp_path / "taken").mkdir()
        (tmp_path / "taken" / "000.01.32.H53").write_text("a file where the recipient's folder should be")
        return Place(
            Folder(),
            good={"path": str(tmp_path / "good")},
            failing={"path": str(tmp_path / "not mounted")},
            hopeless={"path": str(tmp_path / "taken")},
            wrong={"path": "relative/path"},
            received=lambda: [file.stem for file in (tmp_path / "good").rglob("*.edxml")],
        )
