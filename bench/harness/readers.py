"""Many clients at once that compare every byte: a storm, and a crowd of slow readers."""

import select
import socket
import time
from collections.abc import Callable

from .images import Image
from .result import WrongAnswer

CHUNK = 256 * 1024
HEAD_END = b'\r\n\r\n'
STORM_SECONDS = 120
TICK_SECONDS = 0.1
SLOW_RECEIVE_BUFFER = 64 * 1024


class Reader:
    """One client that reads one image over one connection."""

    def __init__(self, port: int, path: str, image: Image, receive_buffer: int | None = None):
        self.socket = socket.socket()
        if receive_buffer is not None:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        self.socket.connect(('127.0.0.1', port))
        self._path = path
        self._content = image.content
        self._head = b''
        self._position: int | None = None

    @property
    def is_done(self) -> bool:
        return self._position == len(self._content)

    @property
    def bytes_read(self) -> int:
        return self._position or 0

    def ask(self) -> None:
        self.socket.sendall(f'GET {self._path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.encode())
        self.socket.setblocking(False)

    def read(self, limit: int = CHUNK) -> None:
        """Reads what is there, up to the limit."""
        try:
            piece = self.socket.recv(limit)
        except BlockingIOError:
            return
        except OSError as ex:
            raise WrongAnswer(f'{self._path}: {ex}') from ex
        if not piece:
            raise WrongAnswer(f'{self._path}: the connection ended after {self.bytes_read} bytes')
        self._take(piece)

    def close(self) -> None:
        self.socket.close()

    def _take(self, piece: bytes) -> None:
        if self._position is None:
            piece = self._without_head(piece)
        if piece:
            end = self._position + len(piece)
            if self._content[self._position:end] != piece:
                raise WrongAnswer(f'{self._path}: other bytes than stored at {self._position}')
            self._position = end

    def _without_head(self, piece: bytes) -> bytes:
        self._head += piece
        head, end, body = self._head.partition(HEAD_END)
        if not end:
            return b''
        status = head.split(b' ', 2)[1]
        if status != b'200':
            raise WrongAnswer(f'{self._path}: status {status.decode()}')
        self._position = 0
        return body


def storm(ports: list[int], path: str, image: Image, clients: int) -> float:
    """All clients ask at once, spread over the ports. Seconds until the last has its image."""
    readers = {}
    poll = select.epoll()
    try:
        for number in range(clients):
            reader = Reader(ports[number % len(ports)], path, image)
            readers[reader.socket.fileno()] = reader
        started = time.monotonic()
        for descriptor, reader in readers.items():
            reader.ask()
            poll.register(descriptor, select.EPOLLIN)
        waiting = len(readers)
        while waiting:
            if time.monotonic() - started > STORM_SECONDS:
                raise WrongAnswer(f'{path}: {waiting} clients still wait after {STORM_SECONDS} s')
            waiting -= _read_ready(poll, readers)
        return time.monotonic() - started
    finally:
        poll.close()
        for reader in readers.values():
            reader.close()


def _read_ready(poll: select.epoll, readers: dict[int, Reader]) -> int:
    """How many clients got their last byte."""
    done = 0
    for descriptor, _ in poll.poll(1):
        readers[descriptor].read()
        if readers[descriptor].is_done:
            poll.unregister(descriptor)
            done += 1
    return done


def slow(port: int, path: str, image: Image, clients: int, bytes_per_second: int, seconds: int,
         every_second: Callable[[], None]) -> int:
    """All clients read at that pace for that long, then leave. The bytes that the slowest of them has read."""
    readers = []
    try:
        for _ in range(clients):
            readers.append(Reader(port, path, image, SLOW_RECEIVE_BUFFER))
            readers[-1].ask()
        started = time.monotonic()
        for tick in range(int(seconds / TICK_SECONDS)):
            time.sleep(max(0, started + tick * TICK_SECONDS - time.monotonic()))
            for reader in readers:
                reader.read(int(bytes_per_second * TICK_SECONDS))
            if tick % int(1 / TICK_SECONDS) == 0:
                every_second()
        return min(reader.bytes_read for reader in readers)
    finally:
        for reader in readers:
            reader.close()
