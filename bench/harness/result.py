"""What was measured: rows of figures, one list per contender, one figure per round."""

import statistics
from dataclasses import dataclass, field


class WrongAnswer(Exception):
    """A contender answered wrongly, or not from its cache: nothing it did in that row counts."""


@dataclass
class Row:
    """One line of the table."""

    cell: str
    label: str
    unit: str
    higher_is_better: bool = True
    figures: dict[str, list[float]] = field(default_factory=dict)
    # Microseconds of user and system time for each request.
    cpu: dict[str, list[float]] = field(default_factory=dict)
    # What the reader must know about one contender's figures.
    notes: dict[str, set[str]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    details: list[dict] = field(default_factory=list)

    def add(self, contender: str, figure: float, **details: object) -> None:
        self.figures.setdefault(contender, []).append(figure)
        self.details.append({'contender': contender, 'figure': figure, **details})

    def note(self, contender: str, text: str) -> None:
        self.notes.setdefault(contender, set()).add(text)

    def refuse(self, contender: str, reason: str) -> None:
        """Takes back what the contender did so far, and says why."""
        self.refused[contender] = reason
        self.figures.pop(contender, None)
        self.cpu.pop(contender, None)

    def median(self, contender: str) -> float | None:
        figures = self.figures.get(contender)
        return statistics.median(figures) if figures else None

    def cpu_median(self, contender: str) -> float | None:
        figures = self.cpu.get(contender)
        return statistics.median(figures) if figures else None

    def ratio(self, contender: str, other: str) -> float | None:
        """The contender's median over the other's."""
        mine, theirs = self.median(contender), self.median(other)
        return mine / theirs if mine is not None and theirs else None


def percentile(values: list[float], percent: float) -> float:
    """The value below which that share of them lies (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
