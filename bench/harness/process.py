"""A process on a core of its own, its processor time and its memory."""

import os
import resource
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import ClassVar

TICKS_PER_SECOND = os.sysconf('SC_CLK_TCK')
STOP_SECONDS = 20


class Process:
    """A started process with all its children, kept on some cores."""

    running: ClassVar[set['Process']] = set()

    def __init__(self, command: list[str], log: Path, cores: set[int], env: dict[str, str] | None = None):
        self.started = time.monotonic()
        with log.open('ab') as output:
            self.process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=output, stderr=output, env={**os.environ, **(env or {})},
                start_new_session=True, preexec_fn=lambda: os.sched_setaffinity(0, cores))
        self.command = command
        self.log = log
        self.running.add(self)

    def wait_for_port(self, port: int, seconds: float = 60) -> None:
        """Returns when something listens there; fails if the process ends before."""
        deadline = time.monotonic() + seconds
        while not listens(port):
            self.expect_alive()
            if time.monotonic() > deadline:
                raise RuntimeError(f'{self.command[0]} does not listen on port {port}; see {self.log}')
            time.sleep(0.005)

    def expect_alive(self) -> None:
        """Fails if the process has ended."""
        if self.process.poll() is not None:
            raise RuntimeError(f'{self.command[0]} ended with {self.process.returncode}; see {self.log}')

    def cpu_seconds(self) -> float:
        """User and system time so far, of the process and its living and ended children."""
        return sum(_cpu_ticks(pid) for pid in self._pids()) / TICKS_PER_SECOND

    def memory_bytes(self) -> int:
        """Resident memory of the process and its children; what they share counts once."""
        return sum(_proportional_bytes(pid) for pid in self._pids())

    def stop(self) -> None:
        """Asks the process to end, then ends its whole group."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(STOP_SECONDS)
            except subprocess.TimeoutExpired:
                pass
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()
        self.running.discard(self)

    def _pids(self) -> list[int]:
        found, pending = [], [self.process.pid]
        while pending:
            pid = pending.pop()
            found.append(pid)
            pending += _children(pid)
        return found


def own_cpu_seconds() -> float:
    """Processor time so far of everything that this program is and has started."""
    ended = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(usage.ru_utime + usage.ru_stime for usage in ended) \
        + sum(process.cpu_seconds() for process in Process.running)


def listens(port: int) -> bool:
    """Whether a connection to the port of this machine succeeds."""
    with socket.socket() as probe:
        return probe.connect_ex(('127.0.0.1', port)) == 0


def _children(pid: int) -> list[int]:
    children = []
    for file in Path(f'/proc/{pid}/task').glob('*/children'):
        try:
            children += map(int, file.read_text().split())
        except FileNotFoundError:
            pass
    return children


def _cpu_ticks(pid: int) -> int:
    try:
        # The name in the second field may hold blanks; utime to cstime are the 12th to 15th after it.
        fields = Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()
    except FileNotFoundError:
        return 0
    return sum(map(int, fields[11:15]))


def _proportional_bytes(pid: int) -> int:
    try:
        lines = Path(f'/proc/{pid}/smaps_rollup').read_text().splitlines()
    except FileNotFoundError:
        return 0
    return next(int(line.split()[1]) * 1024 for line in lines if line.startswith('Pss:'))
