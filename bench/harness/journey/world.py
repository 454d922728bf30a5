"""One or two regions and the edges in front of them."""

from collections.abc import Iterator
from contextlib import contextmanager

from ..lab import Lab
from ..origin import Origin
from ..stopwatch import Stopwatch
from .distances import Distances
from .edge_cache import EdgeCache
from .region import Ports, Region
from .relay import Link, Relay

SYDNEY, LONDON = 'Sydney', 'London'
PLACES = (SYDNEY, LONDON)


class World:
    """Viewers are in both places always; London has a region of its own only if it is named."""

    def __init__(self, lab: Lab, regions: tuple[str, ...], distances: Distances, kind: str = Origin.name):
        ports = Ports(lab.journey_port)
        control_port = ports.take()
        self.lab = lab
        self.regions: dict[str, Region] = {}
        self._edges: list[EdgeCache] = []
        self._relay: Relay | None = None
        self._viewer_ports: dict[str, int] = {}
        self._ocean: set[str] = set()
        try:
            for name in regions:
                self.regions[name] = Region(lab, name, kind, ports, distances)
            edge_links = [self._edge_link(place, ports, distances) for place in PLACES]
            replicas = {name: self._replica_link(name, ports, distances) for name in regions}
            edge_ports = [ports.take() for _ in PLACES]
            viewer_links = [Link(f'{place}-viewers', ports.take(), port, distances.browser_edge)
                            for place, port in zip(PLACES, edge_ports)]
            self._viewer_ports = {place: link.port for place, link in zip(PLACES, viewer_links)}
            links = [*edge_links, *viewer_links, *(link for link in replicas.values() if link),
                     *(link for region in self.regions.values() for link in region.links)]
            self._relay = Relay(lab.package.java, control_port, links, lab.state / 'run', lab.all_cores)
            for name, region in self.regions.items():
                region.start(replicas[name])
            for port, link in zip(edge_ports, edge_links):
                self._edges.append(EdgeCache('edge', port, link.port, lab.state / 'run', lab.fast, lab.all_cores))
            for edge in self._edges:
                edge.wait()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        for edge in self._edges:
            edge.stop()
        if self._relay is not None:
            self._relay.stop()
        for region in self.regions.values():
            region.stop()

    def ocean_bytes(self) -> int:
        """What has gone between Sydney and London so far."""
        return self._relay.bytes_over(self._ocean)

    @contextmanager
    def viewer(self, place: str) -> Iterator[Stopwatch]:
        """A browser there, on one connection."""
        client = Stopwatch(self._viewer_ports[place])
        try:
            yield client
        finally:
            client.close()

    def _replica_link(self, name: str, ports: Ports, distances: Distances) -> Link | None:
        """From a region's origin to the bucket of the other one."""
        other = next((region for region in self.regions.values() if region.name != name), None)
        if other is None:
            return None
        link = Link(f'{name}-replica', ports.take(), other.store.port, distances.sydney_london + distances.s3)
        self._ocean.add(link.name)
        return link

    def _edge_link(self, place: str, ports: Ports, distances: Distances) -> Link:
        """From an edge to the nearest Origin Shield."""
        near = place in self.regions
        shield = self.regions[place if near else SYDNEY].shield_port
        link = Link(f'{place}-shield', ports.take(), shield, distances.edge_shield if near else distances.sydney_london)
        if not near:
            self._ocean.add(link.name)
        return link
