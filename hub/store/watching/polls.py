"""When agencies last asked for their inbox: remembered in the process, written now and then, never with the request."""

from datetime import datetime

from hub.store.database import Database
from hub.store.watching import states


class Polls:
    """What one gateway has heard since it last wrote it down."""

    def __init__(self, database: Database) -> None:
        """Nothing is heard yet."""
        self._database = database
        self._heard: dict[str, datetime] = {}

    def note(self, code: str, now: datetime) -> None:
        """An agency asks for its inbox."""
        self._heard[code] = now

    async def write(self) -> int:
        """Write down what was heard; answers how many agencies. What cannot be written is kept for the next time."""
        heard, self._heard = self._heard, {}
        if not heard:
            return 0
        try:
            async with self._database.write() as conn:
                await states.seen(conn, heard)
        except BaseException:
            self._heard = {**heard, **self._heard}
            raise
        return len(heard)
