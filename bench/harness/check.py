"""Whether a contender answers rightly, and from its cache. Nothing is measured before that is known."""

import hashlib
import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field

from .contender import Contender
from .images import TYPE, Image
from .result import WrongAnswer

TRIES_UNTIL_CACHED = 5


@dataclass(frozen=True)
class Answer:
    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True)
class Expected:
    """A request and what its answer has to be."""

    image: Image
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    first: int = 0
    last: int | None = None

    @property
    def body(self) -> bytes:
        if self.status == 304:
            return b''
        return self.image.content[self.first:None if self.last is None else self.last + 1]


def get(contender: Contender, path: str, headers: dict[str, str]) -> Answer:
    connection = http.client.HTTPConnection('127.0.0.1', contender.port, timeout=60)
    try:
        connection.request('GET', path, headers=headers)
        response = connection.getresponse()
        return Answer(response.status, response.headers, response.read())
    except (OSError, http.client.HTTPException) as ex:
        raise WrongAnswer(f'{path}: {ex!r}') from ex
    finally:
        connection.close()


def answer(contender: Contender, expected: Expected) -> Answer:
    """Fetches and compares status, length, type and hash."""
    path = contender.path(expected.image.key)
    actual = get(contender, path, expected.headers)
    if actual.status != expected.status:
        raise WrongAnswer(f'{path}: status {actual.status} instead of {expected.status}')
    if expected.status != 304 and actual.headers.get('Content-Length') != str(len(expected.body)):
        raise WrongAnswer(f'{path}: length {actual.headers.get("Content-Length")} instead of {len(expected.body)}')
    if expected.status != 304 and actual.headers.get('Content-Type') != TYPE:
        raise WrongAnswer(f'{path}: type {actual.headers.get("Content-Type")}')
    if hashlib.sha256(actual.body).digest() != hashlib.sha256(expected.body).digest():
        raise WrongAnswer(f'{path}: these are not the stored bytes')
    return actual


def is_cached(contender: Contender, expected: Expected) -> bool:
    """Fetches the image until it comes from the cache, and then what is expected; whether that did, too."""
    whole = Expected(expected.image, headers={name: value for name, value in expected.headers.items()
                                              if name in ('Authorization', 'Cookie')})
    for _ in range(TRIES_UNTIL_CACHED):
        if contender.is_hit(answer(contender, whole).headers):
            break
    return contender.is_hit(answer(contender, expected).headers)


def entity_tag(contender: Contender, image: Image) -> str:
    """The validator that the contender gives for the image."""
    return answer(contender, Expected(image)).headers['ETag']
