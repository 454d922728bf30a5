"""Writes a run's results: the table, the picture, the raw figures and the configurations in force."""

import dataclasses
import json
import shutil
from pathlib import Path

from . import plot, table
from .result import Row

KEPT = ('*.conf', '*.vcl', 'image-origin-*.log')


class Report:
    """A folder that is complete after every cell, so that an aborted run leaves what it had."""

    def __init__(self, folder: Path, machine: dict[str, str], conditions: str, titles: dict[str, str]):
        self.folder = folder
        self._machine = machine
        self._conditions = conditions
        self._titles = titles
        folder.mkdir(parents=True, exist_ok=True)

    def write(self, rows: list[Row], state: Path) -> None:
        (self.folder / 'results.md').write_text(
            table.markdown(rows, self._machine, self._titles, self._conditions))
        (self.folder / 'raw.json').write_text(json.dumps(
            {'machine': self._machine, 'conditions': self._conditions,
             'rows': [dataclasses.asdict(row) for row in rows]}, indent=1, default=sorted) + '\n')
        picture = plot.svg(rows)
        if picture:
            (self.folder / 'results.svg').write_text(picture)
        self._keep(state)

    def _keep(self, state: Path) -> None:
        kept = self.folder / 'configuration'
        kept.mkdir(exist_ok=True)
        for pattern in KEPT:
            for file in state.glob(pattern):
                shutil.copy(file, kept)
