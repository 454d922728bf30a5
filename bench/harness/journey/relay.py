"""The process that emulates distances: bench/load/DelayRelay.java."""

import socket
from dataclasses import dataclass
from pathlib import Path

from ..process import Process

PROGRAM = Path(__file__).resolve().parents[2] / 'load' / 'DelayRelay.java'


@dataclass(frozen=True)
class Link:
    """Who connects to the port reaches the target, a round trip away."""

    name: str
    port: int
    target: int
    round_trip_ms: float

    def argument(self) -> str:
        return f'{self.name}:{self.port}:{self.target}:{self.round_trip_ms}'


class Relay:
    """Runs while a topology does."""

    def __init__(self, java: str, control_port: int, links: list[Link], state: Path, cores: set[int]):
        self._control_port = control_port
        self._process = Process([java, '-Xmx256m', str(PROGRAM), str(control_port),
                                 *(link.argument() for link in links)], state / 'relay.log', cores)
        try:
            self._process.wait_for_port(control_port)
        except RuntimeError:
            self._process.stop()
            raise

    def bytes_over(self, names: set[str]) -> int:
        """What has crossed these links so far, in both directions."""
        return sum(int(sent) + int(received) for name, _, sent, received in self._lines() if name in names)

    def stop(self) -> None:
        self._process.stop()

    def _lines(self) -> list[list[str]]:
        with socket.create_connection(('127.0.0.1', self._control_port)) as connection:
            text = b''.join(iter(lambda: connection.recv(65536), b''))
        return [line.split() for line in text.decode().splitlines()]
