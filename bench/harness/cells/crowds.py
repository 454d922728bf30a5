"""Many clients at once: one cold image for all, and readers that take their time."""

import itertools
from collections.abc import Callable

from .. import check, readers, throughput, wrk
from ..check import Expected
from ..contender import Contender
from ..images import MIB
from ..lab import Lab
from ..origin import Settings
from ..result import Row, WrongAnswer
from ..wrk import Load

READER_BYTES_PER_SECOND = 50_000
_names = (f's{number}' for number in itertools.count())


def storm(lab: Lab) -> list[Row]:
    """Miss storm: 500 clients, one cold image of 5 MiB, on one and two instances."""
    rows: list[Row] = []
    settings = Settings(redis_port=lab.redis.port)
    kinds: list[Callable[[int], Contender]] = [
        lambda instance: lab.origin(settings, instance),
        lambda instance: lab.nginx(instance=instance),
        lambda instance: lab.varnish(instance=instance)]
    for instances in (1, 2):
        groups = [[kind(instance) for instance in range(instances)] for kind in kinds]
        rows += _storms(lab, groups, instances)
    return rows


def _storms(lab: Lab, groups: list[list[Contender]], instances: int) -> list[Row]:
    where = f'{lab.effort.storm_clients} clients, {instances} instance{"s" if instances > 1 else ""}'
    rows = [Row('storm', f'{where}: {what}', unit, higher_is_better=False) for what, unit in
            (('reads of S3', 'GETs'), ('bytes from S3', 'images'), ('everybody served', 's'))]
    group_of = {group[0].name: group for group in groups}

    def once(first: Contender) -> None:
        for row, figure in zip(rows, _storm(lab, group_of[first.name])):
            row.add(first.name, figure)

    with lab.running(*itertools.chain(*groups)):
        for contender in itertools.chain(*groups):
            _warm_up(lab, contender)
        lab.in_turn(rows, [group[0] for group in groups], once)
    return rows


def _storm(lab: Lab, group: list[Contender]) -> tuple[float, float, float]:
    """Reads of S3, bytes read as a multiple of the image, seconds until everybody has it."""
    image = lab.images.cold(next(_names), '5m', paced=True)
    mark = lab.store.mark()
    seconds = readers.storm([contender.port for contender in group], image.path, image, lab.effort.storm_clients)
    gets = lab.store.gets_since(mark, image.key)
    return len(gets), sum(get.bytes for get in gets) / image.length, seconds


def slow_readers(lab: Lab) -> list[Row]:
    """500 slow readers (50 kB/s) of one image of 20 MiB: how much the resident memory grows."""
    clients = lab.effort.slow_readers
    row = Row('slow-readers', f'{clients} readers for {lab.effort.slow_seconds} s', 'MiB', higher_is_better=False)

    def once(contender: Contender) -> None:
        # A fresh process each time: what one crowd left behind would be missing from the next one's growth.
        with lab.running(contender):
            _warm_up(lab, contender)
            grown, least = _crowd(lab, contender)
        expected = READER_BYTES_PER_SECOND * lab.effort.slow_seconds
        if least < expected // 2:
            raise WrongAnswer(f'one reader got {least} of {expected} bytes')
        row.add(contender.name, grown / MIB)

    # By default half as many may read at their own pace; what is beyond waits, and is refused then.
    room = Settings(extra={'IMAGE_ORIGIN_STORE_MAX_CONNECTIONS': str(3 * clients)})
    lab.in_turn([row], lab.all(room), once)
    return [row]


def _crowd(lab: Lab, contender: Contender) -> tuple[int, int]:
    """How many bytes the memory grew at its highest, and what the slowest reader got."""
    image = lab.images.cold(next(_names), '20m')
    before = contender.process.memory_bytes()
    seen = [before]
    least = readers.slow(contender.port, image.path, image, lab.effort.slow_readers, READER_BYTES_PER_SECOND,
                         lab.effort.slow_seconds, lambda: seen.append(contender.process.memory_bytes()))
    return max(seen) - before, least


def _warm_up(lab: Lab, contender: Contender) -> None:
    """Memory and code that any load needs are not the crowd's."""
    image = lab.images.hot('100k')
    check.answer(contender, Expected(image))
    throughput.warm_up(lab, contender, lambda seconds: wrk.run(contender.url, Load(image.path), seconds,
                                                               lab.load_core))
    path = f'/proxy-image/projects/cold/blocks/{next(_names)}-'
    wrk.run(contender.url, Load(script='cold.lua', arguments=(path, '/100k.jpg')), 1, lab.load_core)
