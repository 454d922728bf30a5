"""From the start of a process to its full speed."""

import itertools
import json
import statistics
import time

from .. import check, throughput, wrk
from ..check import Expected
from ..contender import Contender
from ..lab import Lab
from ..origin import Origin
from ..result import Row, WrongAnswer
from ..wrk import Load

TENTHS_LOOKED_AT = 5
STEADY = 0.9
STEADY_SHARE = 1 / 3
# Seconds from ready.
FRESH_WINDOWS = ((0, 5), (5, 15), (15, 30), (30, 60))
FRESH_CONNECTIONS = 32

_names = (f'f{number}' for number in itertools.count())


def start(lab: Lab) -> list[Row]:
    """Start to ready, and to the first image."""
    rows: list[Row] = []
    for cores in ({lab.server_core}, {lab.server_core, lab.load_core}):
        where = f'{len(cores)} core{"s" if len(cores) > 1 else ""}'
        ready = Row('start', f'{where}: ready', 's', higher_is_better=False)
        first = Row('start', f'{where}: first image', 's', higher_is_better=False)
        lab.in_turn([ready, first], lab.origins(cores=cores), lambda contender, pair=(ready, first): _start(lab, contender, *pair))
        rows += [ready, first]
    return rows


def _start(lab: Lab, origin: Origin, ready: Row, first: Row) -> None:
    origin.launch()
    try:
        ready.add(origin.name, origin.wait_until_ready())
        check.answer(origin, Expected(lab.images.hot('100k')))
        first.add(origin.name, time.monotonic() - origin.process.started)
    finally:
        origin.stop()


def warm_up(lab: Lab) -> list[Row]:
    """A fresh instance under a load of 4 KiB hits: seconds until 90% of its steady rate."""
    row = Row('warm-up', '90% of the steady hit rate', 's', higher_is_better=False)
    rate = Row('warm-up', 'rate in the first second', 'requests/s')
    contenders: list[Contender] = [*lab.origins(), lab.nginx(), lab.varnish()]

    def once(contender: Contender) -> None:
        with lab.running(contender):
            expected = Expected(lab.images.hot('4k'))
            throughput.expect_cached(lab, row, contender, expected)
            load = Load(expected.image.path, script='progress.lua')
            outcome = wrk.run(contender.url, load, lab.effort.warm_up_curve_seconds, lab.load_core)
        counts = _tenths(outcome.output)
        row.add(contender.name, _seconds_until_steady(counts), tenths=counts)
        rate.add(contender.name, sum(counts[:10]))

    lab.in_turn([row, rate], contenders, once)
    rate.notes = row.notes
    return [row, rate]


def fresh(lab: Lab) -> list[Row]:
    """A fresh instance under a load of misses of 100 KiB, on one core and two: requests/s in windows from ready."""
    rows: list[Row] = []
    for cores in ({lab.server_core}, {lab.server_core, lab.load_core}):
        where = f'{len(cores)} core{"s" if len(cores) > 1 else ""}'
        windows = [Row('fresh', f'{where}: {first} to {last} s', 'requests/s')
                   for first, last in _fresh_windows(lab)]
        contenders: list[Contender] = list(lab.origins(cores=cores))
        lab.in_turn(windows, contenders, lambda contender, rows=windows: _fresh(lab, contender, rows))
        rows += windows
    return rows


def _fresh(lab: Lab, contender: Contender, windows: list[Row]) -> None:
    before = contender.path(f'projects/cold/blocks/{next(_names)}-')
    load = Load(script='fresh.lua', arguments=(before, '/100k.jpg'), connections=FRESH_CONNECTIONS)
    with lab.running(contender):
        outcome = wrk.run(contender.url, load, _fresh_windows(lab)[-1][1], lab.load_core)
    if outcome.wrong_status or outcome.broken:
        raise WrongAnswer(f'{outcome.wrong_status} answers with an error, {outcome.broken} broken connections')
    counts = _tenths(outcome.output)
    for row, (first, last) in zip(windows, _fresh_windows(lab)):
        counted = counts[first * 10:last * 10]
        row.add(contender.name, sum(counted) / len(counted) * 10)


def _fresh_windows(lab: Lab) -> list[tuple[int, int]]:
    return [window for window in FRESH_WINDOWS if window[1] <= lab.effort.fresh_seconds]


def _tenths(output: str) -> list[int]:
    """Requests in each tenth of a second; the last one is cut off."""
    line = next(line for line in output.splitlines() if line.startswith('COUNTS '))
    return json.loads(line.removeprefix('COUNTS '))[:-1]


def _seconds_until_steady(counts: list[int]) -> float:
    """The end of the first half second that reaches 90% of the last third's median rate."""
    steady = statistics.median(counts[-max(1, int(len(counts) * STEADY_SHARE)):])
    for tenth in range(TENTHS_LOOKED_AT, len(counts) + 1):
        if sum(counts[tenth - TENTHS_LOOKED_AT:tenth]) >= STEADY * steady * TENTHS_LOOKED_AT:
            return tenth / 10
    return len(counts) / 10
