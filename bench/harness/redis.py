"""A Redis server for the regional tier, without persistence."""

import socket
from pathlib import Path

from .process import Process

MEMORY = '4gb'


class Redis:
    """Is there from the first use on."""

    def __init__(self, state: Path, port: int, core: int):
        self.port = port
        self.process = Process(
            ['redis-server', '--port', str(port), '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no',
             '--maxmemory', MEMORY, '--maxmemory-policy', 'allkeys-lru', '--dir', str(state)],
            state / 'redis.log', {core})
        self.process.wait_for_port(port)

    def flush(self) -> None:
        """Forgets everything."""
        with socket.create_connection(('127.0.0.1', self.port)) as connection:
            connection.sendall(b'FLUSHALL\r\n')
            if connection.recv(64) != b'+OK\r\n':
                raise RuntimeError('Redis does not flush')

    def stop(self) -> None:
        self.process.stop()
