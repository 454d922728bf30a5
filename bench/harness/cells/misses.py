"""Images that nobody has asked for yet, beside the same read from S3 itself."""

import itertools
from dataclasses import dataclass

from .. import check, throughput, wrk
from ..check import Expected
from ..contender import Contender
from ..lab import Lab
from ..origin import Origin
from ..result import Row, WrongAnswer, percentile
from ..stopwatch import Stopwatch, Timing
from ..store import BUCKET
from ..wrk import Load

CONNECTIONS = 32
# Beyond it a load was read more than once, or from the cache.
TOLERATED_DIFFERENCE = 0.02

_names = (f'n{number}' for number in itertools.count())


def miss(lab: Lab) -> list[Row]:
    """Miss of 100 KiB: each request asks for another image; requests/s."""
    contenders = [*lab.all(), lab.direct()]
    row = Row('miss', '32 clients, 100k', 'requests/s')
    image = lab.images.hot('100k')

    def run(contender: Contender, seconds: int, name: str) -> wrk.Outcome:
        before = contender.path(f'projects/cold/blocks/{name}-')
        load = Load(script='cold.lua', arguments=(before, '/100k.jpg'), connections=CONNECTIONS)
        return wrk.run(contender.url, load, seconds, lab.load_core)

    def prepare(contender: Contender) -> None:
        check.answer(contender, Expected(lab.images.cold(next(_names), '100k')))
        throughput.warm_up(lab, contender, lambda seconds: run(contender, seconds, next(_names)),
                           lab.effort.miss_warm_up_seconds)

    def once(contender: Contender) -> None:
        name = next(_names)
        result = throughput.measure(lab, contender, lambda seconds: run(contender, seconds, name),
                                    f'projects/cold/blocks/{name}-')
        throughput.expect_lengths(result.outcome, image.length)
        expected = result.outcome.requests
        if not expected <= result.store_gets <= expected * (1 + TOLERATED_DIFFERENCE) + wrk.CONNECTIONS:
            raise WrongAnswer(f'{result.store_gets} reads from S3 for {expected} misses')
        throughput.record(row, contender, result)

    with lab.running(*contenders):
        for contender in contenders:
            lab.attempt([row], contender, prepare)
        lab.in_turn([row], contenders, once)
    return [row]


def latency(lab: Lab) -> list[Row]:
    """Miss, one client: first byte and whole image, p50 and p99."""
    return _timed(lab, 'miss-latency', ('100k', '5m'), paced=False)


def first_byte(lab: Lab) -> list[Row]:
    """Miss while S3 sends 20 MiB/s: the first byte must not wait for the last."""
    return _timed(lab, 'first-byte', ('5m',), paced=True)


@dataclass(frozen=True)
class _Figure:
    label: str
    percent: float
    whole: bool

    def of(self, timings: list[Timing]) -> float:
        return percentile([timing.whole if self.whole else timing.first_byte for timing in timings], self.percent)


_FIGURES = (_Figure('first byte p50', 50, False), _Figure('first byte p99', 99, False),
            _Figure('whole p50', 50, True), _Figure('whole p99', 99, True))


def _timed(lab: Lab, cell: str, sizes: tuple[str, ...], paced: bool) -> list[Row]:
    rows: list[Row] = []
    contenders = [*lab.all(), lab.direct()]
    with lab.running(*contenders):
        for contender in contenders:
            _warm_up(lab, contender)
        for size in sizes:
            figures = [Row(cell, f'{size}, {figure.label}', 'ms', higher_is_better=False) for figure in _FIGURES]
            # A paced image takes a quarter of a second, however few bytes a round has.
            samples = max(5, lab.effort.samples // (10 if paced else 1))

            def once(contender: Contender) -> None:
                timings = _fetch_cold(lab, contender, size, paced, samples)
                for row, figure in zip(figures, _FIGURES):
                    row.add(contender.name, figure.of(timings))

            lab.in_turn(figures, contenders, once)
            rows += figures
    return rows


def _fetch_cold(lab: Lab, contender: Contender, size: str, paced: bool, samples: int) -> list[Timing]:
    images = [lab.images.cold(next(_names), size, paced) for _ in range(samples)]
    content = lab.images.hot(size).content
    mark = lab.store.mark()
    client = Stopwatch(contender.port, lab.load_core)
    try:
        timings = [client.time(contender.path(image.key), content) for image in images]
    finally:
        client.close()
    keys = {f'/{BUCKET}/{image.key}' for image in images}
    gets = sum(get.path in keys for get in lab.store.gets_since(mark, ''))
    if gets != samples:
        raise WrongAnswer(f'{gets} reads from S3 for {samples} misses')
    return timings


def _warm_up(lab: Lab, contender: Contender) -> None:
    """The code of a miss, not only that of a hit, has to be warm."""
    seconds = lab.effort.miss_warm_up_seconds if isinstance(contender, Origin) else lab.effort.peer_warm_up_seconds
    load = Load(script='cold.lua', arguments=(contender.path(f'projects/cold/blocks/{next(_names)}-'), '/100k.jpg'),
                connections=CONNECTIONS)
    wrk.run(contender.url, load, seconds, lab.load_core)
