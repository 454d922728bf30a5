"""nginx with proxy_cache, whole images or slices."""

import getpass
import shutil
from collections.abc import Mapping
from pathlib import Path

from . import template
from .contender import Contender, log_of
from .process import Process

TLS = ('proxy_ssl_protocols TLSv1.3; proxy_ssl_session_reuse on; proxy_ssl_verify on; proxy_ssl_name localhost; '
       'proxy_ssl_trusted_certificate {};')
SLICE = 'slice 1m; proxy_set_header Range $slice_range;'


class Nginx(Contender):
    """Its options, each with its reason, are in peers/nginx.conf."""

    name = 'nginx'

    def __init__(self, port: int, h2_port: int, store_port: int, state: Path, fast: Path, core: int, cache_mib: int,
                 sliced: bool = False, sendfile: bool = True, trusted: Path | None = None):
        super().__init__(port)
        self.name = 'nginx slice' if sliced else 'nginx'
        self._h2_port = h2_port
        self._state = state
        self._core = core
        self._cache = fast / f'nginx-{port}'
        self._values = {
            'NAME': f'nginx-{port}', 'USER': getpass.getuser(), 'STATE': state, 'CACHE': self._cache, 'PORT': port,
            'H2_PORT': h2_port, 'S3_PORT': store_port, 'SCHEME': 'https' if trusted else 'http',
            'TLS': TLS.format(trusted) if trusted else '', 'SIZE': cache_mib,
            'SENDFILE': 'on' if sendfile else 'off', 'SLICE_KEY': '$slice_range' if sliced else '', 'SLICE': SLICE if sliced else ''}

    @property
    def h2_url(self) -> str:
        return f'http://127.0.0.1:{self._h2_port}'

    def start(self) -> None:
        shutil.rmtree(self._cache, ignore_errors=True)
        self._cache.mkdir(parents=True)
        name = f'nginx-{self.port}'
        configuration = template.fill('nginx.conf', self._state / f'{name}.conf', **self._values)
        self.process = Process(['nginx', '-c', str(configuration)], log_of(self._state, 'nginx', self.port),
                               {self._core})
        self.process.wait_for_port(self.port)

    def is_hit(self, headers: Mapping[str, str]) -> bool:
        return headers.get('X-Cache-Status') == 'HIT'

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self._cache, ignore_errors=True)
