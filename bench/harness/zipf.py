"""Which of many images is asked for next: Zipf's law."""

import array
import itertools
import random
import sys
from pathlib import Path

# Popularity falls with rank to this power; web traces are between 0.7 and 1.0.
EXPONENT = 0.9
DRAWS = 1_000_000


def write_order(file: Path, count: int) -> None:
    """Draws of ranks, 0 the most popular, four bytes each, little-endian."""
    weights = itertools.accumulate(1 / rank ** EXPONENT for rank in range(1, count + 1))
    order = array.array('I', random.Random(3).choices(range(count), cum_weights=list(weights), k=DRAWS))
    if sys.byteorder == 'big':
        order.byteswap()
    file.write_bytes(order.tobytes())
