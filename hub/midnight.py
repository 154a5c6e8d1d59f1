"""Makes the changes of the directory whose day has come, so that what SQL filters by agrees with what already holds.

Documents go by the day itself (`hub.store.directory.memory`), so a worker that is late, or down, sends nothing the wrong way.
"""

import asyncio
from collections.abc import Callable
from datetime import datetime
from typing import Final

from hub import log
from hub.errors import Unavailable
from hub.store.database import Database
from hub.store.directory.reform import planning

_EVERY_SECONDS: Final = 5.0  # one indexed question each
_logger = log.get(__name__)


async def run(database: Database, now: Callable[[], datetime]) -> None:
    """Look until cancelled."""
    while True:
        try:
            if made := await planning.make_due(database, now()):
                _logger.info("directory.changes-made", changes=made)
        except Unavailable as error:
            _logger.warning("midnight.waits", reason=str(error))
        await asyncio.sleep(_EVERY_SECONDS)
