"""Requests per second of one contender under one load, and the processor time each took."""

from collections.abc import Callable
from dataclasses import dataclass

from . import check, wrk
from .check import Expected
from .contender import Contender
from .lab import Lab
from .origin import Origin
from .result import Row, WrongAnswer
from .wrk import Load, Outcome

# More than any contender's head has.
HEAD_BYTES = 3000
SATURATED = 0.97
IDLE = 0.90


@dataclass(frozen=True)
class Run:
    """One contender's share of a round."""

    outcome: Outcome
    cpu_seconds: float
    store_gets: int
    store_bytes: int

    @property
    def server_busy(self) -> float:
        return self.cpu_seconds / self.outcome.seconds


def measure(lab: Lab, contender: Contender, load: Callable[[int], Outcome], key: str) -> Run:
    """Runs the load; takes the contender's processor time and what it read from S3 of keys that begin like that."""
    mark = lab.store.mark()
    before = contender.process.cpu_seconds()
    outcome = load(lab.effort.seconds)
    spent = contender.process.cpu_seconds() - before
    gets = lab.store.gets_since(mark, key)
    if outcome.wrong_status or outcome.broken:
        raise WrongAnswer(f'{outcome.wrong_status} answers with an error, {outcome.broken} broken connections')
    return Run(outcome, spent, len(gets), sum(get.bytes for get in gets))


def record(row: Row, contender: Contender, run: Run) -> None:
    """Writes a run into its row."""
    outcome = run.outcome
    row.add(contender.name, outcome.rate, p50_ms=outcome.p50_ms, p99_ms=outcome.p99_ms, requests=outcome.requests,
            bytes=outcome.bytes, server_busy=run.server_busy, load_busy=outcome.busy, store_gets=run.store_gets,
            store_bytes=run.store_bytes, output=outcome.output)
    row.cpu.setdefault(contender.name, []).append(run.cpu_seconds / outcome.requests * 1e6)
    if outcome.busy > SATURATED and run.server_busy < IDLE:
        row.note(contender.name, 'the load was the limit')


def hits(lab: Lab, row: Row, contenders: list[Contender], expected: Callable[[Contender], Expected],
         load: Callable[[Contender], Load] | None = None, tolerated: float = 0) -> Row:
    """Measures answers from the cache; each contender has to show first that it gives them."""
    loads: dict[str, Callable[[int], Outcome]] = {}

    def prepare(contender: Contender) -> None:
        wanted = expected(contender)
        expect_cached(lab, row, contender, wanted)
        asked = load(contender) if load else Load(wanted.image.path, wanted.headers)
        loads[contender.name] = lambda seconds: wrk.run(contender.url, asked, seconds, lab.load_core)
        warm_up(lab, contender, loads[contender.name])

    def once(contender: Contender) -> None:
        run = measure(lab, contender, loads[contender.name], expected(contender).image.key)
        expect_lengths(run.outcome, len(expected(contender).body))
        expect_no_reads(row, contender, run, tolerated)
        record(row, contender, run)

    for contender in contenders:
        lab.attempt([row], contender, prepare)
    lab.in_turn([row], contenders, once)
    return row


def warm_up(lab: Lab, contender: Contender, load: Callable[[int], Outcome], seconds: int | None = None) -> None:
    """A JVM needs longer than a program that was compiled beforehand."""
    effort = lab.effort
    load(seconds or effort.warm_up_seconds if isinstance(contender, Origin) else effort.peer_warm_up_seconds)


def expect_cached(lab: Lab, row: Row, contender: Contender, expected: Expected) -> None:
    """Refuses who does not answer from its cache. A jar without one may be measured all the same, and is marked."""
    if check.is_cached(contender, expected):
        return
    if not (lab.allow_uncached and isinstance(contender, Origin)):
        raise WrongAnswer('not answered from the cache')
    row.note(contender.name, 'uncached')


def expect_lengths(outcome: Outcome, body: int) -> None:
    """wrk compares no bodies, so their lengths together have to fit; some answers are under way at the end."""
    least = outcome.requests * body
    most = (outcome.requests + outcome.connections) * (body + HEAD_BYTES)
    if not least <= outcome.bytes <= most:
        raise WrongAnswer(f'{outcome.bytes} bytes in {outcome.requests} answers of {body}')


def expect_no_reads(row: Row, contender: Contender, run: Run, tolerated: float = 0) -> None:
    """A hit that reads from S3 is none; tolerated is a share of the requests."""
    if run.store_gets > tolerated * run.outcome.requests and 'uncached' not in row.notes.get(contender.name, ()):
        raise WrongAnswer(f'{run.store_gets} reads from S3 during {run.outcome.requests} hits')
