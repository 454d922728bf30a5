"""Writes a run's results: the table, the picture, the raw figures and the configurations in force."""

import dataclasses
import json
from pathlib import Path

from . import plot, table
from .cells import journeys
from .journey import plot as journey_plot
from .result import Row

PROJECT = Path(__file__).resolve().parents[2]

KEPT = ('*.conf', '*.vcl')


class Report:
    """A folder that is complete after every cell, so that an aborted run leaves what it had.

    Other cells that it holds already stay, so that a run may be made in parts.
    """

    def __init__(self, folder: Path, machine: dict[str, str], conditions: str, titles: dict[str, str]):
        self.folder = folder
        self._machine = machine
        self._conditions = conditions
        self._titles = titles
        folder.mkdir(parents=True, exist_ok=True)
        self._earlier = self._read()

    def write(self, new: list[Row], state: Path) -> None:
        cells = {row.cell for row in new}
        rows = sorted([*new, *(row for row in self._earlier if row.cell not in cells)],
                      key=lambda row: list(self._titles).index(row.cell))
        (self.folder / 'results.md').write_text(
            table.markdown(rows, self._machine, self._titles, self._conditions))
        raw = json.dumps({'machine': self._machine, 'conditions': self._conditions,
                          'rows': [dataclasses.asdict(row) for row in rows]}, default=sorted)
        # One line for each figure.
        (self.folder / 'raw.json').write_text(raw.replace('{"contender"', '\n{"contender"') + '\n')
        picture = plot.svg(rows)
        if picture:
            (self.folder / 'results.svg').write_text(picture)
        travels = [row for row in rows if row.cell == journeys.CELL]
        if travels:
            (self.folder / 'journey.svg').write_text(journey_plot.svg(travels, journeys.FIRST_DESIGN))
        self._keep(state)

    def _read(self) -> list[Row]:
        raw = self.folder / 'raw.json'
        return [Row(**row) for row in json.loads(raw.read_text())['rows']] if raw.exists() else []

    def _keep(self, state: Path) -> None:
        kept = self.folder / 'configuration'
        kept.mkdir(exist_ok=True)
        for pattern in KEPT:
            for file in state.glob(pattern):
                # from the project's folder, wherever that is
                (kept / file.name).write_text(file.read_text().replace(f'{PROJECT}/', ''))
