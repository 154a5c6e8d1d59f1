"""Narrowing a question to the agencies somebody sees: one, or all below one in the directory as it stands now."""

from sqlalchemy import ColumnElement, select

from hub.domain.roles import Sight
from hub.store.tables import agency


def seen(sight: Sight, *columns: ColumnElement[str]) -> list[ColumnElement[bool]]:
    """For each column of agency codes, whether its agency is in sight."""
    if not sight.below:
        return [column.in_(sight.roots) if sight.also else column == sight.root for column in columns]
    # UNION, not UNION ALL: a ring of parents, which nothing forbids, ends
    below = select(agency.c.code).where(agency.c.code.in_(sight.roots)).cte(recursive=True)
    child = agency.alias()
    below = below.union(select(child.c.code).join(below, child.c.parent == below.c.code))
    return [column.in_(select(below.c.code)) for column in columns]
