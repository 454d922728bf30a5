"""What viewers in Sydney and in London wait for an image, by how much of the way is warm."""

import itertools
from dataclasses import dataclass

from .. import wrk
from ..images import Image
from ..journey.world import LONDON, SYDNEY, World
from ..lab import Lab
from ..nginx import Nginx
from ..origin import Origin
from ..result import Row, WrongAnswer
from ..stopwatch import Stopwatch, Timing
from ..varnish import Varnish
from ..wrk import Load

CELL = 'journey'
SIZE = '100k'
HIT, MISS = 'Hit from cloudfront', 'Miss from cloudfront'
# Each way is gone before anything is measured, so that its connections are open.
WARM_UP_IMAGES = 30
WARM_UP_CLIENTS = 32

_names = (f'journey{number}' for number in itertools.count())


@dataclass(frozen=True)
class Scenario:
    """How the images are kept near their viewers."""

    name: str
    regions: tuple[str, ...]
    warmed: bool = False
    kind: str = Origin.name


@dataclass(frozen=True)
class Step:
    """One line of the first design's table, and one that it lacks. fresh: of images that nobody has seen."""

    label: str
    place: str
    x_cache: str
    fresh: bool = False


SCENARIOS = (
    Scenario('one region', (SYDNEY,)),
    Scenario('two regions', (SYDNEY, LONDON)),
    Scenario('two regions, warmed', (SYDNEY, LONDON), warmed=True),
    Scenario('nginx, one region', (SYDNEY,), kind=Nginx.name),
    Scenario('Varnish, one region', (SYDNEY,), kind=Varnish.name))

STEPS = (
    Step('first user, in Sydney', SYDNEY, MISS, fresh=True),
    Step('same edge again, Sydney', SYDNEY, HIT),
    Step('first user in London, after Sydney', LONDON, MISS),
    Step('same edge again, London', LONDON, HIT),
    Step('first user anywhere, in London', LONDON, MISS, fresh=True))

# What its users feel, by its own table: milliseconds from, to.
FIRST_DESIGN = {STEPS[0].label: (500, 800), STEPS[1].label: (20, 50), STEPS[2].label: (800, 1200), STEPS[3].label: (20, 50)}


def journey(lab: Lab) -> list[Row]:
    """The journey of an image of 100 KiB to viewers in Sydney and London, over emulated distances."""
    rows = _Rows()
    for scenario in SCENARIOS:
        world = World(lab, scenario.regions, lab.distances, scenario.kind)
        try:
            _prepare(world, scenario)
            _travel(world, scenario, rows)
        finally:
            world.stop()
    return rows.all


class _Rows:
    """For each step: what viewers waited, and what was read where."""

    def __init__(self):
        self.waits = {step: Row(CELL, step.label, 'ms', higher_is_better=False) for step in STEPS}
        self.reads = {(step, place): Row(CELL, f'{step.label}: read from S3 in {place}', 'reads', higher_is_better=False)
                      for step in STEPS for place in (SYDNEY, LONDON)}
        self.ocean = {step: Row(CELL, f'{step.label}: between London and Sydney', 'KiB', higher_is_better=False)
                      for step in STEPS}

    @property
    def all(self) -> list[Row]:
        return [*self.waits.values(), *self.reads.values(), *self.ocean.values()]


def _prepare(world: World, scenario: Scenario) -> None:
    for region in world.regions.values():
        if scenario.kind == Origin.name:
            # Misses, for as long as in the other cells: their code has to be compiled.
            load = Load(script='cold.lua', arguments=(f'/proxy-image/projects/cold/blocks/{next(_names)}-', f'/{SIZE}.jpg'),
                        connections=WARM_UP_CLIENTS)
            wrk.run(region.origin.url, load, world.lab.effort.warm_up_seconds, world.lab.load_core)
    for place in (SYDNEY, LONDON):
        with world.viewer(place) as viewer:
            for image in _new_images(world.lab, WARM_UP_IMAGES):
                viewer.time(image.path, image.content)


def _travel(world: World, scenario: Scenario, rows: _Rows) -> None:
    images: list[Image] = []
    for step in STEPS:
        if step.fresh:
            images = _new_images(world.lab, world.lab.effort.journey_images)
            _warm(world, scenario, images)
        _take(world, scenario, step, images, rows)


def _warm(world: World, scenario: Scenario, images: list[Image]) -> None:
    if scenario.warmed:
        for region in world.regions.values():
            seconds = region.warm(images, world.lab.issuer)
            world.lab.say(f'  {scenario.name}: {len(images)} images in the tiers of {region.name} after {seconds:.2f} s')


def _take(world: World, scenario: Scenario, step: Step, images: list[Image], rows: _Rows) -> None:
    marks = {name: region.store.mark() for name, region in world.regions.items()}
    ocean = world.ocean_bytes()
    with world.viewer(step.place) as viewer:
        timings = [_view(viewer, image, step, scenario) for image in images]
    rows.ocean[step].add(scenario.name, (world.ocean_bytes() - ocean) / 1024)
    for timing in timings:
        rows.waits[step].add(scenario.name, timing.whole, first_byte_ms=timing.first_byte)
    keys = {image.key for image in images}
    for name, region in world.regions.items():
        reads = [read for read in region.store.gets_since(marks[name], '') if read.path.split('/', 2)[2] in keys]
        rows.reads[step, name].add(scenario.name, len(reads))


def _view(viewer: Stopwatch, image: Image, step: Step, scenario: Scenario) -> Timing:
    timing = viewer.time(image.path, image.content)
    if timing.header('X-Cache') != step.x_cache:
        raise WrongAnswer(f'{scenario.name}, {step.label}: X-Cache: {timing.header("X-Cache")}')
    return timing


def _new_images(lab: Lab, count: int) -> list[Image]:
    return [lab.images.cold(next(_names), SIZE) for _ in range(count)]
