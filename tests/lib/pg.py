"""A throw-away PostgreSQL cluster for tests: in a temporary folder, on a unix socket, never on a port.

    with Postgres() as pg:
        url = pg.url()                  # a libpq URL of the database "gitomatic"
        pg.psql("select 1, null")       # [["1", None]]

Started as root it becomes user postgres, as PostgreSQL asks for. PostgreSQL is a hard requirement: without it tests
fail, they are not skipped.
"""
import atexit
import csv
import glob
import io
import os
import shutil
import subprocess
import tempfile
import threading

NULL = "\x01null\x01"
MEMORY, ROOM_KB = "/dev/shm", 4 << 20


def memory_folder():
    """Where throw-away clusters are quick: a file system in memory, if there is one with room; None: the usual place. On a
    slow disk most of what a test waits for is the copying of a database, which nobody needs to keep."""
    if os.environ.get("TMPDIR") or not os.access(MEMORY, os.W_OK | os.X_OK):
        return None
    with open("/proc/meminfo") as info:
        available = next(int(line.split()[1]) for line in info if line.startswith("MemAvailable:"))
    there = os.statvfs(MEMORY)
    return MEMORY if min(available, there.f_bavail * there.f_frsize >> 10) > ROOM_KB else None


def _bindir():
    found = sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda p: int(p.split("/")[4]))
    if found:
        return found[-1]
    return os.path.dirname(shutil.which("initdb") or "/initdb is not installed/")


_making = threading.RLock()  # make() may want another one
_kept = {}  # what many are copies of, each made once in this process: a name -> its folder


def made_once(name, make):
    """The folder that make() returned when it was first asked for; forget() removes it."""
    with _making:
        if name not in _kept:
            _kept[name] = make()
        return _kept[name]


@atexit.register
def forget():
    """Removes those folders."""
    while _kept:
        shutil.rmtree(_kept.popitem()[1], ignore_errors=True)


def _just_made():
    """The folder of a cluster as it is when it has just been started and stopped."""
    first = Postgres()
    try:
        first.initialise("-A", "trust", "-U", "postgres", "-E", "UTF8", "--locale=C.UTF-8")
        first.start()
        first.stop()
    except BaseException:
        first.remove()
        raise
    return first.folder


class Postgres:
    def __init__(self, settings=(), folder=None, port=None, user="postgres"):
        """folder: where it is to be or is already; a temporary one if left out, on a disk if fsync=on is to mean something.
        port: another one than 5432, for a server that also listens on TCP.
        user: the first of its users, if initialise() has made it with another one."""
        self.bin = _bindir()
        quick = None if "fsync=on" in settings else memory_folder()
        self.folder = folder or tempfile.mkdtemp(prefix="gitomatic-pg-", dir=quick)
        self.data = os.path.join(self.folder, "data")
        self.port, self.user = port, user
        self.settings = [*([f"port={port}"] if port else []), "listen_addresses=", f"unix_socket_directories={self.folder}", "fsync=off",
                         "full_page_writes=off", "shared_buffers=32MB",
                         "max_wal_size=256MB", "max_connections=60", *settings]

    def _as_postgres(self, *command):
        if os.geteuid() == 0:
            command = ("runuser", "-u", "postgres", "--", *command)
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, cwd="/",
                              stdin=subprocess.DEVNULL)
        if done.returncode:
            log = os.path.join(self.folder, "log")
            more = open(log).read() if os.path.exists(log) else ""
            raise RuntimeError(f"{' '.join(command)}:\n{done.stdout}\n{more}")

    def _open_folder(self):
        """The server's programs may write in it, everybody may enter it."""
        if os.geteuid() == 0:
            shutil.chown(self.folder, "postgres")
        os.chmod(self.folder, 0o755)

    def initialise(self, *options):
        self._open_folder()
        self._as_postgres(f"{self.bin}/initdb", "-D", self.data, "--no-sync", *options)

    def start(self):
        if not os.path.exists(self.data):
            first = made_once("cluster", _just_made)  # initdb takes ten times as long as a copy; all have its system identifier
            self._open_folder()
            subprocess.run(["cp", "-a", os.path.join(first, "data"), self.data], check=True)
        options = " ".join(f"-c {s}" if s.split("=")[1] else f"-c {s}''" for s in self.settings)
        self._as_postgres(f"{self.bin}/pg_ctl", "-D", self.data, "-l", f"{self.folder}/log", "-o", options, "-w",
                          "-t", "60", "start")
        if not self.psql("select 1 from pg_database where datname = 'gitomatic'", "postgres"):
            self.psql("create database gitomatic", "postgres")
        return self

    def stop(self, mode="fast"):
        """Ends the server; the data stay, start() continues with them."""
        self._as_postgres(f"{self.bin}/pg_ctl", "-D", self.data, "-m", mode, "-w", "stop")

    def remove(self):
        try:
            self.stop("immediate")
        except RuntimeError:
            pass  # was not running
        shutil.rmtree(self.folder, ignore_errors=True)

    def standby(self):
        """A copy that follows this server by streaming, not started yet."""
        folder = tempfile.mkdtemp(prefix="gitomatic-standby-")
        if os.geteuid() == 0:
            shutil.chown(folder, "postgres")
        made = Postgres(folder=folder)
        made._as_postgres(f"{made.bin}/pg_basebackup", "-h", self.folder, "-U", "postgres", "-D", made.data, "-R", "-X", "stream",
                          "--checkpoint=fast", "--no-sync")
        return made

    def __enter__(self):
        try:
            return self.start()
        except BaseException:  # Ctrl-C, too
            self.remove()
            raise

    def __exit__(self, *_):
        self.remove()

    def url(self, database="gitomatic"):
        return f"postgresql:///{database}?host={self.folder}&user={self.user}" + (f"&port={self.port}" if self.port else "")

    def execute(self, *statements):
        """Statements without an answer, such as `create database`, each for itself in the database "postgres": without psql, whose start
        takes most of their time."""
        import psycopg2  # not where the benchmarks run
        connection = psycopg2.connect(self.url("postgres"))
        try:
            connection.autocommit = True
            with connection.cursor() as cursor:
                for statement in statements:
                    cursor.execute(statement)
        finally:
            connection.close()

    def psql(self, sql, database="gitomatic"):
        """Rows as lists of texts, None for null. Several statements may stand in `sql`."""
        done = subprocess.run([f"{self.bin}/psql", "-X", "-q", "-t", "--csv", "-P", f"null={NULL}", "-v",
                               "ON_ERROR_STOP=1", "-f", "-", self.url(database)],
                              input=sql, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        if done.returncode:
            raise RuntimeError(f"{done.stderr}\nin: {sql[:500]}")
        csv.field_size_limit(1 << 30)
        return [[None if v == NULL else v for v in row] for row in csv.reader(io.StringIO(done.stdout, newline=""))]
