"""The pages of operating, to be mounted together."""

from typing import Final

from hub.console import failures, live, quarantine, queues, requeueing

ROUTERS: Final = (live.router, queues.router, failures.router, requeueing.router, quarantine.router)
