"""What a webhook says and how it is signed."""

import base64
import json
from datetime import UTC, datetime, timedelta, timezone

import pytest
from standardwebhooks.webhooks import Webhook as Verifier
from standardwebhooks.webhooks import WebhookVerificationError

from adapters.webhook import Webhook
from adapters.webhook.message import headers, payload, secret_faults
from tests.adapters.parcels import SECRET, parcel
from tests.adapters.receiver import receiving

OTHER = "whsec_" + base64.b64encode(b"another secret, of 32 bytes here").decode()
AT = datetime(2026, 11, 25, 8, 2, 3, tzinfo=timezone(timedelta(hours=7)))


def test_the_payload_says_what_waits_and_where_and_nothing_of_the_document() -> None:
    one = parcel({})

    message = json.loads(payload(one))

    assert message == {
        "type": "delivery.available",
        "timestamp": "2026-11-25T01:02:03.000Z",
        "data": {
            "delivery_id": one.delivery_id,
            "envelope_id": one.envelope_id,
            "kind": "document",
            "document_id": one.document_id,
            "sender": "000.00.00.H53",
            "code": "1/UBND-VP",
            "subject": "Về việc thử nghiệm trục liên thông",
            "priority": 0,
            "size": one.size,
            "sha256": one.sha256,
            "href": f"/v1/inbox/{one.delivery_id}",
        },
    }


def test_a_report_without_a_subject_has_none_in_its_payload() -> None:
    assert "subject" not in json.loads(payload(parcel({}, kind="status", subject="")))["data"]


def test_every_try_says_the_same_bytes() -> None:
    assert payload(parcel({}, attempt=1)) == payload(parcel({}, attempt=7))


def test_the_time_of_the_call_is_signed_in_utc_whatever_the_zone_of_the_clock() -> None:
    body = payload(parcel({}))

    assert headers(parcel({}), body, [SECRET], AT) == headers(parcel({}), body, [SECRET], AT.astimezone(UTC))
    assert headers(parcel({}), body, [SECRET], AT)["webhook-timestamp"] == str(int(AT.timestamp()))


def test_the_event_is_named_by_cloudevents_attributes_too() -> None:
    named = headers(parcel({}), b"{}", [SECRET], AT)

    assert named["ce-id"] == named["webhook-id"]
    assert named["ce-type"] == "delivery.available"
    assert named["ce-specversion"] == "1.0"


@pytest.mark.parametrize("known", [SECRET, OTHER])
async def test_while_a_secret_is_replaced_the_old_and_the_new_one_both_verify(known: str) -> None:
    async with receiving() as receiver:
        await Webhook(allow_private=True).hand_over(parcel({"url": receiver.url(), "secret": f"{SECRET} {OTHER}"}))

    call = receiver.calls[0]
    assert Verifier(known).verify(call.body, call.headers) == call.message


async def test_a_changed_body_does_not_verify() -> None:
    async with receiving() as receiver:
        await Webhook(allow_private=True).hand_over(parcel({"url": receiver.url(), "secret": SECRET}))

    call = receiver.calls[0]
    with pytest.raises(WebhookVerificationError):
        Verifier(SECRET).verify(call.body.replace(b"H53", b"H54"), call.headers)


@pytest.mark.parametrize("size", [24, 25, 32, 63, 64])
@pytest.mark.parametrize("padded", [True, False])
def test_a_secret_of_24_to_64_bytes_is_good_with_padding_or_without(size: int, *, padded: bool) -> None:
    text = base64.b64encode(b"x" * size).decode()

    assert secret_faults("whsec_" + (text if padded else text.rstrip("="))) == []


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   ",
        "hunter2",
        "whsec_",
        "whsec_short",
        "whsec_" + base64.b64encode(b"x" * 23).decode(),
        "whsec_" + base64.b64encode(b"x" * 65).decode(),
        "whsec_" + "-_" * 20,
        "whsec_" + "Đ" * 40,
        "WHSEC_" + base64.b64encode(b"x" * 32).decode(),
        f"{SECRET},{SECRET}",
        f"{SECRET} hunter2",
        " ".join([SECRET] * 4),
    ],
)
def test_an_unusable_secret_is_explained_without_repeating_it(text: str) -> None:
    faults = secret_faults(text)

    assert len(faults) == 1
    for sentence in faults[0]:
        assert "hunter2" not in sentence
        assert SECRET not in sentence
