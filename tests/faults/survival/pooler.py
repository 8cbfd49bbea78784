"""A PgBouncer in transaction mode: each transaction goes over whichever of its few connections is free, and it can be killed."""

import asyncio
import shutil
import subprocess
from contextlib import suppress
from pathlib import Path

import psycopg

from api.demo.service import free_port

PROGRAM = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
MISSING = "pgbouncer is not installed (sudo apt-get install pgbouncer)"
PATIENCE = 30.0  # seconds
SETTINGS = """
[databases]
{database} = {where} user=postgres
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = {port}
auth_type = any
pool_mode = transaction
default_pool_size = {connections}
unix_socket_dir =
ignore_startup_parameters = extra_float_digits
server_login_retry = 1
"""


class Pooler:
    """A pooler before the server that `where` names ("host=… port=…"); `user` is who runs it, since it refuses to be root."""

    def __init__(self, folder: Path, where: str, *, database: str, user: str | None, connections: int) -> None:
        self.port = free_port()
        self.address = f"postgresql://postgres@127.0.0.1:{self.port}/{database}"
        folder.mkdir(exist_ok=True)
        self._settings, self._user = folder / "pgbouncer.ini", user
        self._settings.write_text(
            SETTINGS.format(database=database, where=where, port=self.port, connections=connections), "utf-8"
        )
        folder.chmod(0o755)  # that user reads it
        self._process: subprocess.Popen[bytes] | None = None
        self.replaced = asyncio.Lock()

    @property
    def url(self) -> str:
        return self.address.replace("postgresql://", "postgresql+psycopg://")

    async def start(self) -> None:
        """Return once it takes connections, whether there is a server behind it or not."""
        assert PROGRAM
        self._process = self._launch(PROGRAM)
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(OSError):
                    _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                    writer.close()
                    return
                await asyncio.sleep(0.05)

    async def answers(self) -> None:
        """Return once a connection reaches the server through it."""
        async with asyncio.timeout(PATIENCE):
            while True:
                with suppress(psycopg.OperationalError):
                    await (await psycopg.AsyncConnection.connect(self.address, connect_timeout=5)).close()
                    return
                await asyncio.sleep(0.05)

    def _launch(self, program: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen([program, "-q", str(self._settings)], user=self._user, cwd="/", stderr=subprocess.DEVNULL)

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(PATIENCE)
