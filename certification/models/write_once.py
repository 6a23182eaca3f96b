"""What was issued stays as it was issued: triggers that refuse to change or delete it, for our own role too.

They are put in place after every migration (post_migrate), because a migration that rebuilds a table on SQLite loses
them. They are taken away before (pre_migrate), because SQLite rebuilds no table that a trigger of another names, and
PostgreSQL alters no column that a trigger asks about. The nightly comparison tells when one is missing.
What a person has the right to have erased goes one way only: two have decided, and the log has an entry of it.
"""

from collections.abc import Mapping
from typing import NamedTuple

from django.apps import apps
from django.db import connections


class Kept(NamedTuple):
    """A table whose rows stay: columns that follow the person, may be set once, or are erased; all others never.

    ``erased`` says to what a column is set when the certificate is erased (SQL by engine), ``of`` which column names
    the certificate, and ``goes`` whether the row itself is then deleted.
    """

    model: str
    follow: tuple[str, ...] = ()  # may change: they say where we file it, not what was issued
    once: tuple[str, ...] = ()  # from empty to a value, and no further
    erased: Mapping[str, Mapping[str, str]] = {}
    of: str = ""
    goes: bool = False
    once_it_is: tuple[str, str] | None = None  # column and value: before that the row may still be changed


_NULL = {"sqlite": "NULL", "postgresql": "NULL"}
_NO_TEXT = {"sqlite": "''", "postgresql": "''"}
_NO_BYTES = {"sqlite": "x''", "postgresql": "'\\x'::bytea"}
_NO_JSON = {"sqlite": "'{}'", "postgresql": "'{}'::jsonb"}
_ONCE = dict.fromkeys(("sqlite", "postgresql"), 'COALESCE(OLD."erased_at", NEW."erased_at")')

KEPT = (
    Kept(
        "Certificate",
        follow=("person_id", "licence_id"),
        once=("ended_at",),
        erased={
            "erased_at": _ONCE,
            "access_code_hmac": _NO_TEXT,
            "facts": _NO_JSON,
            "facts_canonical": _NO_BYTES,
            "facts_signature": _NO_BYTES,
            "facts_sha256": _NO_TEXT,
            "credential": _NULL,
            "credential_jwt": _NO_TEXT,
            "salt": _NULL,
            "holder_key": _NULL,
        },
        of="id",
    ),
    Kept("CertificateEvent", erased={"public_text": _NO_JSON, "internal_note": _NO_TEXT}, of="certificate_id"),
    Kept("CertificateDocument", of="certificate_id", goes=True),
    Kept("CertificateDownload"),
    Kept("CertificatePrint", of="certificate_id", goes=True),
    Kept("PaperCertificate", follow=("person_id",), once=("withdrawn_at", "withdrawn_by_id", "withdrawn_reason")),
    Kept("RenewedProof", of="certificate_id", goes=True),
    Kept("LogEntry", erased={"salt": _NULL}, of="certificate_id"),
    Kept("Checkpoint"),
    Kept("TemplateVersion", once_it_is=("state", "approved")),
    Kept("Cosignature"),
)
# Two have decided, and the log says so: without both nothing is erased.
_IS_ERASED = (
    'EXISTS (SELECT 1 FROM "certification_erasure" AS e JOIN "certification_logentry" AS l '
    'ON l."index" = e."log_index" AND l."certificate_id" = e."certificate_id" AND l."op" = \'erase\' '
    'WHERE e."state" = \'done\' AND e."certificate_id" = {row}."{of}")'
)


def install(connection) -> None:
    """Put the triggers in place. Safe to repeat; does nothing for tables that are not there (yet)."""
    tables = set(connection.introspection.table_names())
    if "certification_erasure" not in tables:
        return  # an earlier state of the database; the triggers come with the last migration
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


def remove_before_migrating(sender, using, **kwargs) -> None:
    remove(connections[using])


def missing(connection) -> list[str]:
    """The triggers that are not in place, or switched off: then nothing keeps what was issued from being changed."""
    acts = ("update", "delete", "truncate") if connection.vendor == "postgresql" else ("update", "delete")
    expected = [f"{_table(kept)}_no_{act}" for kept in KEPT for act in acts]
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("SELECT tgname FROM pg_trigger WHERE tgenabled IN ('O', 'A')")
        else:
            cursor.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        found = {name for (name,) in cursor.fetchall()}
    return [name for name in expected if name not in found]


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
    never = sorted(_columns(kept) - {*kept.follow, *kept.once, *kept.erased})
    other = " OR ".join(
        [
            *(f'NEW."{column}" {differs} OLD."{column}"' for column in never),
            *(f'(OLD."{column}" IS NOT NULL AND NEW."{column}" {differs} OLD."{column}")' for column in kept.once),
        ]
    )
    changed = " OR ".join([other, *(f'NEW."{column}" {differs} OLD."{column}"' for column in kept.erased)])
    is_same = {"sqlite": "IS", "postgresql": "IS NOT DISTINCT FROM"}[vendor]
    emptied = [
        f'(NEW."{column}" {is_same} OLD."{column}" OR NEW."{column}" {is_same} {to[vendor]})'
        for column, to in kept.erased.items()
    ]
    may_change = " AND ".join([f"NOT ({other})", *emptied, _IS_ERASED.format(row="NEW", of=kept.of)])
    may_change = may_change if kept.erased else "1 = 0"
    may_go = _IS_ERASED.format(row="OLD", of=kept.of) if kept.goes else "1 = 0"
    is_kept = ""
    if kept.once_it_is:
        column, value = kept.once_it_is
        is_kept = f"OLD.\"{column}\" = '{value}'"
        changed = f"{is_kept} AND ({changed})"
        may_go = f"NOT ({is_kept})"
    if vendor == "sqlite":
        return [
            f'DROP TRIGGER IF EXISTS "{table}_no_update"',
            f'CREATE TRIGGER "{table}_no_update" BEFORE UPDATE ON "{table}" WHEN ({changed}) AND NOT ({may_change}) '
            f"BEGIN SELECT RAISE(ABORT, '{told}'); END",
            f'DROP TRIGGER IF EXISTS "{table}_no_delete"',
            f'CREATE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" WHEN NOT ({may_go}) '
            f"BEGIN SELECT RAISE(ABORT, '{told}'); END",
        ]
    # A trigger's own condition may not ask another table on PostgreSQL: what is erased is asked in the function.
    return [
        f'CREATE OR REPLACE FUNCTION "{table}_write_once"() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN '
        f"IF TG_OP = 'UPDATE' THEN IF {may_change} THEN RETURN NEW; END IF; "
        f"ELSIF TG_OP = 'DELETE' THEN IF {may_go} THEN RETURN OLD; END IF; END IF; "
        "RAISE EXCEPTION USING ERRCODE = 'integrity_constraint_violation', MESSAGE = TG_ARGV[0]; END $$",
        f'CREATE OR REPLACE TRIGGER "{table}_no_update" BEFORE UPDATE ON "{table}" FOR EACH ROW '
        f"WHEN ({changed}) EXECUTE FUNCTION \"{table}_write_once\"('{told}')",
        f'CREATE OR REPLACE TRIGGER "{table}_no_delete" BEFORE DELETE ON "{table}" FOR EACH ROW '
        f"EXECUTE FUNCTION \"{table}_write_once\"('{told}')",
        f'CREATE OR REPLACE TRIGGER "{table}_no_truncate" BEFORE TRUNCATE ON "{table}" FOR EACH STATEMENT '
        f"EXECUTE FUNCTION \"{table}_write_once\"('{told}')",
    ]
