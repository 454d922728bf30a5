"""A region: its bucket, Redis and origin, and in front of them a front door and Origin Shield."""

import datetime
import http.client
import json
import time
import urllib.parse
from collections.abc import Callable
from typing import TypeVar

from .. import issuer
from ..contender import Contender
from ..images import Image
from ..issuer import Issuer
from ..lab import Lab
from ..nginx import Nginx
from ..origin import Origin, Settings
from ..redis import Redis
from ..store import BUCKET, Store
from ..varnish import Varnish
from .distances import Distances
from .edge_cache import EdgeCache
from .relay import Link

WARM_SECONDS = 30
PEER_CACHE_MIB = 256
EVENTS_SECRET = 'secret-of-events-in-the-journey-only'

Kept = TypeVar('Kept', Store, Redis, EdgeCache)


class Ports:
    """Hands out the ports of one run after the other."""

    def __init__(self, first: int):
        self._next = first

    def take(self) -> int:
        self._next += 1
        return self._next - 1


class Region:
    """Everything that a cloud region has. kind: which program is the origin."""

    def __init__(self, lab: Lab, name: str, kind: str, ports: Ports, distances: Distances):
        self.name = name
        self.shield_port = ports.take()
        self.links: list[Link] = []
        self._lab = lab
        self._kind = kind
        self._state = lab.state / 'run' / f'journey-{name.lower()}'
        self._state.mkdir(parents=True, exist_ok=True)
        self._ports = ports
        self._distances = distances
        self._started: list[Callable[[], None]] = []
        self.store = self._keep(Store(lab.images.bucket.parent, self._state, ports.take(), lab.neighbour_core))
        self.s3_port = self._link('s3', self.store.port, distances.s3)
        self._origin_port = ports.take()
        self._front_door = self._link('front-door', self._origin_port, distances.front_door)
        self._redis_port = self._redis() if kind == Origin.name else 0
        self.origin: Contender | None = None

    def start(self, replica: Link | None) -> None:
        """Once the relay is there. The replica is the other region's bucket, for which image-origin looks second."""
        self.origin = self._origin(replica)
        self._started.append(self.origin.stop)
        self.origin.start()
        shield = self._keep(EdgeCache('shield', self.shield_port, self._front_door, self._state, self._lab.fast,
                                      self._lab.all_cores))
        shield.wait()

    def stop(self) -> None:
        for stop in reversed(self._started):
            stop()
        self._started.clear()

    def warm(self, images: list[Image], issuer_: Issuer) -> float:
        """Tells image-origin that the images were stored, as S3 does; the seconds until its tiers have all."""
        started = time.monotonic()
        records = [self._created(image) for image in images]
        status, text = self._ask('POST', '/actuator/images/events', EVENTS_SECRET, json.dumps({'Records': records}))
        if status != 204:
            raise RuntimeError(f'events in {self.name}: {status} {text}')
        token = issuer_.token('journey', 'images:admin')
        for image in images:
            while not self._is_warm(image, token):
                if time.monotonic() - started > WARM_SECONDS:
                    raise RuntimeError(f'{image.key} is in no tier of {self.name}')
                time.sleep(0.02)
        return time.monotonic() - started

    def _created(self, image: Image) -> dict:
        """A record of S3's notification."""
        now = datetime.datetime.now(datetime.UTC)
        return {'eventVersion': '2.1', 'eventSource': 'aws:s3', 'eventName': 'ObjectCreated:Put',
                'eventTime': now.isoformat(timespec='milliseconds').replace('+00:00', 'Z'),
                's3': {'bucket': {'name': BUCKET},
                       'object': {'key': urllib.parse.quote_plus(image.key, safe='/'), 'size': image.length,
                                  'eTag': self._etag(image), 'sequencer': f'{time.time_ns():016X}'}}}

    def _etag(self, image: Image) -> str:
        connection = http.client.HTTPConnection('127.0.0.1', self.store.port, timeout=10)
        try:
            connection.request('HEAD', f'/{BUCKET}/{image.key}')
            return connection.getresponse().headers['ETag'].strip('"')
        finally:
            connection.close()

    def _is_warm(self, image: Image, token: str) -> bool:
        status, text = self._ask('GET', f'/actuator/images?key={image.key}', token)
        held = json.loads(text) if status == 200 else {}
        # Redis does not keep what it was too slow to take.
        return bool(held.get('redis') or held.get('memory'))

    def _ask(self, method: str, path: str, token: str, body: str | None = None) -> tuple[int, str]:
        connection = http.client.HTTPConnection('127.0.0.1', self.origin.management_port, timeout=10)
        try:
            connection.request(method, path, body, {'Authorization': f'Bearer {token}', 'Content-Type': 'application/json'})
            response = connection.getresponse()
            return response.status, response.read().decode()
        finally:
            connection.close()

    def _origin(self, replica: Link | None) -> Contender:
        port, second = self._origin_port, self._ports.take()
        if self._kind == Nginx.name:
            return Nginx(port, second, self.s3_port, self._state, self._lab.fast, self._lab.server_core, PEER_CACHE_MIB)
        if self._kind == Varnish.name:
            return Varnish(port, self.s3_port, self._state, self._lab.fast, self._lab.server_core, PEER_CACHE_MIB)
        settings = Settings(redis_port=self._redis_port, extra={**self._access(), **_second_bucket(replica)})
        return Origin(port, second, f'http://127.0.0.1:{self.s3_port}', self._state, self._lab.all_cores,
                      self._lab.package, settings)

    def _redis(self) -> int:
        redis = self._keep(Redis(self._state, self._ports.take(), self._lab.neighbour_core))
        return self._link('redis', redis.port, self._distances.redis)

    def _access(self) -> dict[str, str]:
        """Everybody may read: the journey is about distances. Looking into the tiers needs an issuer all the same."""
        resource_server = 'SPRING_SECURITY_OAUTH2_RESOURCESERVER_JWT_'
        return {resource_server + 'PUBLIC_KEY_LOCATION': f'file:{self._lab.issuer.public_key}',
                resource_server + 'ISSUER_URI': issuer.ISSUER, resource_server + 'AUDIENCES': issuer.AUDIENCE,
                'IMAGE_ORIGIN_EVENTS_SECRETS': EVENTS_SECRET}

    def _link(self, name: str, target: int, round_trip_ms: float) -> int:
        link = Link(f'{self.name}-{name}', self._ports.take(), target, round_trip_ms)
        self.links.append(link)
        return link.port

    def _keep(self, running: Kept) -> Kept:
        self._started.append(running.stop)
        return running


def _second_bucket(replica: Link | None) -> dict[str, str]:
    if replica is None:
        return {}
    bucket = 'IMAGE_ORIGIN_STORE_BUCKETS_1_'
    return {bucket + 'NAME': BUCKET, bucket + 'REGION': 'us-east-1', bucket + 'PATH_STYLE': 'true',
            bucket + 'ENDPOINT': f'http://127.0.0.1:{replica.port}'}
