import subprocess
import sys

import pytest

from hub import failpoint
from tests.house.pages import modules


@pytest.fixture(autouse=True)
def unarmed():
    yield
    failpoint.arm("", is_allowed=True)


def test_a_process_dies_when_it_comes_to_the_point_for_the_nth_time() -> None:
    program = (
        "from hub import failpoint as f\nf.arm('body-read:3', is_allowed=True)\n"
        "for n in range(9): f.reach('answer-due'); f.reach('body-read'); print(n, flush=True)"
    )
    ended = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False)

    assert (ended.returncode, ended.stdout.split()) == (-9, ["0", "1"])


def test_a_process_that_was_told_nothing_goes_on() -> None:
    for name in failpoint.POINTS:
        failpoint.reach(name)


@pytest.mark.parametrize(
    ("where", "says"),
    [("somewhere", "no such point"), ("body-read:x", "not a number"), ("body-read:0", "not a number")],
)
def test_what_is_no_point_is_refused(where, says) -> None:
    with pytest.raises(ValueError, match=says):
        failpoint.arm(where, is_allowed=True)


def test_a_hub_in_production_does_not_die_on_purpose_unless_it_is_allowed_to() -> None:
    with pytest.raises(ValueError, match="in production"):
        failpoint.arm("body-read", is_allowed=False)
    failpoint.arm("", is_allowed=False)


def test_the_command_refuses_a_point_in_production_in_one_sentence(tmp_path) -> None:
    environment = {
        "TRUC_HOME": str(tmp_path),
        "TRUC_DATABASE_URL": "postgresql+asyncpg://nobody@127.0.0.1:1/x",
        "TRUC_FAIL_AT": "body-read",
    }
    command = [sys.executable, "-m", "hub.cli", "gateway"]
    ended = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)

    assert ended.returncode == 2
    assert ended.stderr.startswith("truc: TRUC_FAIL_AT: this hub is in production")


def test_every_point_is_somewhere_in_the_hub_once_or_more() -> None:
    source = "".join(m.read_text("utf-8") for m in modules())

    assert [name for name in failpoint.POINTS if f'failpoint.reach("{name}")' not in source] == []
