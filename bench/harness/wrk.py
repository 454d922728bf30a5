"""wrk, the load generator for HTTP/1.1."""

import json
import os
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

SCRIPTS = Path(__file__).parent.parent / 'load'
CONNECTIONS = 64


@dataclass(frozen=True)
class Load:
    """What to ask for, again and again."""

    path: str = '/'
    headers: dict[str, str] = field(default_factory=dict)
    script: str = 'report.lua'
    arguments: tuple[str, ...] = ()
    connections: int = CONNECTIONS


@dataclass(frozen=True)
class Outcome:
    """What came of it; seconds, bytes with heads, milliseconds until an answer was whole."""

    requests: int
    bytes: int
    seconds: float
    wrong_status: int
    broken: int
    p50_ms: float
    p99_ms: float
    # Share of the load's core that it used: at 1 the load is the limit, not the server.
    busy: float
    output: str
    connections: int = CONNECTIONS

    @property
    def rate(self) -> float:
        return self.requests / self.seconds


def run(url: str, load: Load, seconds: int, core: int) -> Outcome:
    """Runs the load with all its connections on one thread."""
    command = ['wrk', '-t1', f'-c{load.connections}', f'-d{seconds}s', '--timeout', '30s', '-s', load.script]
    for name, value in load.headers.items():
        command += ['-H', f'{name}: {value}']
    command += [url + load.path, *(['--', *load.arguments] if load.arguments else [])]
    output, busy = run_on_core(command, SCRIPTS, core)
    line = next((line for line in output.splitlines() if line.startswith('JSON ')), None)
    if line is None:
        raise RuntimeError(f'{" ".join(command)}: {output}')
    return Outcome(**json.loads(line.removeprefix('JSON ')), busy=busy, output=output,
                   connections=load.connections)


def run_on_core(command: list[str], folder: Path, core: int) -> tuple[str, float]:
    """The output of a load generator, and the share of its core that it used."""
    with tempfile.TemporaryFile() as output:
        started = time.monotonic()
        process = subprocess.Popen(command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=output,
                                   preexec_fn=lambda: os.sched_setaffinity(0, {core}))
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        elapsed = time.monotonic() - started
        output.seek(0)
        text = output.read().decode(errors='replace')
    if process.returncode:
        raise RuntimeError(f'{" ".join(command)} ended with {process.returncode}: {text}')
    return text, (usage.ru_utime + usage.ru_stime) / elapsed
