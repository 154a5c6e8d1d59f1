"""The pages of operating, to be mounted together."""

from typing import Final

from hub.console import document, dossier, failures, live, quarantine, queues, requeueing, saved

ROUTERS: Final = (
    document.router,
    dossier.router,
    live.router,
    queues.router,
    failures.router,
    requeueing.router,
    quarantine.router,
    saved.router,
)
