"""Memory stays bounded whatever comes at once: what there is no room for is asked to come back."""

import threading

import pytest

from tests.edge.hub import MIB, Edge, running
from tests.edge.wire import Answer, Line, head
from tests.offices import document

pytestmark = pytest.mark.xdist_group("edge")
AT_MOST = 600


def large(edge: Edge, size: int) -> bytes:
    """A signed document of about this many bytes."""
    return edge.sender.written(document("G22", ["H53"]), attachment=b"%PDF-1.4\n" + b"x" * (size * 3 // 4))


def sent_at_once(edge: Edge, bodies: list[bytes]) -> list[tuple[bytes, Answer]]:
    """Post them all at the same time."""
    heard: list[tuple[bytes, Answer]] = []

    def send(body: bytes) -> None:
        with Line(edge.port) as line:
            line.socket.settimeout(120)
            line.say(head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(len(body)))]), body)
            if answer := line.hear():
                heard.append((body, answer))

    threads = [threading.Thread(target=send, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return heard


def test_twenty_documents_of_10_mb_and_one_of_90_at_once_stay_within_600_mb() -> None:
    with running({}, TRUC_MAX_ENVELOPE_BYTES=str(100 * MIB), TRUC_BODY_TIMEOUT_SECONDS="60") as edge:
        bodies = [large(edge, 90_000_000), *(large(edge, 10_000_000) for _ in range(20))]

        heard = sent_at_once(edge, bodies)
        answers = [answer for _, answer in heard]

        assert edge.resident_mib("VmHWM") < AT_MOST
        assert {answer.status for answer in answers} <= {202, 503}
        refused = [(body, answer) for body, answer in heard if answer.status == 503]
        assert all(int(answer.headers["retry-after"]) >= 1 for _, answer in refused)
        assert edge.at_rest()["envelope"] == sum(answer.status == 202 for answer in answers) >= 10
        assert len(answers) == len(bodies)
        for body, _ in refused:  # whoever comes back, one after the other, is taken
            answer = edge.post(body)
            assert answer is not None
            assert answer.status == 202
        assert edge.at_rest()["envelope"] == len(bodies)
        assert edge.resident_mib("VmHWM") < AT_MOST
