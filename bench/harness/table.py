"""The results as Markdown: medians, spread and ratios."""

from .origin import Origin
from .result import Row

OURS = Origin.name
PEERS = ('nginx', 'Varnish')


def markdown(rows: list[Row], machine: dict[str, str], titles: dict[str, str], conditions: str) -> str:
    """The whole page."""
    parts = [f'# Benchmark results\n\n{conditions}\n', _machine(machine)]
    for cell in dict.fromkeys(row.cell for row in rows):
        of_cell = [row for row in rows if row.cell == cell]
        parts.append(f'## {cell}\n\n{titles[cell]}\n\n{_medians(of_cell)}')
        if any(row.cpu for row in of_cell):
            parts.append(f'Processor time for each request, microseconds (user and system):\n\n{_cpu(of_cell)}')
        parts += [f'Refused: {name}, {row.label}: {reason}\n' for row in of_cell for name, reason in
                  row.refused.items()]
    return '\n'.join(parts)


def _machine(machine: dict[str, str]) -> str:
    return _table(['what', 'which'], [[name, value] for name, value in machine.items()])


def _medians(rows: list[Row]) -> str:
    names = _names(rows)
    ratios = [(ours, peer) for peer in PEERS for ours in names if ours.startswith(OURS) and peer in names]
    head = ['measured', 'unit', *names, *(f'{ours} / {peer}' for ours, peer in ratios)]
    lines = []
    for row in rows:
        better = '' if row.higher_is_better else ' (less is better)'
        lines.append([row.label, row.unit + better, *(_figure(row, name) for name in names),
                      *(_ratio(row.ratio(ours, peer)) for ours, peer in ratios)])
    return _table(head, lines)


def _cpu(rows: list[Row]) -> str:
    names = _names(rows)
    return _table(['measured', *names],
                  [[row.label, *(number(row.cpu_median(name)) for name in names)] for row in rows if row.cpu])


def _names(rows: list[Row]) -> list[str]:
    return list(dict.fromkeys(name for row in rows for name in [*row.figures, *row.refused]))


def _figure(row: Row, name: str) -> str:
    if name in row.refused:
        return 'refused'
    figures = row.figures.get(name)
    if not figures:
        return ''
    spread = f' ({number(min(figures))} to {number(max(figures))})' if min(figures) != max(figures) else ''
    notes = ''.join(f', {note}' for note in sorted(row.notes.get(name, ())))
    return number(row.median(name)) + spread + notes


def _ratio(ratio: float | None) -> str:
    return '' if ratio is None else f'{ratio:.2f}'


def number(value: float | None) -> str:
    """Three digits that count, thousands apart."""
    if value is None:
        return ''
    if abs(value) >= 100 or value == int(value):
        return f'{value:,.0f}'
    return f'{value:.1f}' if abs(value) >= 10 else f'{value:.2f}'


def _table(head: list[str], lines: list[list[str]]) -> str:
    rows = [head, ['---'] * len(head), *lines]
    return ''.join('| ' + ' | '.join(row) + ' |\n' for row in rows)
