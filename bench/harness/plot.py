"""The requests per second as a picture: bars as multiples of nginx, whiskers from the worst round to the best."""

from html import escape

from .origin import Origin
from .result import Row
from .table import number

WIDTH, LABELS, RIGHT = 900, 330, 130
BAR, GAP, GROUP_GAP, TOP, BOTTOM = 16, 2, 16, 60, 20
COLOURS = {Origin.name: '#1769aa', f'{Origin.name} auto': '#1769aa', f'{Origin.name} crt': '#5b9bd0',
           f'{Origin.name} netty': '#0b3c66', 'nginx': '#7a9e3f', 'Varnish': '#c47f2c', 'nginx slice': '#b5c99a',
           'S3 itself': '#9a9a9a'}
REFERENCE = 'nginx'


def svg(rows: list[Row]) -> str:
    """One group of bars for each row of requests per second."""
    shown = [row for row in rows if row.unit == 'requests/s' and row.median(REFERENCE)]
    if not shown:
        return ''
    widest = max(max(figures) / row.median(REFERENCE) for row in shown for figures in row.figures.values())
    scale = (WIDTH - LABELS - RIGHT) / widest
    parts, y = [], TOP
    for row in shown:
        parts.append(text(10, y + BAR - 3, f'{row.cell}: {row.label}', 13))
        for name in row.figures:
            parts.append(_bar(row, name, y, scale))
            y += BAR + GAP
        y += GROUP_GAP
    parts.append(_reference_line(y, scale))
    return _page(y + BOTTOM, parts, shown)


def _bar(row: Row, name: str, y: float, scale: float) -> str:
    reference = row.median(REFERENCE)
    width = row.median(name) / reference * scale
    worst, best = (LABELS + edge(row.figures[name]) / reference * scale for edge in (min, max))
    middle = y + BAR / 2
    notes = ''.join(f', {note}' for note in sorted(row.notes.get(name, ())))
    return (f'<rect x="{LABELS}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[name]}"/>'
            f'<path d="M{worst:.1f} {middle}H{best:.1f}M{worst:.1f} {y + 4}V{y + BAR - 4}M{best:.1f} {y + 4}'
            f'V{y + BAR - 4}" stroke="#000" stroke-width="1" fill="none"/>'
            + text(max(LABELS + width, best) + 6, y + BAR - 4, number(row.median(name)) + notes, 11))


def _reference_line(bottom: float, scale: float) -> str:
    x = LABELS + scale
    return f'<path d="M{x:.1f} {TOP - 6}V{bottom}" stroke="#666" stroke-dasharray="3 3" fill="none"/>'


def _page(height: float, parts: list[str], rows: list[Row]) -> str:
    names = list(dict.fromkeys(name for row in rows for name in row.figures))
    legend = []
    for place, name in enumerate(names):
        x = LABELS + place * 130
        legend.append(f'<rect x="{x}" y="36" width="10" height="10" fill="{COLOURS[name]}"/>')
        legend.append(text(x + 15, 45, name, 12))
    title = text(10, 22, 'Requests per second on one core; the length of a bar is its multiple of nginx', 15)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height:.0f}" font-family="sans-serif">'
            f'<rect width="100%" height="100%" fill="#fff"/>{title}{"".join(legend)}{"".join(parts)}</svg>\n')


def text(x: float, y: float, content: str, size: int) -> str:
    """A line of text at that place."""
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}">{escape(content)}</text>'
