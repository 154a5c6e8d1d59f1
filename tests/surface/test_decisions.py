"""What the hub decided where the sources leave a choice, tried with documents written by hand."""

from collections.abc import Callable

import pytest

from tests.surface.conftest import Hub, refused
from tests.surface.papers import Paper
from tests.surface.programs import truc
from tests.surface.test_deviations import paper, posted, warned

pytestmark = pytest.mark.xdist_group("surface")  # one process sets the hub up, once


@pytest.mark.parametrize(
    "name", ["DocumentId", "CodeNumber", "CodeNotation", "PromulgationDate", "Subject", "To", "From"]
)
def test_without_what_names_a_document_it_is_refused(hub: Hub, name: str) -> None:
    text = paper().text()
    start, end = text.index(f"<e:{name}>"), text.index(f"</e:{name}>") + len(f"</e:{name}>")

    status, codes = posted(hub, text[:start] + text[end:])

    assert status in (403, 422)
    assert codes


@pytest.mark.parametrize("name", ["DocumentType", "SignerInfo", "OtherInfo", "Content"])
def test_without_what_is_only_usual_it_is_taken(hub: Hub, name: str) -> None:
    text = paper().text()
    start, end = text.index(f"<e:{name}>"), text.index(f"</e:{name}>") + len(f"</e:{name}>")

    assert posted(hub, text[:start] + text[end:])[0] == 202


def test_unknown_elements_are_kept_where_the_header_is_and_refused_elsewhere(hub: Hub) -> None:
    assert warned(hub, paper(header="<e:Mới>1</e:Mới>"))
    assert warned(hub, paper(trace="<e:Hop>1</e:Hop>"))
    assert posted(hub, paper(end="<Extra/>").text())[0] == 422


def test_unknown_attributes_are_kept_with_a_warning_and_an_id_twice_is_refused(hub: Hub) -> None:
    text = paper().text()
    assert posted(hub, text.replace("<e:Subject>", '<e:Subject lang="vi">'))[1]
    twice = paper().text().replace("<e:Subject>", '<e:Subject Id="a">').replace("<e:Content>", '<e:Content ID="a">')
    assert posted(hub, twice)[0] in (400, 422)


def test_among_good_recipients_every_bad_one_is_named_or_with_leave_a_dead_delivery(hub: Hub) -> None:
    one = paper(to="G22 Q01.01 Q02.02")
    body = one.plain()

    problem = refused(hub.post("H53.13", body), 422, "unknown-recipient")
    lenient = hub.post("H53.13", body, Prefer="handling=lenient")

    assert len([e for e in problem["errors"] if e["code"] == "unknown-recipient"]) == 2
    assert lenient.status_code == 202
    assert sorted(d["state"] == "DEAD" for d in lenient.json()["deliveries"]) == [False, True, True]


def test_a_closed_recipient_leads_to_its_one_successor_and_to_nobody_of_several(hub: Hub) -> None:
    home = {"TRUC_HOME": hub.home}
    for code in ("H39", "H09"):
        words = ("agency", "add", code, "--name", "Tỉnh cũ", "--level", "province", "--json")
        assert truc(*words, **home).code == 0
    assert truc("agency", "close", "H39", "--on", "2025-07-01", "--successor", "H53", **home).code == 0
    both = ("--successor", "H53", "--successor", "G22")
    assert truc("agency", "close", "H09", "--on", "2025-07-01", *both, **home).code == 0

    one = paper(to="H39")
    for _ in range(100):
        answer = hub.post("H53.13", one.plain(), "?dry_run=true")
        if answer.status_code == 200 and answer.json()["deliveries"][0]["recipient"] == "H53":
            break
    said = hub.sent(one)
    problem = hub.post("H53.13", paper(to="H09").plain())

    assert [(d["recipient"], d["addressed_as"]) for d in said["deliveries"]] == [("H53", "H39")]
    assert any("H53" in warning["message"]["en"] for warning in said["warnings"])
    assert problem.status_code == 422
    assert all(
        code in problem.json()["errors"][0]["message"]["en"] + problem.json()["errors"][0]["fix"]["en"]
        for code in ("H53", "G22")
    )


def test_a_recall_withdraws_what_waits_and_stands_beside_what_was_taken(hub: Hub) -> None:
    one = paper(to="G22 H53.32.21")
    sent = hub.sent(one)
    taken = hub.item("G22", sent["id"])
    hub.item("H53.32.21", sent["id"])
    hub.ask("G22", "GET", f"/v1/inbox/{taken['delivery_id']}")
    one.kind, one.concerns = 1, one.document_id

    recall = hub.sent(one)

    hub.item("G22", recall["id"])
    states = {
        d["recipient"]: d["state"] for d in hub.ask("H53.13", "GET", f"/v1/envelopes/{sent['id']}").json()["deliveries"]
    }
    assert states == {"G22": "COLLECTED", "H53.32.21": "WITHDRAWN"}
    assert not hub.is_waiting("H53.32.21", sent["id"])


@pytest.mark.parametrize("kind", [1, 2, 3])
def test_changing_what_was_never_carried_is_taken_with_a_warning_and_anothers_is_refused(hub: Hub, kind: int) -> None:
    theirs = hub.sent(Paper("vxp.saas.03", ("G22",)))["document_id"]

    def change(about: str) -> Paper:
        if kind < 3:
            return paper(kind=kind, concerns=about)
        listed = f"<e:ReplacementInfo><e:DocumentId>{about}</e:DocumentId></e:ReplacementInfo>"
        return paper(kind=kind, business=f"<e:ReplacementInfoList>{listed}</e:ReplacementInfoList>")

    assert warned(hub, change(f"H53.13,2020/01/01,77/X{kind}"))
    assert hub.post("H53.13", change(theirs).plain()).status_code == 403


def test_a_secret_document_is_refused_and_nothing_kept(hub: Hub) -> None:
    status, codes = posted(hub, paper(subject="TỐI MẬT: Kế hoạch").text())

    assert status == 422
    assert len(codes) == 1


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (lambda: paper().text().replace("<edXML ", '<!DOCTYPE x [<!ENTITY a "b">]><edXML ', 1), 400, "dtd-forbidden"),
        (
            lambda: paper().text().replace("<edXML ", "<?xml-stylesheet href='x'?><edXML ", 1),
            400,
            "processing-instruction",
        ),
        (lambda: paper(header="<e:a>" * 65 + "</e:a>" * 65).text(), 400, "xml-limits"),
        (lambda: paper(header="<e:a " + " ".join(f'b{n}="1"' for n in range(65)) + "/>").text(), 400, "xml-limits"),
        (lambda: paper(header="<e:a/>" * 100_001).text(), 400, "xml-limits"),
        (lambda: paper(to=" ".join(f"Q{n}" for n in range(5001))).text(), 422, "too-many-recipients"),
    ],
    ids=["DTD", "PI", "depth", "attributes", "elements", "recipients"],
)
def test_what_goes_beyond_the_gate_is_refused(hub: Hub, body: Callable[[], str], status: int, code: str) -> None:
    assert posted(hub, body())[0] == status
    assert code in posted(hub, body())[1]
