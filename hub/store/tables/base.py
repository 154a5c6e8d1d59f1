"""What all tables share: the one `metadata`, and how ids, serial numbers and partial indexes are written."""

from typing import Final

from sqlalchemy import BigInteger, Column, ForeignKey, Identity, Index, Integer, MetaData, Uuid, text

metadata: Final = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)


def uuid_column(name: str, *args: ForeignKey, primary_key: bool = False, nullable: bool = False) -> Column[str]:
    """A UUID, given and taken as text."""
    return Column(name, Uuid(as_uuid=False), *args, primary_key=primary_key, nullable=nullable)


def serial_column(name: str) -> Column[int]:
    """A primary key that counts up by itself."""
    kind = BigInteger().with_variant(Integer(), "sqlite")
    return Column(name, kind, Identity(), primary_key=True, autoincrement=True)


def partial_index(name: str, condition: str, *columns: str, unique: bool = False) -> Index:
    """An index over the rows for which `condition` (SQL) holds."""
    return Index(name, *columns, unique=unique, postgresql_where=text(condition), sqlite_where=text(condition))
