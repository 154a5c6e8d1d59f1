"""I. Faults behind a good request, which must lose nothing: B210 to B217."""

from tests.edge.hub import MIB, Edge
from tests.edge.rows import Case, Elsewhere, Heard, Refused, Rows
from tests.edge.wire import Line, head

DEGRADED = "tests/journeys/test_degraded.py::"


def saturated(edge: Edge) -> Heard:
    """A good request while as many bytes as may be held at once have been announced by others."""
    lines = [Line(edge.port) for _ in range(64)]  # of what is held in memory; larger ones are in the spool
    try:
        for line in lines:
            line.say(head("POST", "/v1/envelopes", [*edge.headers(), ("Content-Length", str(4 * MIB))]) + b"<")
        with Line(edge.port) as probe:  # everybody before us is on the scales once this is answered
            probe.say(head("GET", "/livez")).hear()
        return edge.post(edge.good())
    finally:
        for line in lines:
            line.socket.close()


def rows() -> Rows:
    """Every case."""
    yield Elsewhere(
        "B210",
        "the database is taken away from running processes",
        DEGRADED + "test_without_its_database_the_hub_acknowledges_nothing_and_with_it_goes_on",
    )
    yield Elsewhere(
        "B211",
        "a disk that is full is the object store's and the database's to report",
        "tests/edge/test_faults.py::test_on_a_full_disk_nothing_is_acknowledged_and_nothing_half_written_stays",
    )
    yield Elsewhere(
        "B212",
        "an original whose commit failed is swept by the worker",
        "tests/edge/test_faults.py::test_an_original_without_its_document_is_swept_and_no_other",
    )
    yield Elsewhere(
        "B213",
        "the same as B027, with a process killed between",
        "tests/journeys/test_crash.py::test_killing_a_process_in_the_middle_loses_no_document",
    )
    yield Elsewhere(
        "B214",
        "the broker is taken away from running processes",
        DEGRADED + "test_without_a_broker_documents_are_accepted_and_arrive_by_the_clock",
    )
    yield Case("B215", "while others fill the hub", saturated, Refused(503, "unavailable"))
    yield Elsewhere(
        "B216",
        "no request can move the hub's clock",
        "tests/edge/test_faults.py::test_a_clock_that_jumps_makes_no_second_document_and_no_negative_age",
    )
    yield Elsewhere(
        "B217",
        "the process is asked to end while it answers",
        "tests/edge/test_faults.py::test_a_hub_that_is_asked_to_end_finishes_what_it_has_begun",
    )
