"""Who is to know what: alerts raised, reminded, escalated and cleared, and the mails and calls that tell of them.

One worker at a time has the turn. Nothing here is on a document's way: if this room stands still, documents travel on.
"""

from hub.alert.room import Alerts
from hub.alert.run import run
from hub.alert.subscribed import run as run_subscriptions

__all__ = ["Alerts", "run", "run_subscriptions"]
