"""Pictures, written as SVG."""

import math
from html import escape

INK, FAINT, OURS, THEIRS = "#1f2937", "#d1d5db", "#0f766e", "#94a3b8"
FONT = 'font-family="system-ui, sans-serif"'


def bars(path, rates):
    """Requests a second as bars on a logarithmic scale, the longest first; ours in colour."""
    rates = dict(sorted(rates.items(), key=lambda pair: -pair[1]))
    left, width, height = 270, 560, 30
    lowest = 10 ** math.floor(math.log10(min(rates.values())))
    decades = math.log10(max(rates.values()) * 1.1 / lowest)

    def x(value):
        return left + width * math.log10(value / lowest) / decades

    bottom = 60 + height * len(rates)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 920 {bottom + 40}" role="img" '
        f'aria-label="Requests a second, on one core">',
        f'<rect width="920" height="{bottom + 40}" fill="white"/>',
        f'<text x="20" y="30" font-size="18" {FONT} fill="{INK}">Requests a second, on one core '
        "(each mark is ten times the one before)</text>"]
    for power in range(math.ceil(decades)):
        value = lowest * 10 ** power
        parts.append(f'<line x1="{x(value):.1f}" y1="48" x2="{x(value):.1f}" y2="{bottom}" stroke="{FAINT}"/>')
        parts.append(f'<text x="{x(value):.1f}" y="{bottom + 20}" font-size="12" text-anchor="middle" {FONT} '
                     f'fill="{INK}">{value:,.0f}</text>')
    for number, (name, value) in enumerate(rates.items()):
        y = 55 + number * height
        colour = OURS if "Jeton" in name else THEIRS
        parts.append(f'<text x="{left - 10}" y="{y + 15}" font-size="13" text-anchor="end" {FONT} '
                     f'fill="{INK}">{escape(name)}</text>')
        parts.append(f'<rect x="{left}" y="{y}" width="{max(x(value) - left, 1):.1f}" height="20" fill="{colour}"/>')
        parts.append(f'<text x="{x(value) + 6:.1f}" y="{y + 15}" font-size="12" {FONT} '
                     f'fill="{INK}">{value:,.0f}</text>')
    path.write_text("\n".join([*parts, "</svg>\n"]))


class Flame:
    """A place in the call tree: how many samples, and of which callees."""

    def __init__(self):
        self.samples = 0
        self.callees = {}

    def add(self, stack):
        """Counts one sample, outermost call first."""
        self.samples += 1
        if stack:
            self.callees.setdefault(stack[0], Flame()).add(stack[1:])

    @property
    def depth(self):
        return 1 + max((callee.depth for callee in self.callees.values()), default=0)


def flames(path, root, title):
    """A flame graph: the width is the share of the samples, what calls stands below what is called."""
    width, height = 1200, 18
    total, top = root.samples, 50
    shown = _visible_depth(root, total)
    bottom = top + height * shown
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {bottom + 10}" role="img" '
        f'aria-label="{escape(title)}">',
        f'<rect width="{width}" height="{bottom + 10}" fill="white"/>',
        f'<text x="10" y="28" font-size="18" {FONT} fill="{INK}">{escape(title)}</text>']

    def draw(node, left, depth):
        for name, callee in sorted(node.callees.items()):
            part = callee.samples / total * width
            if part >= 1:
                y = bottom - height * (depth + 1)
                share = f"{callee.samples / total:.1%}"
                room = int(part / 6.6) - 1
                label = name if len(name) <= room else name[:max(room - 1, 0)] + "…" if room > 3 else ""
                colour = f"hsl({20 + sum(map(ord, name)) % 35}, 80%, {66 + sum(map(ord, name)) % 12}%)"
                parts.append(
                    f'<g><title>{escape(name)}: {share}</title><rect x="{left:.1f}" y="{y}" width="{part:.1f}" '
                    f'height="{height - 1}" fill="{colour}"/><text x="{left + 3:.1f}" y="{y + 12}" '
                    f'font-size="11" {FONT} fill="{INK}">{escape(label)}</text></g>')
                draw(callee, left, depth + 1)
            left += part

    draw(root, 0, 0)
    path.write_text("\n".join([*parts, "</svg>\n"]))


def _visible_depth(node, total):
    visible = [callee for callee in node.callees.values() if callee.samples / total >= 1 / 1200]
    return 1 + max((_visible_depth(callee, total) for callee in visible), default=0)
