"""The pages of operating, to be mounted together."""

from typing import Final

from hub.console import failures, quarantine, queues, requeueing

ROUTERS: Final = (queues.router, failures.router, requeueing.router, quarantine.router)
