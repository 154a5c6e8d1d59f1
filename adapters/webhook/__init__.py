"""The webhook channel: tells an agency's system by a signed HTTPS call that something waits in its inbox.

The call is thin: what waits, and where to fetch it; the document itself stays in the hub. It is signed by the
Standard Webhooks scheme, and goes only to public addresses, over TLS, without following redirects.
"""

from adapters.webhook.caller import Webhook
from adapters.webhook.message import News

__all__ = ["News", "Webhook"]
