"""The cells: each a function that measures one thing and returns its rows. Its first line is its title."""

from collections.abc import Callable

from ..lab import Lab
from ..result import Row
from . import crowds, hits, journeys, misses, regional, spans, starts, variety

Cell = Callable[[Lab], list[Row]]

CELLS: dict[str, Cell] = {
    'hit': hits.hit,
    'clients': hits.clients,
    'token': hits.token,
    'cookie': hits.cookie,
    'conditional': hits.conditional,
    'range': hits.cached_range,
    'http2': hits.http2,
    'zipf': variety.fits,
    'zipf-large': variety.exceeds,
    'redis': regional.redis,
    'miss': misses.miss,
    'miss-latency': misses.latency,
    'first-byte': misses.first_byte,
    'storm': crowds.storm,
    'slow-readers': crowds.slow_readers,
    'cold-range': spans.cold_range,
    'start': starts.start,
    'warm-up': starts.warm_up,
    'fresh': starts.fresh,
    'journey': journeys.journey,
}


def title(cell: Cell) -> str:
    return cell.__doc__.strip().splitlines()[0]
