"""The words of a webhook: a thin JSON payload and its signature by the Standard Webhooks scheme.

The payload of a delivery is the same bytes at every try, under the same `webhook-id`: a receiver that has seen the id
may answer 200 at once. Only the time of the call, and so the signature, is new.
"""

import base64
import binascii
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final

from standardwebhooks.webhooks import Webhook as Signer

from hub.adapter import Pair, Parcel

EVENT: Final = "delivery.available"
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 - how every secret begins, not a secret
SECRET_BYTES: Final = range(24, 65)  # Standard Webhooks: between 24 and 64 bytes
SECRETS_AT_MOST: Final = 3  # the current one and those being phased out


def payload(parcel: Parcel) -> bytes:
    """Write what is said about a parcel, as UTF-8 JSON; `timestamp` is when it became available, not when we call."""
    data: dict[str, Any] = {
        "delivery_id": parcel.delivery_id,
        "envelope_id": parcel.envelope_id,
        "kind": parcel.kind,
        "document_id": parcel.document_id,
        "sender": parcel.sender,
        "code": parcel.code,
        "subject": parcel.subject,
        "priority": parcel.priority,
        "size": parcel.size,
        "sha256": parcel.sha256,
        "href": f"/v1/inbox/{parcel.delivery_id}",
    }
    if not parcel.subject:
        del data["subject"]
    message = {"type": EVENT, "timestamp": _instant(parcel.available_at), "data": data}
    return json.dumps(message, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace")


def headers(parcel: Parcel, body: bytes, secrets: list[str], now: datetime) -> dict[str, str]:
    """Sign `body` with each of the secrets and name the event (CloudEvents in HTTP binary mode) beside it."""
    return signed(News(parcel.delivery_id, EVENT, "/v1/inbox", parcel.available_at, body), secrets, now)


@dataclass(frozen=True, slots=True)
class News:
    """One message of a webhook: its id (the same at every try), what it tells of, and the bytes that tell it."""

    id: str
    event: str
    source: str
    at: datetime
    body: bytes


def signed(news: News, secrets: list[str], now: datetime) -> dict[str, str]:
    """Sign a message with each of the secrets, as called at `now`."""
    at = now.astimezone(UTC)  # the signer takes the digits of the clock for UTC whatever the zone
    signatures = (Signer(secret).sign(news.id, at, news.body.decode()) for secret in secrets)
    return {
        "content-type": "application/json",
        "webhook-id": news.id,
        "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": " ".join(signatures),
        "ce-specversion": "1.0",
        "ce-id": news.id,
        "ce-source": news.source,
        "ce-type": news.event,
        "ce-time": _instant(news.at),
    }


def secret_faults(text: str) -> list[Pair]:
    """Say what is wrong with the setting `secret`: one `whsec_…`, or several with spaces while one replaces another."""
    secrets = text.split()
    if not secrets:
        return [("Thiếu thiết lập `secret`.", "The setting `secret` is missing.")]
    if len(secrets) > SECRETS_AT_MOST:
        return [
            (
                f"Thiết lập `secret` chứa hơn {SECRETS_AT_MOST} khóa bí mật.",
                f"The setting `secret` holds more than {SECRETS_AT_MOST} secrets.",
            )
        ]
    if not all(secret.startswith(SECRET_PREFIX) for secret in secrets):
        return [(f"Khóa bí mật phải bắt đầu bằng {SECRET_PREFIX}.", f"A secret must begin with {SECRET_PREFIX}.")]
    if not all(_length(secret) in SECRET_BYTES for secret in secrets):
        return [("Khóa bí mật phải là base64 của 24 đến 64 byte.", "A secret must be the base64 of 24 to 64 bytes.")]
    return []


def _length(secret: str) -> int:
    encoded = secret.removeprefix(SECRET_PREFIX).rstrip("=")
    try:
        return len(base64.b64decode(encoded + "=" * (-len(encoded) % 4), validate=True))
    except (binascii.Error, ValueError):
        return 0


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
