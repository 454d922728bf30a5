"""Everything a cell works with: the bucket, the servers, the cores and how long to measure."""

import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from . import certificate, machine, process
from .contender import Contender, DirectStore
from .images import Images
from .issuer import Issuer
from .journey.distances import Distances
from .nginx import Nginx
from .origin import Origin, Settings
from .package import Package
from .redis import Redis
from .result import Row, WrongAnswer
from .store import Store
from .varnish import Varnish
from .viewer import ViewerKey

# The memory that image-origin's tier has by default; the peers get as much.
CACHE_MIB = 256
PORTS_PER_INSTANCE = 10
# Two instances and the neighbours have the ports before.
JOURNEY_PORTS = 30
# Share of one core that others may use before a figure is marked.
DISTURBED = 0.1
# How long a turn is put off while others use the machine.
PATIENCE_SECONDS = 1
LOOK_SECONDS = 0.3


@dataclass(frozen=True)
class Effort:
    """How long everything takes."""

    rounds: int = 5
    seconds: int = 5
    warm_up_seconds: int = 15
    # A miss runs far more code than a hit, and one core compiles it beside the load.
    miss_warm_up_seconds: int = 90
    peer_warm_up_seconds: int = 2
    samples: int = 200
    storm_clients: int = 500
    slow_readers: int = 500
    slow_seconds: int = 60
    warm_up_curve_seconds: int = 15
    fresh_seconds: int = 60
    journey_images: int = 50

    def quick(self) -> 'Effort':
        """Enough to see that each cell works; no figure of it is worth quoting."""
        return replace(self, rounds=1, seconds=2, warm_up_seconds=4, miss_warm_up_seconds=8, peer_warm_up_seconds=1, samples=50,
                       slow_readers=100, slow_seconds=8, warm_up_curve_seconds=10, fresh_seconds=15,
                       journey_images=5)


class Lab:
    """Owns the neighbours (S3, Redis) and makes contenders."""

    def __init__(self, state: Path, package: Package, effort: Effort, first_port: int, allow_uncached: bool,
                 say: Callable[[str], None], clients: list[str], plain: bool, distances: Distances = Distances()):
        self.state = state
        self.package = package
        self.effort = effort
        self.allow_uncached = allow_uncached
        self.say = say
        self.clients = clients
        self.distances = distances
        self.server_core, self.load_core, self.neighbour_core = machine.cores()
        self.all_cores = {self.server_core, self.load_core, self.neighbour_core}
        self._first_port = first_port
        self.journey_port = first_port + JOURNEY_PORTS
        (state / 'run').mkdir(parents=True, exist_ok=True)
        self.images = Images(state / 'objects')
        # Caches are files for nginx: on tmpfs they are memory as everybody's.
        self.fast = Path(tempfile.mkdtemp(prefix='image-origin-bench-', dir='/dev/shm'))
        os.chmod(self.fast, 0o755)
        self._certificate = None if plain else certificate.create(state / 'run', package.java)
        self.store = Store(state / 'objects', state / 'run', first_port, self.neighbour_core,
                           None if plain else first_port + 2, self._certificate)

    @cached_property
    def redis(self) -> Redis:
        return Redis(self.state / 'run', self._first_port + 1, self.neighbour_core)

    @cached_property
    def issuer(self) -> Issuer:
        return Issuer(self.state / 'run')

    @cached_property
    def viewer_key(self) -> ViewerKey:
        return ViewerKey(self.state / 'run')

    def origin(self, settings: Settings = Settings(), instance: int = 0, cores: set[int] | None = None,
               client: str | None = None) -> Origin:
        """Reads S3 with that client, by default the first of those that are measured."""
        number = self.clients.index(client) if client else 0
        port = self._port(instance, 0) if number == 0 else self._port(instance + 1 + number, 0)
        return Origin(port, port + 1, self.store.url, self.state / 'run', cores or {self.server_core}, self.package,
                      settings, self.clients[number],
                      self._certificate.java_options() if self._certificate else ())

    def origins(self, settings: Settings = Settings(), cores: set[int] | None = None) -> list[Origin]:
        """One for each client that is measured."""
        return [self.origin(settings, cores=cores, client=client) for client in self.clients]

    def nginx(self, cache_mib: int = CACHE_MIB, instance: int = 0, sliced: bool = False,
              sendfile: bool = True) -> Nginx:
        port = self._port(instance, 4 if sliced else 2 if sendfile else 8)
        return Nginx(port, port + 1, self.store.tls_port or self.store.port, self.state / 'run', self.fast,
                     self.server_core, cache_mib, sliced, sendfile, self._certificate and self._certificate.file)

    def varnish(self, cache_mib: int = CACHE_MIB, instance: int = 0) -> Varnish:
        return Varnish(self._port(instance, 6), self.store.port, self.state / 'run', self.fast, self.server_core,
                       cache_mib)

    def direct(self) -> DirectStore:
        return DirectStore(self.store.port, lambda: self.store.process)

    def all(self, settings: Settings = Settings(), small: bool = False) -> list[Contender]:
        """The three, with as much memory each; small: images for which nginx does without sendfile."""
        cache = settings.memory_mib or CACHE_MIB
        return [*self.origins(settings), self.nginx(cache, sendfile=not small), self.varnish(cache)]

    @contextmanager
    def running(self, *contenders: Contender) -> Iterator[None]:
        """Has them up, with empty caches."""
        if 'redis' in self.__dict__:
            self.redis.flush()
        try:
            for contender in contenders:
                contender.start()
            yield
        finally:
            for contender in contenders:
                contender.stop()

    def in_turn(self, rows: list[Row], contenders: list[Contender], once: Callable[[Contender], None]) -> None:
        """A B C A B C …; who answers wrongly is out of these rows, and who was disturbed is marked."""
        for _ in range(self.effort.rounds):
            for contender in contenders:
                if contender.name not in rows[0].refused:
                    self._watched(rows, contender, once)

    def attempt(self, rows: list[Row], contender: Contender, once: Callable[[Contender], None]) -> None:
        """Does it, or has the rows say why it cannot count."""
        try:
            once(contender)
        except WrongAnswer as ex:
            self.say(f'  {contender.name}: refused: {ex}')
            for row in rows:
                row.refuse(contender.name, str(ex))

    def close(self) -> None:
        self.store.stop()
        if 'redis' in self.__dict__:
            self.redis.stop()
        shutil.rmtree(self.fast, ignore_errors=True)

    def _watched(self, rows: list[Row], contender: Contender, once: Callable[[Contender], None]) -> None:
        """An attempt, with an eye on what else the machine does meanwhile."""
        _wait_until_quiet()
        others = _Others()
        self.attempt(rows, contender, once)
        if others.share() > DISTURBED:
            for row in rows:
                row.note(contender.name, 'disturbed')

    def _port(self, instance: int, offset: int) -> int:
        return self._first_port + PORTS_PER_INSTANCE * (instance + 1) + offset


class _Others:
    """What programs that are not the benchmark's do from now on."""

    def __init__(self):
        self._started, self._busy, self._own = time.monotonic(), machine.busy_seconds(), process.own_cpu_seconds()

    def share(self) -> float:
        """As a share of one core."""
        foreign = machine.busy_seconds() - self._busy - (process.own_cpu_seconds() - self._own)
        return foreign / (time.monotonic() - self._started)


def _wait_until_quiet() -> None:
    """Returns when nobody else uses the machine, or when patience has ended."""
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline:
        others = _Others()
        time.sleep(LOOK_SECONDS)
        if others.share() <= DISTURBED:
            return
