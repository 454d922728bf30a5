"""Answers from Redis, with the memory tier off; the peers have no such tier."""

from .. import stopwatch, throughput
from ..check import Expected
from ..contender import Contender
from ..lab import Lab
from ..origin import Settings
from ..result import Row, percentile

# A command that takes longer than its time limit is answered from S3, as it is meant to be.
PATIENCE_LOST = 0.001


def redis(lab: Lab) -> list[Row]:
    """Redis hit of 100 KiB: requests/s, and milliseconds one at a time."""
    contenders = [lab.origin(Settings(memory_mib=0, redis_port=lab.redis.port))]
    image = lab.images.hot('100k')
    median = Row('redis', 'one client, p50', 'ms', higher_is_better=False)

    def once(contender: Contender) -> None:
        client = stopwatch.Stopwatch(contender.port, lab.load_core)
        try:
            times = [client.time(image.path, image.content).whole for _ in range(lab.effort.samples)]
        finally:
            client.close()
        median.add(contender.name, percentile(times, 50), p99_ms=percentile(times, 99))

    with lab.running(*contenders):
        row = throughput.hits(lab, Row('redis', '64 clients, 100k', 'requests/s'), contenders,
                              lambda _: Expected(image), tolerated=PATIENCE_LOST)
        median.notes = row.notes
        if not row.refused:
            lab.in_turn([median], contenders, once)
        return [row, median]
