"""An empty database gets its tables in one go, as all migrations together would leave it.

Migrating from zero renders the models of every step in between, a thousand times over: most of a
minute of work for a result that the last step alone describes. Here the tables are made from that last
state, then the operations that write rows, views and functions run in the order of their migrations,
and every migration is recorded as applied. All of it is one transaction: killed in the middle it
leaves the database as empty as it was. `tests/core/test_new_database.py` compares both ways.
"""

from collections.abc import Callable, Iterable
from typing import Any

from django.db import transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations import RunPython, RunSQL
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState


def is_empty(connection: BaseDatabaseWrapper) -> bool:
    """Whether the database has no table or view at all."""
    with connection.cursor() as cursor:
        return not connection.introspection.table_names(cursor, include_views=True)


def lay_tables(connection: BaseDatabaseWrapper) -> int:
    """Bring an empty database to the newest state. Returns how many migrations are recorded as applied."""
    executor = MigrationExecutor(connection)
    newest = executor.loader.graph.leaf_nodes()
    state = executor.loader.project_state(newest)
    plan = [migration for migration, _backwards in executor.migration_plan(newest)]
    with transaction.atomic(using=connection.alias), connection.execute_wrapper(_without_concurrently):
        executor.recorder.ensure_schema()
        with connection.schema_editor() as editor:
            for model in state.apps.get_models():
                if model._meta.can_migrate(connection) and not model._meta.proxy:
                    editor.create_model(model)
        for migration in plan:
            with connection.schema_editor() as editor:
                _run_written_operations(migration.app_label, migration.operations, editor, state)
            executor.record_migration(migration)  # type: ignore[call-arg,arg-type]  # the stubs are older
    return len(plan)


def _run_written_operations(
    app: str, operations: Iterable[Operation], editor: BaseDatabaseSchemaEditor, state: ProjectState
) -> None:
    for operation in operations:
        if isinstance(operation, RunPython | RunSQL):
            operation.database_forwards(app, editor, state, state)


def _without_concurrently(execute: Callable[..., Any], sql: Any, *arguments: Any) -> Any:
    """Nobody waits for a lock in an empty database, and PostgreSQL allows the word in no transaction."""
    return execute(str(sql).replace("INDEX CONCURRENTLY", "INDEX"), *arguments)
