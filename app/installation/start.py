"""`./pantau run` and `./pantau serve`: prepare everything, serve, and stop all that was started."""

import contextlib
import errno
import fcntl
import importlib.util
import signal
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator

from app.installation import assets, links, translations
from app.installation.children import Children
from app.installation.cluster import Cluster
from app.installation.ready import Place, prepare
from app.installation.terminal import Stop, say
from app.queries import installation
from app.settings import Settings

FIRST_PORT, LAST_PORT = 8000, 8099
HEALTHY_WITHIN_S = 90.0
LOOK_EVERY_S = 0.5

Tell = Callable[[str, str], None]


def start(
    settings: Settings,
    *,
    demonstration: bool,
    announce: Callable[[str, list[links.Link], bool], None],
    tell: Tell = say,
) -> None:
    """Serve until somebody asks to stop (Ctrl-C, SIGTERM, SIGHUP). Raises Stop when it cannot.

    `announce` gets the address, the sign-in links and whether nobody may sign in yet, once pages are answered.
    """
    begun = time.monotonic()
    with _interruptible(), only_one(settings), contextlib.ExitStack() as opened:
        listening = opened.enter_context(listen(settings))
        assets.install(tell=tell)
        translations.compile_stale(tell=tell)
        cluster = None if settings.database_url else Cluster(settings.var / "postgres", tell=tell)
        if cluster is not None:
            opened.callback(cluster.stop)
        place = prepare(settings, cluster, tell=tell)
        if settings.serving:
            _refuse_demonstration(place)
        elif demonstration:
            _load_demonstration(place, settings, tell)
        children = Children(settings.var / "log")
        opened.callback(_leave, children, tell)
        told = {"web_url": place.web_url, "secret": place.secret, "serving": settings.serving}
        children.start("web", {**told, "socket": listening.fileno()}, keep_open=[listening.fileno()])
        children.start("worker", told)
        # the last to stop, so that what the others still write is sealed
        children.start("sealer", {"sealer_url": place.sealer_url, "serving": settings.serving})
        here = _here(settings, listening)
        _wait_until_healthy(here, children)
        address = settings.public_url or here
        _note_address(settings, address)
        with place.operator() as connection:
            offered = [] if settings.serving else links.demonstration_links(connection, address)
            nobody = not installation.has_people(connection)
        seconds = time.monotonic() - begun
        tell(f"Siap dalam {seconds:.0f} detik.", f"Ready in {seconds:.0f} seconds.")
        announce(address, offered, nobody)
        with contextlib.suppress(KeyboardInterrupt):
            while True:
                if cluster is not None:
                    cluster.revive()
                children.check(revive=True)
                time.sleep(LOOK_EVERY_S)


def check_serving(settings: Settings) -> None:
    """Raises Stop naming every setting with which real use would not be safe."""
    if unsafe := settings.unsafe_for_serving():
        told = "\n".join(f"  - {reason}" for reason in unsafe)
        raise Stop(
            f"./pantau serve menolak pengaturan yang tidak aman:\n{told}\nPerbaiki, atau pakai ./pantau run untuk "
            "mencoba di komputer ini saja.",
            f"./pantau serve refuses unsafe settings:\n{told}\nMend them, or use ./pantau run to try things out on "
            "this machine alone.",
        )


def listen(settings: Settings) -> socket.socket:
    """A listening socket at the given port, else at the first free one from 8000. Raises Stop."""
    ports = [settings.port] if settings.port else range(FIRST_PORT, LAST_PORT + 1)
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    for port in ports:
        listening = socket.socket(family, socket.SOCK_STREAM)
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listening.bind((settings.host, port))
            listening.listen(256)
        except OSError as error:
            listening.close()
            if error.errno == errno.EADDRINUSE and not settings.port:
                continue
            raise Stop(
                f"Tidak dapat mendengarkan di {settings.host}:{port}: {error.strerror}. Pilih yang lain dengan "
                "PANTAU_PORT (dan PANTAU_HOST), atau hentikan program yang memakainya.",
                f"Cannot listen on {settings.host}:{port}: {error.strerror}. Choose another with PANTAU_PORT (and "
                "PANTAU_HOST), or stop the program that uses it.",
            ) from None
        return listening
    raise Stop(
        f"Port {FIRST_PORT} sampai {LAST_PORT} semuanya terpakai. Pilih yang lain dengan PANTAU_PORT.",
        f"All ports from {FIRST_PORT} to {LAST_PORT} are in use. Choose another with PANTAU_PORT.",
    )


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    """Ctrl-C and its relatives interrupt whatever is under way, once: what follows is stopping, in peace."""

    def interrupt(_number: int, _frame: object) -> None:
        for number in numbers:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    numbers = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
    before = {number: signal.signal(number, interrupt) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)


@contextlib.contextmanager
def only_one(settings: Settings) -> Iterator[None]:
    """Two web servers over one state would only confuse: the second says where the first one is."""
    settings.var.mkdir(parents=True, exist_ok=True)
    with (settings.var / "run.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            lock.seek(0)
            where = lock.read().strip() or "?"
            raise Stop(
                f"PantauDesa sudah berjalan dari folder ini: {where}. Hentikan yang itu dahulu, atau jalankan yang "
                "kedua dengan PANTAU_VAR lain.",
                f"PantauDesa is already running from this folder: {where}. Stop that one first, or run a second "
                "one with another PANTAU_VAR.",
            ) from None
        lock.truncate(0)
        yield


def _note_address(settings: Settings, address: str) -> None:
    (settings.var / "run.lock").write_text(f"{address}\n")


def _refuse_demonstration(place: Place) -> None:
    if place.demonstration:
        raise Stop(
            "Basis data ini berisi data contoh; ./pantau serve menolaknya. Pakai basis data lain (PANTAU_VAR atau "
            "DATABASE_URL) untuk data sungguhan.",
            "This database holds invented works; ./pantau serve refuses it. Use another database (PANTAU_VAR or "
            "DATABASE_URL) for real ones.",
        )


def _load_demonstration(place: Place, settings: Settings, tell: Tell) -> None:
    """The invented works, on the first start alone and never beside real people or works."""
    if place.demonstration or not importlib.util.find_spec("app.demonstration.load"):
        return
    with place.operator() as connection:
        if installation.is_in_use(connection):
            tell("Sudah ada data sungguhan: data contoh tidak dimuat.", "There are real records: nothing invented.")
            return
    from app.demonstration import load  # only the first start needs the generator

    tell("Membuat data contoh (bukan kegiatan nyata) …", "Making invented works (none of them real) …")
    load.load(place, settings, tell=tell)


def _here(settings: Settings, listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)
    return f"http://{shown}:{port}"


def _wait_until_healthy(here: str, children: Children) -> None:
    deadline = time.monotonic() + HEALTHY_WITHIN_S
    direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    while True:
        children.check()
        with contextlib.suppress(urllib.error.URLError, TimeoutError, ConnectionError):
            if direct.open(f"{here}/healthz", timeout=5).status == 200:
                return
        if time.monotonic() > deadline:
            raise Stop(
                f"Aplikasi tidak menjawab dalam {HEALTHY_WITHIN_S:.0f} detik. Lihat {children.logs}/web.log.",
                f"The application did not answer within {HEALTHY_WITHIN_S:.0f} s. See {children.logs}/web.log.",
            )
        time.sleep(0.1)


def _leave(children: Children, tell: Tell) -> None:
    tell("Menghentikan …", "Stopping …")
    children.stop()
