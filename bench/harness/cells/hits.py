"""Answers from memory: one image that everybody wants."""

from .. import check, h2load, throughput
from ..check import Expected
from ..contender import Contender
from ..images import KIB
from ..lab import Lab
from ..origin import Origin, Settings
from ..result import Row
from ..wrk import Load

USERS = 1000
CONNECTIONS = (1, 8, 1000)
RANGE_FIRST = 512 * KIB
RANGE_LAST = RANGE_FIRST + 64 * KIB - 1
RATE = 'requests/s'


def hit(lab: Lab) -> list[Row]:
    """Memory hit: one hot image of 4 KiB, 100 KiB, 1 MiB."""
    origin, nginx, varnish = lab.all()
    nginx_for_small = lab.nginx(sendfile=False)
    with lab.running(origin, nginx, nginx_for_small, varnish):
        return [throughput.hits(lab, Row('hit', f'one image, {size}', RATE),
                                [origin, nginx_for_small if size == '4k' else nginx, varnish],
                                lambda _, size=size: Expected(lab.images.hot(size)))
                for size in ('4k', '100k', '1m')]


def clients(lab: Lab) -> list[Row]:
    """Memory hit of 100 KiB with 1 to 1,000 connections."""
    contenders = lab.all()
    image = lab.images.hot('100k')
    with lab.running(*contenders):
        return [throughput.hits(lab, Row('clients', f'{count} connections', RATE), contenders,
                                lambda _: Expected(image), lambda _, count=count: Load(image.path, connections=count))
                for count in CONNECTIONS]


def token(lab: Lab) -> list[Row]:
    """Memory hit of 4 KiB with a valid RS256 token each time; the peers look at none."""
    contenders = lab.all(Settings(public_key=lab.issuer.public_key), small=True)
    image = lab.images.hot('4k')
    tokens = [lab.issuer.token(f'user-{number}') for number in range(USERS)]
    file = lab.state / 'run' / 'tokens.txt'
    file.write_text('\n'.join(tokens) + '\n')

    def expected(contender: Contender) -> Expected:
        bearer = {'Authorization': f'Bearer {tokens[0]}'} if isinstance(contender, Origin) else {}
        return Expected(image, headers=bearer)

    def many(contender: Contender) -> Load:
        if isinstance(contender, Origin):
            return Load(script='tokens.lua', arguments=(image.path, str(file)))
        return Load(image.path)

    with lab.running(*contenders):
        for contender in contenders[:1]:
            _expect_refusal(contender, lab)
        return [throughput.hits(lab, Row('token', 'one user', RATE), contenders, expected),
                throughput.hits(lab, Row('token', f'{USERS} users in turn', RATE), contenders, expected, many)]


def cookie(lab: Lab) -> list[Row]:
    """Memory hit of 4 KiB with a viewer's signed cookies each time, and with a token; the peers look at neither."""
    contenders = lab.all(Settings(public_key=lab.issuer.public_key, extra=lab.viewer_key.settings()), small=True)
    image = lab.images.hot('4k')
    sets = [lab.viewer_key.cookies(number) for number in range(USERS)]
    file = lab.state / 'run' / 'cookies.txt'
    file.write_text('\n'.join(sets) + '\n')
    bearer = {'Authorization': f'Bearer {lab.issuer.token("user")}'}

    def by(headers: dict[str, str]):
        return lambda contender: Expected(image, headers=headers if isinstance(contender, Origin) else {})

    def many(contender: Contender) -> Load:
        if isinstance(contender, Origin):
            return Load(script='tokens.lua', arguments=(image.path, str(file), 'Cookie'))
        return Load(image.path)

    one = by({'Cookie': sets[0]})
    with lab.running(*contenders):
        _expect_refusal(contenders[0], lab)
        _expect_refusal(contenders[0], lab, {'Cookie': sets[0].replace('Signature=', 'Signature=AAAA')})
        return [throughput.hits(lab, Row('cookie', 'one viewer', RATE), contenders, one),
                throughput.hits(lab, Row('cookie', f'{USERS} viewers in turn', RATE), contenders, one, many),
                throughput.hits(lab, Row('cookie', 'one user with a token', RATE), contenders, by(bearer))]


def conditional(lab: Lab) -> list[Row]:
    """304 from memory: If-None-Match with the current entity tag."""
    contenders = lab.all()
    image = lab.images.hot('100k')

    def expected(contender: Contender) -> Expected:
        return Expected(image, 304, {'If-None-Match': tags[contender.name]})

    with lab.running(*contenders):
        tags = {contender.name: check.entity_tag(contender, image) for contender in contenders}
        return [throughput.hits(lab, Row('conditional', '304', RATE), contenders, expected)]


def cached_range(lab: Lab) -> list[Row]:
    """64 KiB from the middle of a cached image of 1 MiB."""
    contenders = [*lab.all(), lab.nginx(sliced=True)]
    expected = Expected(lab.images.hot('1m'), 206, {'Range': f'bytes={RANGE_FIRST}-{RANGE_LAST}'},
                        RANGE_FIRST, RANGE_LAST)
    with lab.running(*contenders):
        return [throughput.hits(lab, Row('range', '64 KiB of 1 MiB', RATE), contenders, lambda _: expected)]


def http2(lab: Lab) -> list[Row]:
    """Memory hit of 4 KiB over HTTP/2 without TLS."""
    contenders = lab.all(Settings(http2=True), small=True)
    image = lab.images.hot('4k')
    row = Row('http2', 'one image, 4k', RATE)

    def load(contender: Contender, seconds: int) -> h2load.Outcome:
        return h2load.run(contender.h2_url + image.path, seconds, lab.load_core)

    def prepare(contender: Contender) -> None:
        throughput.expect_cached(lab, row, contender, Expected(image))
        throughput.warm_up(lab, contender, lambda seconds: load(contender, seconds))

    def once(contender: Contender) -> None:
        run = throughput.measure(lab, contender, lambda seconds: load(contender, seconds), image.key)
        throughput.expect_lengths(run.outcome, image.length)
        throughput.expect_no_reads(row, contender, run)
        throughput.record(row, contender, run)

    with lab.running(*contenders):
        for contender in contenders:
            lab.attempt([row], contender, prepare)
        lab.in_turn([row], contenders, once)
    return [row]


def _expect_refusal(origin: Contender, lab: Lab, headers: dict[str, str] | None = None) -> None:
    """A server that lets everybody in would win this cell for nothing."""
    status = check.get(origin, lab.images.hot('4k').path, headers or {}).status
    if status != 401:
        raise RuntimeError(f'{origin.name} answers {status} to a request without a credential')
