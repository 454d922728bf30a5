"""image-origin with production settings."""

import http.client
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from . import issuer
from .contender import Contender, log_of
from .package import Package
from .process import Process
from .store import BUCKET

READY_SECONDS = 40
# Beside the memory tier, direct memory holds bytes on their way.
DIRECT_MIB_ON_THE_WAY = 256


@dataclass(frozen=True)
class Settings:
    """What a cell asks of image-origin beyond the default."""

    memory_mib: int = 256
    redis_port: int | None = None
    public_key: Path | None = None
    http2: bool = False
    extra: dict[str, str] = field(default_factory=dict)


class Origin(Contender):
    """Two tiers, each of which a cell may turn off."""

    name = 'image-origin'

    def __init__(self, port: int, management_port: int, store_url: str, state: Path, cores: set[int], package: Package,
                 settings: Settings, client: str = '', java_options: Sequence[str] = ()):
        super().__init__(port)
        self.management_port = management_port
        self.name = f'image-origin {client}'.strip()
        self._store_url = store_url
        self._java_options = java_options
        self._client = client
        self._state = state
        self._cores = cores
        self._package = package
        self._settings = settings

    @property
    def h2_url(self) -> str | None:
        return self.url if self._settings.http2 else None

    def start(self) -> None:
        self.launch()
        self.wait_until_ready()

    def launch(self) -> None:
        """Starts the process and returns at once."""
        direct = self._settings.memory_mib + DIRECT_MIB_ON_THE_WAY
        self.process = Process(self._package.command(f'-XX:MaxDirectMemorySize={direct}m',
                                                     *self._java_options),
                               log_of(self._state, 'image-origin', self.port), self._cores, self._environment())

    def wait_until_ready(self) -> float:
        """Seconds from the start of the process until the readiness probe says yes."""
        deadline = time.monotonic() + READY_SECONDS
        while not self._is_ready():
            self.process.expect_alive()
            if time.monotonic() > deadline:
                raise RuntimeError(f'image-origin is not ready; see {self.process.log}')
            time.sleep(0.005)
        return time.monotonic() - self.process.started

    def is_hit(self, headers: Mapping[str, str]) -> bool:
        nearest = headers.get('Cache-Status', '').split(',')[-1].strip()
        if self._settings.memory_mib:
            return nearest.startswith('image-origin-memory; hit')
        return nearest.startswith('image-origin-regional; hit')

    def _is_ready(self) -> bool:
        probe = http.client.HTTPConnection('127.0.0.1', self.management_port, timeout=5)
        try:
            probe.request('GET', '/actuator/health/readiness')
            return probe.getresponse().status == 200
        except OSError:
            return False
        finally:
            probe.close()

    def _environment(self) -> dict[str, str]:
        return {
            'AWS_ACCESS_KEY_ID': 'bench', 'AWS_SECRET_ACCESS_KEY': 'bench',
            'SERVER_PORT': str(self.port), 'SERVER_ADDRESS': '127.0.0.1',
            'MANAGEMENT_SERVER_PORT': str(self.management_port), 'MANAGEMENT_SERVER_ADDRESS': '127.0.0.1',
            'SERVER_HTTP2_ENABLED': str(self._settings.http2).lower(),
            'IMAGE_ORIGIN_STORE_BUCKETS_0_NAME': BUCKET, 'IMAGE_ORIGIN_STORE_BUCKETS_0_REGION': 'us-east-1',
            'IMAGE_ORIGIN_STORE_BUCKETS_0_ENDPOINT': self._store_url,
            'IMAGE_ORIGIN_STORE_BUCKETS_0_PATH_STYLE': 'true',
            'IMAGE_ORIGIN_CACHE_MEMORY_MAX_SIZE': f'{self._settings.memory_mib}MB',
            **({'IMAGE_ORIGIN_STORE_CLIENT': self._client} if self._client else {}),
            **self._redis(), **self._access(), **self._settings.extra}

    def _redis(self) -> dict[str, str]:
        if self._settings.redis_port is None:
            return {'IMAGE_ORIGIN_CACHE_REDIS_ENABLED': 'false'}
        return {'IMAGE_ORIGIN_CACHE_REDIS_ENABLED': 'true', 'SPRING_DATA_REDIS_HOST': '127.0.0.1',
                'SPRING_DATA_REDIS_PORT': str(self._settings.redis_port)}

    def _access(self) -> dict[str, str]:
        if self._settings.public_key is None:
            return {'IMAGE_ORIGIN_ACCESS_MODE': 'open'}
        resource_server = 'SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_'
        return {'IMAGE_ORIGIN_ACCESS_MODE': 'required', 'IMAGE_ORIGIN_ACCESS_PROJECT_CLAIM': 'projects',
                resource_server + 'PUBLIC_KEY_LOCATION': f'file:{self._settings.public_key}',
                resource_server + 'ISSUER_URI': issuer.ISSUER, resource_server + 'AUDIENCES': issuer.AUDIENCE}
