"""The watch over the demo's month: alerts raised, reminded, sent up and cleared as they would have been, and people on some."""

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from hub.alert.acknowledge import acknowledge
from hub.demo.country import Habit
from hub.domain.alert import Kind
from hub.store.watching import alerts, states
from hub.wiring import Hub

_TAKEN_ON: Final = (
    (Kind.UNRECEIVED, "Nguyễn Thu Trang", "Đã gọi văn thư; máy chủ đơn vị đang sửa, chiều nay lấy đủ văn bản."),
    (Kind.UNANSWERED, "Trần Quốc Bảo", "Đơn vị hẹn phản hồi hết các văn bản tồn trong ngày mai."),
    (Kind.CERTIFICATE, "Nguyễn Thu Trang", "Đơn vị đã nộp hồ sơ gia hạn chứng thư, chờ Ban Cơ yếu cấp."),
)


@dataclass(frozen=True, slots=True)
class Watch:
    """Looks at the hub at moments of the past. `now` is the present, from which days of silence are counted."""

    hub: Hub
    habits: Mapping[str, Habit]
    now: datetime
    rng: random.Random

    async def look(self, at: datetime) -> None:
        """One turn of the room of alerts."""
        await self.asked(at)
        await self.hub.alerts.tick(at)

    async def asked(self, at: datetime) -> None:
        """Who works asked for its inbox some minutes before."""
        when = {
            code: min(at, self.now - timedelta(days=habit.silent_days)) - timedelta(seconds=self.rng.uniform(0, 300))
            for code, habit in self.habits.items()
        }
        async with self.hub.database.write() as conn:
            await states.seen(conn, when)

    async def take_on(self) -> None:
        """Somebody has just taken some alerts on."""
        for kind, name, note in _TAKEN_ON:
            async with self.hub.database.read() as conn:
                rows = await alerts.listing(conn, {"kind": kind.value, "state": "OPEN"}, None, 2)
                found = await alerts.get(conn, rows[-1]["id"]) if rows else None
            if found:
                at = self.now - timedelta(minutes=3)
                await acknowledge(self.hub.database, found, name, f"person:{name}", note, at, calls=False)
