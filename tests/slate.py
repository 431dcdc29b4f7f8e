"""One PostgreSQL database for many tests, wiped between them: making a new one costs many times that."""

import psycopg
from psycopg import sql

from tests.servers import Postgresql

_TABLES = "SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
_LARGE = _TABLES + " AND pg_relation_size(oid) > 1000000"
_SHAPE = "SELECT count(*), sum(oid::bigint) FROM pg_class WHERE relnamespace = 'public'::regnamespace"
_SEQUENCES = "SELECT sequencename, COALESCE(last_value, 1), last_value IS NOT NULL FROM pg_sequences"
_OTHERS = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"


class Slate:
    """A copy of a migrated database; `wipe` brings back the rows it began with, under a new name.

    A test that changed the schema, if only an index that it dropped and made again, costs a new copy.
    """

    def __init__(self, cluster: Postgresql, template: str):
        self._cluster, self._template = cluster, template
        self._copy()

    @property
    def url(self) -> str:
        """Where it is just now."""
        return self._cluster.url(self._name)

    def wipe(self) -> None:
        """Forget everything that was written. Whoever is still connected is thrown out."""
        with psycopg.connect(self._cluster.url("postgres"), autocommit=True) as connection:
            connection.execute(_OTHERS, [self._name])
        with psycopg.connect(self.url) as connection:
            as_made = connection.execute(_SHAPE).fetchone() == self._shape
            if as_made:
                if large := [sql.Identifier(name) for (name,) in connection.execute(_LARGE)]:
                    connection.execute(sql.SQL("TRUNCATE {} CASCADE").format(sql.SQL(", ").join(large)))
                connection.execute(self._clean)
        if as_made:  # what a process remembers of a database it knows by the address
            self._name = self._cluster.rename(self._name)
        else:
            self._cluster.drop(self._name)
            self._copy()

    def _copy(self) -> None:
        self._name = self._cluster.create(self._template)
        with psycopg.connect(self.url) as connection:
            tables = [sql.Identifier(name) for (name,) in connection.execute(_TABLES)]
            kept = [
                name for name in tables if connection.execute(sql.SQL("SELECT FROM {} LIMIT 1").format(name)).rowcount
            ]
            connection.execute("CREATE SCHEMA kept")
            for name in kept:
                connection.execute(sql.SQL("CREATE TABLE kept.{0} AS TABLE public.{0}").format(name))
            put_back = "INSERT INTO public.{0} OVERRIDING SYSTEM VALUE TABLE kept.{0}"
            steps = [
                sql.SQL("SET LOCAL session_replication_role = replica"),
                *(sql.SQL("DELETE FROM {}").format(name) for name in tables),
                *(sql.SQL(put_back).format(name) for name in kept),
                *(
                    sql.SQL("SELECT setval({}, {}, {})").format(*map(sql.Literal, each))
                    for each in connection.execute(_SEQUENCES)
                ),
            ]
            self._clean = sql.SQL("; ").join(steps).as_string(connection).encode()
            self._shape = connection.execute(_SHAPE).fetchone()
