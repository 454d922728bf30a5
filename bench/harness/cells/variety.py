"""Ten thousand different images, asked for by Zipf's law."""

import random

from .. import check, throughput, wrk, zipf
from ..check import Expected
from ..contender import Contender
from ..lab import CACHE_MIB, Lab
from ..origin import Settings
from ..result import Row, WrongAnswer
from ..wrk import Load

# All of them are 1.1 GiB.
ROOMY_MIB = 1536
COMPARED = 50
# Images that a cache may drop although all would fit.
TOLERATED_MISSES = 0.001


def fits(lab: Lab) -> list[Row]:
    """10,000 different images, Zipf; all fit into memory."""
    return [_measure(lab, 'zipf', ROOMY_MIB, all_fit=True)]


def exceeds(lab: Lab) -> list[Row]:
    """10,000 different images, Zipf; memory holds a quarter of them."""
    return [_measure(lab, 'zipf-large', CACHE_MIB, all_fit=False)]


def _measure(lab: Lab, cell: str, memory_mib: int, all_fit: bool) -> Row:
    images = lab.images.different()
    paths, order = lab.state / 'run' / 'paths.txt', lab.state / 'run' / 'order.bin'
    paths.write_text(''.join(f'{image.path}\n' for image in images))
    zipf.write_order(order, len(images))
    row = Row(cell, f'10,000 images of 1.1 GiB, memory {memory_mib} MiB', 'requests/s')
    load = Load(script='lines.lua', arguments=(str(paths), str(order)))

    def run(contender: Contender, seconds: int) -> wrk.Outcome:
        return wrk.run(contender.url, load, seconds, lab.load_core)

    def prepare(contender: Contender) -> None:
        # The least popular first, so that a small cache is left with the most popular.
        for image in reversed(images):
            check.get(contender, image.path, {})
        for image in random.Random(4).sample(images, COMPARED):
            check.answer(contender, Expected(image))
        throughput.expect_cached(lab, row, contender, Expected(images[0]))
        throughput.warm_up(lab, contender, lambda seconds: run(contender, seconds))

    def once(contender: Contender) -> None:
        result = throughput.measure(lab, contender, lambda seconds: run(contender, seconds), 'projects/zipf/')
        misses = min(1.0, result.store_gets / result.outcome.requests)
        if all_fit and misses > TOLERATED_MISSES and 'uncached' not in row.notes.get(contender.name, ()):
            raise WrongAnswer(f'{misses:.1%} of the requests read from S3 although all images fit')
        throughput.record(row, contender, result)
        row.details[-1]['hit_ratio'] = 1 - misses

    contenders = lab.all(Settings(memory_mib=memory_mib))
    with lab.running(*contenders):
        for contender in contenders:
            lab.attempt([row], contender, prepare)
        lab.in_turn([row], contenders, once)
    if not all_fit:
        _note_hit_ratios(row)
    return row


def _note_hit_ratios(row: Row) -> None:
    for name in row.figures:
        ratios = [detail['hit_ratio'] for detail in row.details if detail['contender'] == name]
        row.note(name, f'{sum(ratios) / len(ratios):.0%} hits')
