"""The journey as a picture: what viewers wait, beside the first design's spans."""

from html import escape

from ..plot import text
from ..result import Row
from ..table import number

WIDTH, LEFT, RIGHT = 900, 200, 150
BAR, GAP, GROUP_GAP, TOP, BOTTOM = 15, 3, 22, 66, 40
FIRST_DESIGN = 'first design'
COLOURS = {FIRST_DESIGN: '#b0413e', 'one region': '#9ec3df', 'two regions': '#4d90c4', 'two regions, warmed': '#12507f',
           'nginx, one region': '#7a9e3f', 'Varnish, one region': '#c47f2c'}
GRID_MS = 200


def svg(rows: list[Row], first_design: dict[str, tuple[float, float]]) -> str:
    """A group of bars for each row in milliseconds; the first design has spans, by the rows' labels."""
    shown = [row for row in rows if row.unit == 'ms']
    widest = max([row.median(name) for row in shown for name in row.figures]
                 + [span[1] for span in first_design.values()])
    scale = (WIDTH - LEFT - RIGHT) / widest
    parts, y = [], float(TOP)
    for row in shown:
        parts.append(text(10, y + BAR - 3, row.label, 13))
        y += BAR + GAP
        if row.label in first_design:
            parts.append(_span(*first_design[row.label], y, scale))
            y += BAR + GAP
        for name in row.figures:
            parts.append(_bar(row, name, y, scale))
            y += BAR + GAP
        y += GROUP_GAP
    return _page(y, _grid(y, widest, scale) + parts)


def _span(low: float, high: float, y: float, scale: float) -> str:
    """Solid up to the lower bound, pale up to the upper one."""
    return (f'<rect x="{LEFT}" y="{y}" width="{high * scale:.1f}" height="{BAR}" fill="{COLOURS[FIRST_DESIGN]}" '
            f'fill-opacity="0.35"/><rect x="{LEFT}" y="{y}" width="{low * scale:.1f}" height="{BAR}" '
            f'fill="{COLOURS[FIRST_DESIGN]}"/>' + text(LEFT + high * scale + 6, y + BAR - 4, f'{low:.0f} to {high:.0f} ms', 11)
            + _name(FIRST_DESIGN, y))


def _bar(row: Row, name: str, y: float, scale: float) -> str:
    width = row.median(name) * scale
    return (f'<rect x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" fill="{COLOURS[name]}"/>'
            + text(LEFT + width + 6, y + BAR - 4, f'{number(row.median(name))} ms', 11) + _name(name, y))


def _name(name: str, y: float) -> str:
    return (f'<text x="{LEFT - 8}" y="{y + BAR - 4:.1f}" font-size="11" text-anchor="end" fill="#444">'
            f'{escape(name)}</text>')


def _grid(bottom: float, widest: float, scale: float) -> list[str]:
    lines = []
    for milliseconds in range(0, int(widest) + 1, GRID_MS):
        x = LEFT + milliseconds * scale
        lines.append(f'<path d="M{x:.1f} {TOP - 10}V{bottom:.0f}" stroke="#ddd" fill="none"/>')
        lines.append(text(x - 8, bottom + 14, f'{milliseconds}', 11))
    return lines


def _page(height: float, parts: list[str]) -> str:
    title = text(10, 22, 'Milliseconds until a viewer has an image of 100 KiB: medians, over emulated distances', 15)
    legend = text(10, 42, 'Red: bounds of the first design, by its own table. Blue: image-origin. nginx and Varnish: as the only '
                          'origin cache.', 12)
    return (f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height + BOTTOM:.0f}" font-family="sans-serif">'
            f'<rect width="100%" height="100%" fill="#fff"/>{title}{legend}{"".join(parts)}</svg>\n')
