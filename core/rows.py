"""Writing rows in the fewest statements, where the ORM would take one each or one that grows too long.

`bulk_update` compares every row with every CASE of its statement, so its cost grows with the square of the
rows; a join with the new values does not. Texts of statements are kept: a model does not change while the
process runs.
"""

from collections.abc import Collection, Iterable
from functools import cache
from typing import Any

from django.db import connection, models

Columns = tuple[tuple[str, "models.Field[Any, Any]"], ...]


@cache
def columns_of(model: type[models.Model], names: tuple[str, ...] | None = None) -> Columns:
    """The fields of these names with their quoted columns; without names all but the primary key."""
    fields: list[Any] = (
        [field for field in model._meta.concrete_fields if not field.primary_key]
        if names is None
        else [model._meta.get_field(name) for name in names]
    )
    return tuple((connection.ops.quote_name(str(field.column)), field) for field in fields)


def values_of(row: models.Model, columns: Columns) -> list[Any]:
    """What a statement stores in these columns for the row."""
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for _name, field in columns]


def table_of(model: type[models.Model]) -> str:
    """The quoted name of the table."""
    return connection.ops.quote_name(model._meta.db_table)


def insert_row(row: models.Model) -> None:
    """Store a new row whose primary key nobody will ask for."""
    model = type(row)
    with connection.cursor() as cursor:
        cursor.execute(_insertion(model), values_of(row, columns_of(model)))


def update_rows(rows: Collection[models.Model], names: Iterable[str]) -> int:
    """Store these fields of rows of one table, in one statement. Returns how many rows were found."""
    if not rows:
        return 0
    model, wanted = type(next(iter(rows))), tuple(names)
    columns = columns_of(model, wanted)
    values = zip(*([row.pk, *values_of(row, columns)] for row in rows), strict=True)
    with connection.cursor() as cursor:
        cursor.execute(_update(model, wanted), [list(column) for column in values])
        return cursor.rowcount


@cache
def _insertion(model: type[models.Model]) -> str:
    columns = columns_of(model)
    return (
        f"INSERT INTO {table_of(model)} ({', '.join(name for name, _field in columns)})"  # noqa: S608 - our own
        f" VALUES ({', '.join('%s' for _column in columns)})"
    )


@cache
def _update(model: type[models.Model], names: tuple[str, ...]) -> str:
    columns = columns_of(model, names)
    key = connection.ops.quote_name(str(model._meta.pk.column))
    given = [f"%s::{field.db_type(connection)}[]" for _name, field in columns]
    return (
        f"UPDATE {table_of(model)} AS kept"  # noqa: S608 - names of our own models
        f" SET {', '.join(f'{name} = given.{name}' for name, _field in columns)}"
        f" FROM unnest({', '.join(['%s::bigint[]', *given])})"
        f" AS given ({', '.join([key, *(name for name, _field in columns)])})"
        f" WHERE kept.{key} = given.{key}"
    )
