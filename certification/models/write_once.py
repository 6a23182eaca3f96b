"""What was issued stays as it was issued: triggers that refuse to change or delete it, for our own role too.

They are put in place after every migration (post_migrate), because a migration that rebuilds a table on SQLite loses
them. Erasing what a person may have erased empties a salt and the name that is searched by; it is the only change
besides the end of a certificate.
"""

from typing import NamedTuple

from django.apps import apps
from django.db import connections


class Kept(NamedTuple):
    """A table whose rows stay: columns that follow the person, may be set once, or may be emptied; all others never."""

    model: str
    follow: tuple[str, ...] = ()  # may change: they say where we file it, not what was issued
    once: tuple[str, ...] = ()  # from empty to a value, and no further
    emptied: tuple[str, ...] = ()  # from a value to empty, and no further


KEPT = (
    Kept("Certificate", follow=("person_id", "licence_id"), once=("ended_at",), emptied=("salt", "holder_key")),
    Kept("CertificateEvent"),
    Kept("CertificateDocument"),
    Kept("CertificateDownload"),
    Kept("LogEntry", emptied=("salt",)),
    Kept("PaperCertificate", follow=("person_id",), once=("withdrawn_at", "withdrawn_by_id", "withdrawn_reason")),
)


def install(connection) -> None:
    """Put the triggers in place. Safe to repeat; does nothing for tables that are not there (yet)."""
    tables = set(connection.introspection.table_names())
    with connection.cursor() as cursor:
        for kept in KEPT:
            table = _table(kept)
            if table not in tables or not _columns(kept) <= _existing(connection, cursor, table):
                continue
            for statement in _statements(connection.vendor, kept):
                cursor.execute(statement)


def remove(connection) -> None:
    """Take the triggers away: for tests that empty the database or play somebody who has it in hand."""
    with connection.cursor() as cursor:
        for kept in KEPT:
            on = f' ON "{_table(kept)}"' if connection.vendor == "postgresql" else ""
            for act in ("update", "delete", *(["truncate"] if on else [])):
                cursor.execute(f'DROP TRIGGER IF EXISTS "{_table(kept)}_no_{act}"{on}')


def install_after_migrating(sender, using, **kwargs) -> None:
    install(connections[using])


def _model(kept: Kept):
    return apps.get_model("certification", kept.model)


def _table(kept: Kept) -> str:
    return _model(kept)._meta.db_table


def _columns(kept: Kept) -> set[str]:
    return {field.column for field in _model(kept)._meta.concrete_fields}


def _existing(connection, cursor, table: str) -> set[str]:
    return {column.name for column in connection.introspection.get_table_description(cursor, table)}


def _statements(vendor: str, kept: Kept) -> list[str]:
    table = _table(kept)
    told = f"{table}: what was issued is never changed or deleted; enter a new act or a new certificate instead."
    differs = "IS DISTINCT FROM" if vendor == "postgresql" else "IS NOT"
    never = sorted(_columns(kept) - {*kept.follow, *kept.once, *kept.emptied})
    changed = " OR ".join(
        [
            *(f'NEW."{column}" {differs} OLD."{column}"' for column in never),
            *(f'(OLD."{column}" IS NOT NULL AND NEW."{column}" {differs} OLD."{column}")' for column in kept.once),
            *(f'(NEW."{column}" IS NOT NULL AND NEW."{column}" {differs} OLD."{column}")' for column in kept.emptied),
        ]
    )
    if vendor == "sqlite":
        return [
            f'DROP TRIGGER IF EXISTS "{table}_no_update"',
            f'CREATE TRIGGER "{table}_no_update" BEFORE UPDATE ON "{table}" WHEN {changed} '
            f"BEGIN SELECT RAISE(ABORT, '{told}'); END",
            f'DROP TRIGGER IF EXISTS "{table}_no_delete"',
            f'CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" BEGIN SELECT RAISE(ABORT, \'{told}\'); END',
        ]
    return [
        "CREATE OR REPLACE FUNCTION certification_write_once() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_ARGV[0]; END $$",
        f'CREATE OR REPLACE TRIGGER "{table}_no_update" BEFORE UPDATE ON "{table}" FOR EACH ROW '
        f"WHEN ({changed}) EXECUTE FUNCTION certification_write_once('{told}')",
        f'CREATE OR REPLACE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" FOR EACH ROW '
        f"EXECUTE FUNCTION certification_write_once('{told}')",
        f'CREATE OR REPLACE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT '
        f"EXECUTE FUNCTION certification_write_once('{told}')",
    ]
