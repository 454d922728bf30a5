"""Edges and Origin Shields: Varnish with the rules that compose has for them."""

from pathlib import Path

from .. import template
from ..contender import log_of
from ..process import Process

RULES = Path(__file__).resolve().parents[3] / 'compose' / 'varnish' / 'cloudfront.vcl'
CACHE_MIB = 128


class EdgeCache:
    """Starts empty."""

    def __init__(self, kind: str, port: int, backend_port: int, state: Path, fast: Path, cores: set[int]):
        self.port = port
        rules = template.fill(f'journey-{kind}.vcl', state / f'journey-{kind}-{port}.vcl', BACKEND_PORT=backend_port,
                              RULES=RULES)
        self._process = Process(
            ['varnishd', '-F', '-j', 'none', '-n', str(fast / f'journey-{port}'), '-a', f'127.0.0.1:{port}', '-T', 'none',
             '-f', str(rules), '-s', f'malloc,{CACHE_MIB}m', '-p', 'http_gzip_support=off',
             # Connections are kept, as between CloudFront's caches.
             '-p', 'timeout_idle=3600', '-p', 'backend_idle_timeout=3600'],
            log_of(state, 'varnish', port), cores)

    def wait(self) -> None:
        self._process.wait_for_port(self.port)

    def stop(self) -> None:
        self._process.stop()
