"""What single pages say, a module for each group of them; `hub.console.words` has what all share."""

from typing import Final

from hub.console.phrases import (
    agencies,
    documents,
    keeping,
    life,
    operating,
    overview,
    reforms,
    reports,
    subscriptions,
    trends,
    watching,
)

ALL: Final[dict[str, tuple[str, str]]] = {
    **overview.PHRASES,
    **agencies.PHRASES,
    **documents.PHRASES,
    **keeping.PHRASES,
    **life.PHRASES,
    **operating.PHRASES,
    **reforms.PHRASES,
    **watching.PHRASES,
    **reports.PHRASES,
    **subscriptions.PHRASES,
    **trends.PHRASES,
}
