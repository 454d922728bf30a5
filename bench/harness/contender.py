"""What is measured: a server that answers for the images of the bucket."""

from collections.abc import Callable, Mapping
from pathlib import Path

from .process import Process


class Contender:
    """A server on the measured core. Subclasses start it and say when an answer came from their cache."""

    name = ''

    def __init__(self, port: int):
        self.port = port
        self.process: Process | None = None

    @property
    def url(self) -> str:
        return f'http://127.0.0.1:{self.port}'

    @property
    def h2_url(self) -> str | None:
        """Where it speaks HTTP/2 without TLS, if it does."""
        return None

    def path(self, key: str) -> str:
        """Where it serves the object of that key."""
        return f'/proxy-image/{key}'

    def start(self) -> None:
        """Starts the server with an empty cache; returns when it can serve."""
        raise NotImplementedError

    def is_hit(self, headers: Mapping[str, str]) -> bool:
        """Whether the answer with these headers came from its cache."""
        raise NotImplementedError

    def stop(self) -> None:
        if self.process is not None:
            self.process.stop()
            self.process = None


class DirectStore(Contender):
    """The S3 server itself, to see what the way through a contender adds."""

    name = 'S3 itself'

    def __init__(self, port: int, process: Callable[[], Process]):
        super().__init__(port)
        self._store = process

    def path(self, key: str) -> str:
        return f'/images/{key}'

    def start(self) -> None:
        self.process = self._store()

    def is_hit(self, headers: Mapping[str, str]) -> bool:
        return False

    def stop(self) -> None:
        self.process = None


def log_of(state: Path, name: str, port: int) -> Path:
    """Where a contender's own words go."""
    return state / f'{name}-{port}.log'
