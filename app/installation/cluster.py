"""A PostgreSQL cluster of our own under `var/`, run by a user who is not root, reached only through a folder.

Several commands may use it at once: each holds a shared lock on `users.lock` while it does, and the last one
to leave stops the server. A server that was left behind by a killed command is taken over.
"""

import contextlib
import fcntl
import os
import pwd
import shlex
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from urllib.parse import quote

from app.installation.folders import last_lines, make_private, name_of, short_name
from app.installation.servers import Server, installed_servers
from app.installation.terminal import Stop, say

SUPERUSER = "postgres"
PORT = 54329  # names the socket; the server listens on no network at all
SOCKET_PATH_LIMIT = 107
ELSEWHERE = Path("/var/lib/pantaudesa")
REVIVALS, REVIVED_EVERY_S = 40, 0.5

DURABLE: Mapping[str, str] = {"shared_buffers": "256MB", "max_wal_size": "2GB", "wal_compression": "on"}
FLEETING: Mapping[str, str] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    "shared_buffers": "128MB",
}


class Cluster:
    """The cluster whose state lies in `home`; `with Cluster(home) as cluster:` starts and leaves it."""

    def __init__(
        self,
        home: Path,
        *,
        settings: Mapping[str, str] = DURABLE,
        elsewhere: Path = ELSEWHERE,
        tell: Callable[[str, str], None] = say,
    ) -> None:
        self.asked_home = home.absolute()
        self.elsewhere, self.settings, self.tell = elsewhere, settings, tell
        self.home = self.asked_home
        self.owner = pwd.getpwuid(os.getuid())
        self.server: Server | None = None
        self._in_use: int | None = None

    def start(self) -> str:
        """Start the server, or join the one that runs. Returns the superuser's DSN of database `postgres`."""
        self._settle()
        with self._alone():
            # Held before the launch: whoever is interrupted in the middle of it can still stop the server.
            self._in_use = self._lock_file("users.lock")
            fcntl.flock(self._in_use, fcntl.LOCK_SH)
            self.server = self._choose_server()
            self._clear_stale_pid()
            if not (self.files / "PG_VERSION").exists():
                self._create()
            if self.running():
                self.tell("PostgreSQL sudah berjalan; dipakai bersama.", "PostgreSQL is running already; sharing it.")
            else:
                self._launch()
        return self.dsn()

    def stop(self) -> None:
        """Leave the server; the last one to leave stops it. May be called twice."""
        if self._in_use is None:
            return
        with self._alone():
            os.close(self._in_use)
            self._in_use = None
            if not self.in_use() and self.running():
                self.tell("PostgreSQL dihentikan.", "Stopping PostgreSQL.")
                self._run("pg_ctl", "stop", "-D", str(self.files), "-m", "fast", "-w", "-t", "60")

    def revive(self) -> bool:
        """Start the server again where it has died under its users; whether it had."""
        with self._alone():
            if self._in_use is None or self.running():
                return False
            self._clear_stale_pid()
            for attempt in range(1, REVIVALS + 1):
                try:
                    self._launch()
                except Stop:  # what the dead server left is still there for a moment: its own processes
                    if attempt == REVIVALS:
                        raise
                    time.sleep(REVIVED_EVERY_S)
                else:
                    break
        return True

    def __enter__(self) -> "Cluster":
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def dsn(self, database: str = "postgres", user: str = SUPERUSER) -> str:
        """A connection URL through the socket; who may enter the folder may connect as anyone (mode 0700)."""
        folder = quote(str(self.socket_folder), safe="")
        return f"postgresql://{quote(user)}@/{quote(database)}?host={folder}&port={PORT}"

    def running(self) -> bool:
        """Whether the process of `postmaster.pid` is a server of these very files."""
        process = self._recorded_process()
        if process is None:
            return False
        try:
            command = Path(f"/proc/{process}/cmdline").read_bytes().split(b"\0")
        except OSError:
            return False
        return os.fsencode(self.files) in command

    def in_use(self) -> bool:
        """Whether some command holds the server."""
        lock = self._lock_file("users.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        finally:
            os.close(lock)
        return False

    @property
    def files(self) -> Path:
        """PostgreSQL's own folder."""
        return self.home / "cluster"

    @property
    def socket_folder(self) -> Path:
        """Where the socket lies; a short folder outside when its path would be longer than a socket may have."""
        near = self.home / "socket"
        if len(os.fsencode(near / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
            return near
        return Path(tempfile.gettempdir()) / f"pantaudesa-{self.owner.pw_uid}-{short_name(self.home)}"

    @property
    def log(self) -> Path:
        return self.home / "postgres.log"

    def _settle(self) -> None:
        """Decide who runs the server and where its state lies, and make the folders."""
        if os.getuid() == 0:
            self._settle_as_root()
        else:
            if self.home.exists() and self.home.stat().st_uid != self.owner.pw_uid:
                other = name_of(self.home.stat().st_uid)
                raise Stop(
                    f"{self.home} milik pengguna {other}. Jalankan sebagai {other}, atau pilih folder lain "
                    "dengan PANTAU_VAR.",
                    f"{self.home} belongs to {other}. Run this as {other}, or choose another folder with PANTAU_VAR.",
                )
            make_private(self.home, self.owner)
        make_private(self.socket_folder, self.owner)
        if self.socket_folder.parent != self.home:
            self.tell(
                f"Jalur {self.home} terlalu panjang untuk soket; soket ada di {self.socket_folder}.",
                f"The path {self.home} is too long for a socket; it lies in {self.socket_folder}.",
            )

    def _settle_as_root(self) -> None:
        """PostgreSQL refuses root: its own user runs it, where that user can enter."""
        try:
            self.owner = pwd.getpwnam(SUPERUSER)
        except KeyError:
            raise Stop(
                "PostgreSQL tidak boleh dijalankan oleh root dan pengguna 'postgres' tidak ada. Jalankan "
                "sebagai pengguna biasa.",
                "PostgreSQL must not be run by root and there is no user 'postgres'. Run this as an ordinary user.",
            ) from None
        places = [self.asked_home, self.elsewhere / short_name(self.asked_home)]
        for home in places:
            if home.exists() and home.stat().st_uid not in (0, self.owner.pw_uid):
                self.owner = pwd.getpwuid(home.stat().st_uid)
            make_private(home, self.owner)
            if self._may_enter(home):
                break
            with contextlib.suppress(OSError):
                home.rmdir()
        else:
            raise Stop(
                f"Pengguna {self.owner.pw_name} tidak dapat menulis ke {places[0]} maupun {places[1]}. "
                "Pilih folder lain dengan PANTAU_VAR.",
                f"User {self.owner.pw_name} can write neither {places[0]} nor {places[1]}. "
                "Choose another folder with PANTAU_VAR.",
            )
        self.home = home
        if home != self.asked_home:
            self._leave_a_note()

    def _leave_a_note(self) -> None:
        note = self.asked_home.parent / "POSTGRES_IS_AT.txt"
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(
            f"{self.home}\n\nPengguna {self.owner.pw_name} tidak dapat masuk ke folder ini, maka basis data "
            f"ada di sana.\nUser {self.owner.pw_name} cannot enter this folder, so the database lies there.\n"
        )
        self.tell(f"Basis data ada di {self.home}.", f"The database lies in {self.home}.")

    def _may_enter(self, folder: Path) -> bool:
        asked = self._call(["/bin/sh", "-c", 'test -w "$0" && test -x "$0"', str(folder)])
        return asked.returncode == 0

    def _choose_server(self) -> Server:
        servers = installed_servers()
        if not servers:
            raise Stop(
                "PostgreSQL dengan PostGIS tidak ditemukan. Pasang paket postgresql dan postgis, atau beri "
                "DATABASE_URL.",
                "No PostgreSQL with PostGIS was found. Install the packages postgresql and postgis, or give "
                "DATABASE_URL.",
            )
        try:
            version = int((self.files / "PG_VERSION").read_text())
        except FileNotFoundError:
            return servers[0]
        for server in servers:
            if server.version == version:
                return server
        raise Stop(
            f"Basis data di {self.files} dibuat oleh PostgreSQL {version}, yang tidak terpasang lagi. "
            f"Pasang postgresql-{version} dan postgresql-{version}-postgis-3.",
            f"The database in {self.files} was made by PostgreSQL {version}, which is no longer installed. "
            f"Install postgresql-{version} and postgresql-{version}-postgis-3.",
        )

    def _create(self) -> None:
        """initdb beside, renamed when whole: a killed first start leaves nothing that looks ready."""
        self.tell("Menyiapkan basis data baru …", "Creating a new database cluster …")
        begun = self.home / "cluster.begun"
        shutil.rmtree(begun, ignore_errors=True)
        self._run(
            "initdb", "-D", str(begun), "-U", SUPERUSER, "--encoding=UTF8", "--locale=C.UTF-8",
            "--auth=trust", "--no-instructions", *(["--no-sync"] if self.settings.get("fsync") == "off" else []),
        )  # fmt: skip
        begun.rename(self.files)

    def _launch(self) -> None:
        self.tell("Menjalankan PostgreSQL …", "Starting PostgreSQL …")
        settings = {
            "listen_addresses": "",
            "unix_socket_directories": f'"{self.socket_folder}"',
            "unix_socket_permissions": "0700",
            "port": str(PORT),
            "max_connections": "100",
            "timezone": "UTC",
            "log_timezone": "UTC",
            "jit": "off",  # compiles for longer than our queries take
            **self.settings,
        }
        options = " ".join(f"-c {shlex.quote(f'{name}={value}')}" for name, value in settings.items())
        self._run("pg_ctl", "start", "-D", str(self.files), "-w", "-t", "120", "-l", str(self.log), "-o", options)

    def _recorded_process(self) -> int | None:
        try:
            return int((self.files / "postmaster.pid").read_text().split("\n", 1)[0])
        except (FileNotFoundError, ValueError):
            return None

    def _clear_stale_pid(self) -> None:
        """After a power cut another process may have the recorded number: the server would refuse it."""
        if self._recorded_process() is None or self.running():
            return
        self.tell(
            "PostgreSQL sebelumnya tidak berhenti dengan wajar; dipulihkan.",
            "PostgreSQL did not stop properly last time; recovering.",
        )
        (self.files / "postmaster.pid").unlink()
        for left in self.socket_folder.glob(".s.PGSQL.*"):
            left.unlink()

    def _run(self, program: str, *arguments: str) -> None:
        assert self.server is not None
        ended = self._call([str(self.server.programs / program), *arguments])
        if ended.returncode:
            tail = "\n".join([*ended.stderr.splitlines()[-10:], *last_lines(self.log)])
            raise Stop(
                f"{program} gagal:\n{tail}\nCatatan lengkap: {self.log}",
                f"{program} failed:\n{tail}\nThe whole log: {self.log}",
            )

    def _call(self, command: list[str]) -> subprocess.CompletedProcess[str]:
        """Run as the owner of the cluster, never as root."""
        become: dict[str, object] = {}
        if os.getuid() != self.owner.pw_uid:
            groups = os.getgrouplist(self.owner.pw_name, self.owner.pw_gid)
            become = {"user": self.owner.pw_uid, "group": self.owner.pw_gid, "extra_groups": groups}
        # The log is a file, not a pipe: the server would inherit the pipe and keep this call waiting.
        with tempfile.TemporaryFile("w+") as said:
            ended = subprocess.run(
                command, cwd="/", stdin=subprocess.DEVNULL, stdout=said, stderr=said, check=False,
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, **become,  # type: ignore[call-overload]
            )  # fmt: skip
            said.seek(0)
            return subprocess.CompletedProcess(command, ended.returncode, "", said.read())

    @contextlib.contextmanager
    def _alone(self) -> Iterator[None]:
        """One command at a time may start or stop the server."""
        lock = self._lock_file("start.lock")
        try:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield
        finally:
            os.close(lock)

    def _lock_file(self, name: str) -> int:
        lock = os.open(self.home / name, os.O_CREAT | os.O_RDWR | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
        if os.getuid() == 0:
            os.fchown(lock, self.owner.pw_uid, self.owner.pw_gid)
        return lock
