"""One client on one connection that takes the time of each answer."""

import socket
import time
from contextlib import nullcontext
from dataclasses import dataclass

from . import machine
from .result import WrongAnswer

CHUNK = 1024 * 1024
HEAD_END = b'\r\n\r\n'


@dataclass(frozen=True)
class Timing:
    """Milliseconds from the request to the first byte of the answer, and to its last."""

    first_byte: float
    whole: float
    head: bytes = b''

    def header(self, name: str) -> str:
        """The first field of that name, or nothing."""
        lines = (line.partition(':') for line in self.head.decode('latin-1').splitlines())
        return next((value.strip() for field, _, value in lines if field.lower() == name.lower()), '')


class Stopwatch:
    """The same plain client for all, so that what it costs itself is in every figure alike.

    On a core that it is given, it goes before all else until the first byte is here: a first byte would wait for S3 there
    otherwise, which is busy encrypting the next ones.
    """

    def __init__(self, port: int, core: int | None = None):
        self._core = core
        self._socket = socket.create_connection(('127.0.0.1', port), timeout=60)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._buffer = memoryview(bytearray(CHUNK))

    def time(self, path: str, content: bytes) -> Timing:
        """Fetches the path, whose answer must have that content."""
        request = f'GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n'.encode()
        pieces: list[bytes] = []
        with nullcontext() if self._core is None else machine.ahead_of_all(self._core):
            started = time.perf_counter()
            self._socket.sendall(request)
            pieces.append(self._receive())
            first = time.perf_counter()
        while HEAD_END not in pieces[0]:
            pieces[0] += self._receive()
        missing = pieces[0].index(HEAD_END) + len(HEAD_END) + len(content) - len(pieces[0])
        if not pieces[0].split(b' ', 2)[1] == b'200':
            raise WrongAnswer(f'{path}: {pieces[0].splitlines()[0].decode()}')
        while missing > 0:
            pieces.append(self._receive())
            missing -= len(pieces[-1])
        whole = time.perf_counter()
        head, _, body = b''.join(pieces).partition(HEAD_END)
        if body != content:
            raise WrongAnswer(f'{path}: these are not the stored bytes')
        return Timing((first - started) * 1000, (whole - started) * 1000, head)

    def close(self) -> None:
        self._socket.close()

    def _receive(self) -> bytes:
        count = self._socket.recv_into(self._buffer)
        if count == 0:
            raise WrongAnswer('the connection ended in the middle of an answer')
        return bytes(self._buffer[:count])
