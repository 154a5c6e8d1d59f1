"""What the kit turned round has seen the client take in of what it gave it, and what follows from that."""

from dataclasses import dataclass, field
from typing import Any, Final

from hub.conform.run import End

GIVEN: Final = {"L09": "large", "L10": "nfd", "L11": "future", "L12": "recall", "L13": "replacement"}
"""Case -> which of the documents that the kit sends it is about."""
_ANSWERS: Final = {"15", "16"}
CODES: Final = ("01", "03", "04", "05", "06", "02")
"""The reports that the kit makes on what the client sends."""


@dataclass(slots=True)
class Seen:
    """The client's inbox as it passed by. `given`: what the kit sent, by the envelope's id; `about`: documents it reported on."""

    is_company: bool = False  # whether the kit acts as the other side at all
    given: dict[str, str] = field(default_factory=dict)  # what it is -> envelope id
    recalled: str = ""  # document id
    about: str = ""  # document id
    items: dict[str, dict[str, Any]] = field(default_factory=dict)  # by delivery id
    fetched: set[str] = field(default_factory=set)
    results: dict[str, str] = field(default_factory=dict)  # the first of each delivery
    answers: dict[str, set[str]] = field(default_factory=dict)  # document id -> codes the client reported

    def listed(self, items: list[dict[str, Any]]) -> None:
        """Keep what a look into the inbox showed."""
        self.items |= {item["delivery_id"]: item for item in items if "delivery_id" in item}

    def reported(self, said: dict[str, Any]) -> None:
        """Keep what the client said of a document."""
        self.answers.setdefault(str(said.get("document_id")), set()).add(str(said.get("code")))

    def is_done(self, name: str) -> bool:
        """Whether the client confirmed what the kit sent under this name."""
        return any(
            self.results.get(delivery) == "done"
            for delivery, item in self.items.items()
            if item["envelope_id"] == self.given.get(name)
        )

    def ends(self) -> dict[str, tuple[End, str]]:
        """How the cases about what was given stand now."""
        if not self.is_company:
            return dict.fromkeys((*GIVEN, "L14"), (End.NOT_TRIED, "needs --peer and --peer-key"))
        found = {case: self._taken_in(name) for case, name in GIVEN.items() if name in self.given}
        if found.get("L12", (None,))[0] is End.KEPT and not self.answers.get(self.recalled, set()) & _ANSWERS:
            found["L12"] = (End.BROKEN, "neither 15 nor 16 came")
        if self.about:
            found["L14"] = self._reports()
        return found

    def _taken_in(self, name: str) -> tuple[End, str]:
        mine = [item for item in self.items.values() if item["envelope_id"] == self.given[name]]
        if not mine:
            return End.NOT_TRIED, "the client has not looked into its inbox since"
        delivery = str(mine[0]["delivery_id"])
        result = self.results.get(delivery)
        if result != "done":
            return End.BROKEN, f"it was confirmed {result}" if result else "it was never confirmed"
        if delivery not in self.fetched:
            return End.BROKEN, "it was confirmed though it was never fetched"
        return End.KEPT, ""

    def _reports(self) -> tuple[End, str]:
        mine = [i for i in self.items.values() if i["kind"] == "status" and i["document_id"] == self.about]
        came = {item["code"]: self.results.get(item["delivery_id"]) for item in mine}
        if not came:
            return End.NOT_TRIED, "the client has not looked into its inbox since"
        if wrong := [code for code, result in came.items() if result != "done"]:
            return End.BROKEN, f"not confirmed as done: {', '.join(sorted(wrong))}"
        if left := [code for code in CODES if code not in came]:
            return End.NOT_TRIED, f"still to come: {', '.join(left)}"
        return End.KEPT, ""
