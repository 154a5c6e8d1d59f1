"""The collection: every forgery with what must be said of it, and every honest variant.

As a program it writes them out, for whoever wants to try them on something else:
`python -m tests.forgeries.make FOLDER` gives a file for each and `outcomes.json`.
"""

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from tests.forgeries import (
    algorithms,
    bombs,
    canonicalisation,
    certificates,
    comments,
    encodings,
    honest,
    identity,
    keys,
    places,
    references,
    transforms,
    wrapping,
)
from tests.forgeries.case import Case, Family

FAMILIES: Final[dict[str, Callable[[], Family]]] = {
    "wrapping": wrapping.family,
    "reference": references.family,
    "place": places.family,
    "transform": transforms.family,
    "c14n": canonicalisation.family,
    "comment": comments.family,
    "algorithm": algorithms.family,
    "key": keys.family,
    "certificate": certificates.family,
    "encoding": encodings.family,
    "identity": identity.family,
    "bomb": bombs.family,
}


def _named(families: dict[str, Callable[[], Family]]) -> dict[str, Case]:
    cases = [(f"{family}: {case.name}", case) for family, make in families.items() for case in make()]
    named = dict(cases)
    assert len(named) == len(cases), "two cases have one name"
    return named


FORGERIES: Final = _named(FAMILIES)
HONEST: Final = _named({"honest": honest.family})


def main() -> None:
    """Write every document into a folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder: Path = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    outcomes = {}
    for number, (name, case) in enumerate({**FORGERIES, **HONEST}.items(), 1):
        file = f"{number:04}.edxml"
        (folder / file).write_bytes(case.make())
        outcomes[file] = {"name": name, "outcome": str(case.outcome)}
    (folder / "outcomes.json").write_text(json.dumps(outcomes, ensure_ascii=False, indent=1), "utf-8")
    sys.stdout.write(f"{len(outcomes)} documents\n")


if __name__ == "__main__":
    main()
