"""What the pages say leads somewhere, and what they tell people to type is there to be typed."""

import re
from urllib.parse import unquote

import pytest

from hub.bus import notes
from hub.domain import delivery, report
from tests.house.pages import ROOT, anchors, blocks, commands, links, named, pages

_PARTS = re.compile(r"\|\||&&|[|;()]|\$\(|(?<!\S)&(?!\S)|(?<!\S)\d?>+(?!\S)")


def typed(page) -> list[str]:
    """The command lines of a page's console blocks."""
    shown = blocks(page, "console") + blocks(page, "console run")
    return [line.removeprefix("$ ") for block in shown for line in block.splitlines() if line.startswith("$ ")]


def every_line_typed() -> list[tuple[str, str]]:
    return [(named(page), line) for page in pages() for line in typed(page)]


@pytest.mark.parametrize("page", pages(), ids=named)
def test_the_links_of_a_page_lead_somewhere(page) -> None:
    lost = []
    for target in links(page):
        if re.match(r"[a-z]+:", target):
            continue
        path, _, anchor = unquote(target).partition("#")
        goal = (page.parent / path).resolve() if path else page
        if not goal.exists() or (anchor and goal.suffix == ".md" and anchor not in anchors(goal)):
            lost.append(target)

    assert lost == []


def test_every_command_that_a_page_shows_exists_with_its_options() -> None:
    known = commands()
    wrong = []
    for page, line in every_line_typed():
        for part in _PARTS.split(line):
            words = re.sub(r'"[^"]*"', '""', part).split()
            if "truc" not in words:
                continue
            words = words[words.index("truc") :]
            name = next((" ".join(words[:n]) for n in (3, 2) if " ".join(words[:n]) in known), "")
            options = {w for w in words if re.match(r"--?[a-z]", w)}
            if not name or (name != "truc bench" and options - known[name]):
                wrong.append((page, part.strip()))

    assert wrong == []


def test_every_make_target_that_a_page_shows_exists() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    targets = set(re.findall(r"^([a-z]+):", makefile, re.MULTILINE))
    shown = {target for _, line in every_line_typed() for target in re.findall(r"\bmake ([a-z]+)", line)}

    assert {"demo", "test"} <= shown <= targets


def test_the_changelog_has_a_section_for_what_is_not_released_yet() -> None:
    assert "\n## Unreleased\n" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_every_page_begins_with_its_title() -> None:
    assert [named(p) for p in pages() if not p.read_text("utf-8").startswith("# ")] == []


def test_every_page_is_in_the_index_of_the_documentation() -> None:
    folder = ROOT / "docs"
    listed = {(folder / target.partition("#")[0]).resolve() for target in links(folder / "README.md")}
    written = {page.resolve() for page in folder.rglob("*.md") if page.parent.name not in ("decisions", "clients")}

    assert {named(page) for page in written - listed} == {"docs/README.md"}


def test_every_decision_has_its_three_parts_and_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    listed = set(links(folder / "README.md"))
    written = sorted(folder.glob("0*.md"))
    parts = ("**Context.**", "**Decision.**", "**Consequences.**")

    assert {page.name for page in written} == listed
    assert [page.name for page in written if any(part not in page.read_text("utf-8") for part in parts)] == []


def test_the_decisions_are_numbered_without_gaps() -> None:
    numbers = [int(page.name[:4]) for page in sorted((ROOT / "docs" / "decisions").glob("0*.md"))]

    assert numbers == list(range(1, len(numbers) + 1))


def test_the_chart_shows_every_move_of_a_delivery_and_no_other() -> None:
    page = ROOT / "docs" / "reference" / "states.md"
    (chart,) = blocks(page, "mermaid")
    drawn = set(re.findall(r"^    (\w+) --> (\w+): (.+)$", chart, re.MULTILINE))

    assert drawn == {(b.value, a.value, e.value) for b, row in delivery.TABLE.items() for e, a in row.items()}


def test_the_table_of_reports_is_the_one_in_the_code() -> None:
    text = (ROOT / "docs" / "reference" / "states.md").read_text("utf-8")
    names = {"none": "", "withdrawn": report.WITHDRAWN}
    rows = re.findall(r"^\| \*\*(\w+)\*\* \| (.+) \|$", text, re.MULTILINE)
    shown = {
        names.get(p, p): dict(zip(("01", "02", "03", "04", "05", "06"), v.split(" | "), strict=True)) for p, v in rows
    }

    assert shown == report.TABLE


def test_every_topic_is_in_the_reference() -> None:
    text = (ROOT / "docs" / "reference" / "topics-and-metrics.md").read_text("utf-8")

    assert [level for level in notes.LEVELS if f"`{notes.topic('truc', level)}`" not in text] == []


def test_every_metric_that_a_hub_shows_is_in_the_reference() -> None:
    from prometheus_client import REGISTRY

    import hub.metrics  # noqa: F401 - registers them

    text = (ROOT / "docs" / "reference" / "topics-and-metrics.md").read_text("utf-8")
    shown = {
        f"{m.name}_total" if m.type == "counter" else m.name for m in REGISTRY.collect() if m.name.startswith("truc_")
    }

    assert shown
    assert [name for name in shown if f"| `{name}` |" not in text] == []
