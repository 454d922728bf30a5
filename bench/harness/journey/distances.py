"""Round trips between the stations, in milliseconds."""

from dataclasses import dataclass, fields, replace


@dataclass(frozen=True)
class Distances:
    """The defaults are from published figures; docs/journey.md names them."""

    browser_edge: float = 10
    # From an edge to the Origin Shield of its own region.
    edge_shield: float = 15
    sydney_london: float = 270
    # API Gateway and load balancer, between Origin Shield and image-origin.
    front_door: float = 5
    # Time until the first byte, S3's own work included.
    s3: float = 25
    redis: float = 0.5

    def with_options(self, options: list[str]) -> 'Distances':
        """Changed by NAME=MILLISECONDS, dashes or underscores in the name."""
        known = {field.name for field in fields(self)}
        changed = {}
        for option in options:
            name, _, value = option.partition('=')
            if name.replace('-', '_') not in known:
                raise ValueError(f'{option}: there is no distance {name}, but {", ".join(sorted(known))}')
            changed[name.replace('-', '_')] = float(value)
        return replace(self, **changed)
