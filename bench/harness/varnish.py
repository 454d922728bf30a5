"""Varnish with its images in memory."""

import shutil
from collections.abc import Mapping
from pathlib import Path

from . import template
from .contender import Contender, log_of
from .process import Process

# What the shared-memory log would hold of each hit. Nobody reads it here, and leaving it out saves a copy per header.
UNLOGGED = ('Begin', 'End', 'Link', 'ReqStart', 'ReqMethod', 'ReqURL', 'ReqProtocol', 'ReqHeader', 'ReqUnset',
            'RespProtocol', 'RespStatus', 'RespReason', 'RespHeader', 'RespUnset', 'VCL_call', 'VCL_return', 'VCL_use',
            'Timestamp', 'ReqAcct', 'Hit', 'SessOpen', 'SessClose', 'Filters', 'Length')

# Each with its reason.
PARAMETERS = {
    # One core is measured; more pools would only compete for it.
    'thread_pools': '1',
    # The threads are there before the load is: one for each busy connection, 500 in the widest cell.
    'thread_pool_min': '600',
    'thread_pool_max': '2000',
    'vsl_mask': ','.join(f'-{tag}' for tag in UNLOGGED),
    # A large image may push out as many small ones as it needs.
    'nuke_limit': '100000',
    # Answers for HTTP/2 clients, too.
    'feature': '+http2',
    'h2_max_concurrent_streams': '1000',
}


class Varnish(Contender):
    """The rules are in peers/varnish.vcl."""

    name = 'Varnish'

    def __init__(self, port: int, store_port: int, state: Path, fast: Path, core: int, cache_mib: int):
        super().__init__(port)
        self._state = state
        self._core = core
        self._store_port = store_port
        # Its log and counters are mapped files: on tmpfs, as its own manual asks.
        self._folder = fast / f'varnish-{port}'
        self._cache_mib = cache_mib

    @property
    def h2_url(self) -> str:
        return self.url

    def start(self) -> None:
        shutil.rmtree(self._folder, ignore_errors=True)
        rules = template.fill('varnish.vcl', self._state / f'varnish-{self.port}.vcl', S3_PORT=self._store_port)
        # No jail: it would only change the user that the files belong to.
        command = ['varnishd', '-F', '-j', 'none', '-n', str(self._folder), '-a', f'127.0.0.1:{self.port}',
                   '-T', 'none', '-f', str(rules), '-s', f'malloc,{self._cache_mib}m']
        for name, value in PARAMETERS.items():
            command += ['-p', f'{name}={value}']
        self.process = Process(command, log_of(self._state, 'varnish', self.port), {self._core})
        self.process.wait_for_port(self.port)

    def is_hit(self, headers: Mapping[str, str]) -> bool:
        return len(headers.get('X-Varnish', '').split()) == 2

    def stop(self) -> None:
        super().stop()
        shutil.rmtree(self._folder, ignore_errors=True)
