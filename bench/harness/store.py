"""The S3 server: nginx over a folder, and its log, which says what was read."""

import getpass
import time
from dataclasses import dataclass
from pathlib import Path

from . import template
from .certificate import Certificate
from .process import Process

BUCKET = 'images'
# Bytes per second of a paced object.
PACE = 20 * 1024 * 1024
QUIET_SECONDS = 0.3
# As S3 does it: RSA, TLS 1.3, sessions that may be resumed, records of 16 KiB.
TLS = ('listen 127.0.0.1:{port} ssl backlog=4096; ssl_certificate {file}; ssl_certificate_key {key}; '
       'ssl_protocols TLSv1.3; ssl_session_cache shared:s3:10m; ssl_session_tickets on; ssl_buffer_size 16k;')
QUIET_PATIENCE_SECONDS = 10


@dataclass(frozen=True)
class Read:
    """One request that the store answered."""

    method: str
    status: int
    bytes: int
    path: str


class Store:
    """Serves the bucket and counts."""

    def __init__(self, objects: Path, state: Path, port: int, core: int, tls_port: int | None = None,
                 certificate: Certificate | None = None):
        self.port = port
        self.tls_port = tls_port
        tls = TLS.format(port=tls_port, file=certificate.file, key=certificate.key) if certificate else ''
        self.log = state / 's3-access.log'
        self.log.unlink(missing_ok=True)
        configuration = template.fill('s3.conf', state / 's3.conf', STATE=state, OBJECTS=objects, PORT=port, TLS=tls,
                                      PACE=PACE, USER=getpass.getuser())
        self.process = Process(['nginx', '-c', str(configuration)], state / 's3.log', {core})
        self.process.wait_for_port(port)

    @property
    def url(self) -> str:
        return f'https://127.0.0.1:{self.tls_port}' if self.tls_port else f'http://127.0.0.1:{self.port}'

    def mark(self) -> int:
        """A place in the log from which to read later, once what is under way has been written to it."""
        return self._wait_until_quiet(QUIET_PATIENCE_SECONDS)

    def gets_since(self, mark: int, key: str, seconds: float = QUIET_PATIENCE_SECONDS) -> list[Read]:
        """What was read since the mark, whole or in part, of objects whose keys begin like that.

        A read is in the log when it has ended: waits until nothing more comes, or for that long.
        """
        self._wait_until_quiet(seconds)
        with self.log.open('rb') as log:
            log.seek(mark)
            reads = [_read(line) for line in log.read().decode().splitlines()]
        return [read for read in reads if read.method == 'GET' and read.status in (200, 206)
                and read.path.startswith(f'/{BUCKET}/{key}')]

    def stop(self) -> None:
        self.process.stop()

    def _wait_until_quiet(self, seconds: float) -> int:
        """The size of the log when it has stopped growing, or when patience has ended."""
        deadline = time.monotonic() + seconds
        before, size = -1, self.log.stat().st_size
        while size != before and time.monotonic() < deadline:
            time.sleep(QUIET_SECONDS)
            before, size = size, self.log.stat().st_size
        return size


def _read(line: str) -> Read:
    _, method, status, length, path = line.split(' ', 4)
    return Read(method, int(status), int(length), path)
