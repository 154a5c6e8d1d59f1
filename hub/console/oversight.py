"""The pages of oversight, to be mounted together."""

from typing import Final

from hub.console import alert, alerts, board, flow, progress, reports, subscriptions, trends

ROUTERS: Final = (
    alerts.router,
    alert.router,
    board.router,
    flow.router,
    progress.router,
    trends.router,
    subscriptions.router,
    reports.router,
)
