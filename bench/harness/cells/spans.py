"""A part of a large image that nobody has cached."""

import itertools
import time

from .. import check
from ..check import Expected
from ..contender import Contender
from ..images import KIB, MIB
from ..lab import Lab
from ..result import Row

LENGTH = 64 * KIB
FIRST = 50 * MIB + 12_345
# nginx and Varnish may go on reading when the client has what it asked for.
READING_ON_SECONDS = 30

_names = (f'r{number}' for number in itertools.count())


def cold_range(lab: Lab) -> list[Row]:
    """64 KiB from the middle of a cold image of 100 MiB: bytes read from S3, and the time."""
    read = Row('cold-range', 'bytes read from S3', 'KiB', higher_is_better=False)
    took = Row('cold-range', 'whole answer', 'ms', higher_is_better=False)
    contenders = [*lab.all(), lab.nginx(sliced=True)]

    def once(contender: Contender) -> None:
        image = lab.images.cold(next(_names), '100m')
        wanted = Expected(image, 206, {'Range': f'bytes={FIRST}-{FIRST + LENGTH - 1}'}, FIRST, FIRST + LENGTH - 1)
        mark = lab.store.mark()
        started = time.perf_counter()
        check.answer(contender, wanted)
        took.add(contender.name, (time.perf_counter() - started) * 1000)
        gets = lab.store.gets_since(mark, image.key, READING_ON_SECONDS)
        read.add(contender.name, sum(get.bytes for get in gets) / KIB, gets=len(gets))

    with lab.running(*contenders):
        for contender in contenders:
            lab.attempt([read, took], contender, once)
        # The first one was the warm-up.
        for row in (read, took):
            row.figures.clear()
            row.details.clear()
        lab.in_turn([read, took], contenders, once)
    return [read, took]
