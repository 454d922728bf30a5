"""The machine a run took place on, and the versions of everything that took part."""

import os
import platform
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


def describe(java: str) -> dict[str, str]:
    """Names and versions, in the order in which a reader wants them."""
    return {
        'processor': _processor(),
        'cores': str(os.cpu_count()),
        'memory': _memory(),
        'kernel': platform.release(),
        'priority of the client that takes times': 'ahead of all' if _may_go_ahead() else 'ordinary, for want of rights',
        'congestion control': Path('/proc/sys/net/ipv4/tcp_congestion_control').read_text().strip(),
        'system': _first_line('/etc/os-release', 'PRETTY_NAME=').strip('"'),
        'Java': _said(java, '-version'),
        'nginx': _said('nginx', '-v'),
        'Varnish': _said('varnishd', '-V'),
        'Redis': _said('redis-server', '--version'),
        'wrk': _said('wrk', '-v'),
        'h2load': _said('h2load', '--version'),
        'image-origin': _said('git', 'describe', '--always', '--dirty'),
    }


def cores() -> tuple[int, int, int]:
    """The cores of the contenders, of the load and of the neighbours (S3, Redis)."""
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) < 2:
        raise SystemExit('bench/run needs two cores: one for the server, one for the load.')
    return usable[0], usable[1], usable[2] if len(usable) > 2 else usable[1]


def busy_seconds() -> float:
    """Processor time that all cores together have spent on anything, interrupts and the hypervisor's theft included."""
    user, nice, system, _, _, *rest = map(int, _first_line('/proc/stat', 'cpu ').split()[:8])
    return (user + nice + system + sum(rest)) / os.sysconf('SC_CLK_TCK')


@contextmanager
def ahead_of_all(core: int) -> Iterator[None]:
    """Keeps this thread on a core, where it runs as soon as it can, whatever else does (if it may: that takes root)."""
    cores = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {core})
    try:
        _go_ahead()
        yield
    finally:
        _step_back()
        os.sched_setaffinity(0, cores)


def _may_go_ahead() -> bool:
    try:
        return _go_ahead()
    finally:
        _step_back()


def _go_ahead() -> bool:
    """Whether it may."""
    try:
        os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    except PermissionError:
        return False
    return True


def _step_back() -> None:
    os.sched_setscheduler(0, os.SCHED_OTHER, os.sched_param(0))


def _processor() -> str:
    return _first_line('/proc/cpuinfo', 'model name').lstrip('\t :') or platform.machine()


def _memory() -> str:
    kib = int(_first_line('/proc/meminfo', 'MemTotal:').split()[0])
    return f'{kib / 1024 / 1024:.0f} GiB'


def _first_line(file: str, prefix: str) -> str:
    for line in Path(file).read_text().splitlines():
        if line.startswith(prefix):
            return line[len(prefix):].strip()
    return ''


def _said(*command: str) -> str:
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return 'not here'
    return next((line.strip() for line in (answer.stdout + answer.stderr).splitlines() if line.strip()), 'silent')
