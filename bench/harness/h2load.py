"""h2load, the load generator for HTTP/2 without TLS."""

import re
from pathlib import Path

from .wrk import Outcome, run_on_core

CONNECTIONS = 8
STREAMS = 8


def run(url: str, seconds: int, core: int) -> Outcome:
    """Runs eight connections with eight streams each."""
    command = ['h2load', '-t1', f'-c{CONNECTIONS}', f'-m{STREAMS}', f'-D{seconds}', url]
    output, busy = run_on_core(command, Path.cwd(), core)
    done = int(_found(r'requests: \d+ total, \d+ started, (\d+) done', output))
    good = int(_found(r'status codes: (\d+) 2xx', output))
    broken = int(_found(r'(\d+) failed, \d+ errored', output))
    size = int(_found(r'traffic: [^\n]*?\((\d+)\) total', output))
    return Outcome(done, size, float(seconds), max(0, done - good), broken, 0, 0, busy, output)


def _found(pattern: str, text: str) -> str:
    found = re.search(pattern, text)
    if found is None:
        raise RuntimeError(f'h2load said: {text}')
    return found[1]
