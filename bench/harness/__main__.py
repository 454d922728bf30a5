"""The command line: which cells, how thoroughly, against which program."""

import argparse
import os
import shlex
import signal
import sys
import time
from dataclasses import replace
from pathlib import Path

from . import machine
from .cells import CELLS, title
from .journey.distances import Distances
from .lab import Effort, Lab
from .package import Package
from .report import Report
from .result import Row, WrongAnswer

PROJECT = Path(__file__).resolve().parents[2]


def main() -> int:
    options = _options()
    effort = Effort().quick() if options.quick else Effort()
    effort = replace(effort, rounds=options.rounds or effort.rounds, seconds=options.seconds or effort.seconds,
                     **{name: int(value) for name, value in (pair.split('=', 1) for pair in options.effort)})
    package = Package(options.java, options.jar.resolve(), shlex.split(options.java_options),
                      PROJECT / 'target' / 'bench' / 'package')
    package.prepare(_say)
    report = Report(_folder(options), machine.describe(options.java), _conditions(options, effort),
                    {name: title(cell) for name, cell in CELLS.items()})
    lab = Lab(PROJECT / 'target' / 'bench', package, effort, options.port, options.allow_uncached, _say,
              options.clients.split(','), options.plain, options.distances)
    try:
        good = _run(lab, options.cells or list(CELLS), report)
    finally:
        lab.close()
    _say(f'results: {report.folder}')
    return 0 if good else 1


def _run(lab: Lab, names: list[str], report: Report) -> bool:
    """Whether all cells ran and nobody was refused."""
    rows: list[Row] = []
    failed = False
    for name in names:
        _say(f'{name}: {title(CELLS[name])}')
        started = time.monotonic()
        try:
            rows += CELLS[name](lab)
        except (WrongAnswer, RuntimeError) as ex:
            # The other cells are worth having all the same.
            failed = True
            _say(f'  failed: {ex}')
        report.write(rows, lab.state / 'run')
        for row in (row for row in rows if row.cell == name):
            _say('  ' + _line(row))
        _say(f'  ({time.monotonic() - started:.0f} s)')
    return not failed and not any(row.refused for row in rows)


def _line(row: Row) -> str:
    figures = ', '.join(f'{name} {row.median(name):,.2f}' for name in row.figures)
    return f'{row.label}: {figures} {row.unit}'


def _options() -> argparse.Namespace:
    cells = '\n'.join(f'  {name:13}{title(cell)}' for name, cell in CELLS.items())
    parser = argparse.ArgumentParser(
        prog='bench/run', formatter_class=argparse.RawDescriptionHelpFormatter,
        description='Measures image-origin beside nginx and Varnish on one core.', epilog=f'cells:\n{cells}')
    parser.add_argument('cells', nargs='*', metavar='CELL', help='what to measure; everything by default')
    parser.add_argument('--rounds', type=int, help='how often each contender has its turn (5)')
    parser.add_argument('--seconds', type=int, help='how long one turn takes (5)')
    parser.add_argument('--effort', action='append', default=[], metavar='NAME=VALUE',
                        help='one of the times and numbers in lab.py, such as slow_seconds=30')
    parser.add_argument('--quick', action='store_true', help='see that the cells work; figures are not worth quoting')
    parser.add_argument('--allow-uncached', action='store_true',
                        help='measure an image-origin that does not answer from its cache, and mark it')
    parser.add_argument('--jar', type=Path, default=PROJECT / 'target' / 'image-origin.jar', help='what to run')
    parser.add_argument('--java', default=os.environ.get('BENCH_JAVA', 'java'), help='a Java 25')
    parser.add_argument('--java-options', default='', help="on top of the container's own ones, as one argument")
    parser.add_argument('--clients', default='',
                        help='what image-origin reads S3 with: some of auto,crt,netty, each a contender of its own; '
                             'by default whatever is its default')
    parser.add_argument('--plain', action='store_true', help='read S3 without TLS')
    parser.add_argument('--results', type=Path, help='folder for the results')
    parser.add_argument('--port', type=int, default=18000, help='the first of 60 ports of this machine (18000)')
    parser.add_argument('--distance', action='append', default=[], metavar='NAME=MS',
                        help=f'a round trip of the journey, as often as needed; {Distances()}')
    options = parser.parse_args()
    try:
        options.distances = Distances().with_options(options.distance)
    except ValueError as ex:
        parser.error(str(ex))
    for name in options.cells:
        if name not in CELLS:
            parser.error(f'there is no cell {name}')
    return options


def _folder(options: argparse.Namespace) -> Path:
    """Quick runs are not kept with the project."""
    home = PROJECT / 'target' / 'bench' / 'results' if options.quick else PROJECT / 'bench' / 'results'
    return (options.results or home / time.strftime('%Y-%m-%d-%H%M')).resolve()


def _conditions(options: argparse.Namespace, effort: Effort) -> str:
    server, load, neighbours = machine.cores()
    kind = 'A quick run: its figures are not worth quoting. ' if options.quick else ''
    java_options = f' Java options: `{options.java_options}`.' if options.java_options else ''
    return (f'{kind}{effort.rounds} rounds in turn, {effort.seconds} s each, medians (worst to best). Server on core '
            f'{server}, load on core {load}, S3 and Redis on core {neighbours}. S3 {"without" if options.plain else "over"} '
            f'TLS (Varnish always without).{java_options}')


def _say(text: str) -> None:
    print(text, flush=True)


def _end(*_: object) -> None:
    raise KeyboardInterrupt


if __name__ == '__main__':
    signal.signal(signal.SIGTERM, _end)
    sys.exit(main())
