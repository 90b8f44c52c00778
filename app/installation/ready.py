"""The database, ready to be worked with: found or started, migrated, and founded as an installation.

Two ways in are handed on. The application connects as the web role and sees what policies allow. The operator of the
machine (who runs `./pantau`) acts as the door, past the policies, to found the installation, add people and load the
demonstration.
"""

import contextlib
import os
import secrets
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import namedtuple_row
from psycopg.types import TypeInfo
from psycopg.types.shapely import register_shapely

from app.installation import migrate
from app.installation.cluster import Cluster
from app.installation.terminal import Stop, say
from app.queries import installation
from app.settings import Settings

DATABASE = "pantaudesa"

Tell = Callable[[str, str], None]


@dataclass(frozen=True)
class Place:
    """Where this installation keeps what it knows. `web_url` and `secret` are for the application."""

    web_url: str = field(repr=False)
    operator_url: str = field(repr=False)
    sealer_url: str = field(repr=False)
    secret: str = field(repr=False)
    demonstration: bool

    @contextlib.contextmanager
    def operator(self) -> Iterator[psycopg.Connection]:
        """One transaction past row-level security, committed at the end; rows come as named tuples."""
        with operator(self.operator_url) as connection:
            yield connection


@contextlib.contextmanager
def ready(settings: Settings, *, tell: Tell = say) -> Iterator[Place]:
    """The prepared database for the length of the block; a cluster of ours is left (and stopped) at its end.

    Raises Stop, saying what to do, when it cannot be had.
    """
    cluster = None if settings.database_url else Cluster(settings.var / "postgres", tell=tell)
    try:
        yield prepare(settings, cluster, tell=tell)
    finally:
        if cluster is not None:
            cluster.stop()


def prepare(settings: Settings, cluster: Cluster | None, *, tell: Tell = say) -> Place:
    """Start the cluster (or reach `DATABASE_URL`), migrate, found the installation."""
    dsn = reached(settings, cluster)
    migrate.prepare(dsn, tell=tell)
    database = str(conninfo_to_dict(dsn)["dbname"])
    web_url = web_url_of(settings, cluster, dsn)
    operator_url = migrate.acting_as(dsn, migrate.door_of(database), "-c timezone=UTC")
    with operator(operator_url) as connection:
        installation.begin(connection, settings.currency, settings.timezone, secrets.token_bytes(32))
        founded = installation.found(connection)
        secret = installation.secret(connection)
    assert founded is not None
    currency, timezone, demonstration = founded
    _same_as_founded(settings, currency, timezone)
    sealer_url = migrate.acting_as(dsn, migrate.sealer_of(database), "-c timezone=UTC")
    return Place(web_url, operator_url, sealer_url, secret, demonstration)


def reached(settings: Settings, cluster: Cluster | None) -> str:
    """The database as its owner, found or made, as it is: nothing is migrated."""
    if cluster is None:
        return _reached(settings.database_url or "")
    migrate.create_database(cluster.start(), DATABASE)
    return cluster.dsn(DATABASE)


def web_url_of(settings: Settings, cluster: Cluster | None, dsn: str) -> str:
    """The same database as the application connects to it."""
    if cluster is None:
        return settings.web_database_url or _web_url(dsn, settings)
    return cluster.dsn(DATABASE, migrate.web_role_of(DATABASE))


@contextlib.contextmanager
def operator(url: str) -> Iterator[psycopg.Connection]:
    """One transaction of the operator of the machine at `Place.operator_url`."""
    with psycopg.connect(url, row_factory=namedtuple_row) as connection:
        geometry = TypeInfo.fetch(connection, "geometry")
        if geometry is not None:
            register_shapely(geometry, connection)
        connection.execute("SELECT set_config('pantau.request', %s, true)", [f"command {' '.join(sys.argv[1:2])}"])
        yield connection


def _reached(url: str) -> str:
    """`DATABASE_URL` with its database spelled out. Raises Stop when nobody answers there."""
    try:
        with psycopg.connect(url, connect_timeout=10) as connection:
            return make_conninfo(url, dbname=connection.info.dbname)
    except psycopg.OperationalError as error:
        raise Stop(
            f"Basis data di DATABASE_URL tidak dapat dihubungi: {error}\nPeriksa alamat, nama dan kata sandinya, "
            "atau kosongkan DATABASE_URL untuk memakai basis data sendiri di var/.",
            f"The database at DATABASE_URL cannot be reached: {error}\nCheck its address, name and password, or "
            "leave DATABASE_URL empty to use a database of our own under var/.",
        ) from None


def _web_url(dsn: str, settings: Settings) -> str:
    """The web role at `DATABASE_URL`, with a password nobody chose, kept under var/ for this user alone."""
    kept = settings.var / "web_password"
    if not kept.exists():
        settings.var.mkdir(parents=True, exist_ok=True)
        with os.fdopen(os.open(kept, os.O_CREAT | os.O_WRONLY | os.O_EXCL, 0o600), "w") as written:
            written.write(secrets.token_urlsafe(32))
    password = kept.read_text().strip()
    role = migrate.web_role_of(str(conninfo_to_dict(dsn)["dbname"]))
    url = make_conninfo(dsn, user=role, password=password)
    if _connects(url):
        return url
    with psycopg.connect(dsn, autocommit=True) as connection:
        scram = connection.pgconn.encrypt_password(password.encode(), role.encode(), b"scram-sha-256").decode()
        command = sql.SQL("ALTER ROLE {} PASSWORD {}").format(sql.Identifier(role), sql.Literal(scram))
        try:
            connection.execute(command)
        except psycopg.errors.InsufficientPrivilege:
            by_hand = command.as_string(connection)
            raise Stop(
                f"Peran {role} belum dapat masuk. Minta administrator basis data menjalankan ini, lalu coba "
                f"lagi:\n\n{by_hand};\n\n(atau beri PANTAU_WEB_DATABASE_URL)",
                f"Role {role} cannot sign in yet. Ask the administrator of the database to run this, then try "
                f"again:\n\n{by_hand};\n\n(or give PANTAU_WEB_DATABASE_URL)",
            ) from None
    if not _connects(url):
        raise Stop(
            f"Peran {role} tidak dapat masuk. Periksa pg_hba.conf server, atau beri PANTAU_WEB_DATABASE_URL.",
            f"Role {role} cannot sign in. Check the server's pg_hba.conf, or give PANTAU_WEB_DATABASE_URL.",
        )
    return url


def _connects(url: str) -> bool:
    try:
        psycopg.connect(url, connect_timeout=10).close()
    except psycopg.OperationalError:
        return False
    return True


def _same_as_founded(settings: Settings, currency: str, timezone: str) -> None:
    """Amounts already stored are in one currency; another one would only rename them."""
    for variable, founded, asked in (
        ("PANTAU_CURRENCY", currency, settings.currency),
        ("PANTAU_TIMEZONE", timezone, settings.timezone),
    ):
        if founded != asked:
            raise Stop(
                f"Instalasi ini memakai {variable}={founded}, bukan {asked}. Beri {variable}={founded}, atau mulai "
                "instalasi baru dengan PANTAU_VAR lain.",
                f"This installation uses {variable}={founded}, not {asked}. Give {variable}={founded}, or begin "
                "a new installation with another PANTAU_VAR.",
            )
