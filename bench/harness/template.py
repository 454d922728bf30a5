"""Configuration files with @NAMES@ to fill in; nginx and VCL have every other bracket taken."""

import re
from pathlib import Path

PEERS = Path(__file__).parent.parent / 'peers'


def fill(name: str, target: Path, **values: object) -> Path:
    """Writes the file of that name with its values to the target; a name without a value is an error."""
    text = (PEERS / name).read_text()
    target.write_text(re.sub('@([A-Z0-9_]+)@', lambda match: str(values[match[1]]), text))
    return target
