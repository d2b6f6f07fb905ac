"""Colours and layout of the class page, for light and dark screens, narrow ones and paper.

Every text colour has a contrast of at least 4.5 : 1 with its background; a test checks this. In the
heat map, cells where all is well are light, so that the eye goes to the others.
"""

from __future__ import annotations

LIGHT = {
    "page": "#ffffff",
    "card": "#f5f7f9",
    "text": "#1c2330",
    "quiet": "#566070",
    "rule": "#cfd6de",
    "bar": "#2f6fa8",
    "part": "#e3a857",
    "none": "#a63a2b",
    "mark": "#1c2330",
    "bad": "#a63a2b",
    "heat-0": "#a63a2b",
    "on-0": "#ffffff",
    "heat-1": "#e08a62",
    "on-1": "#2a1206",
    "heat-2": "#f2bf8a",
    "on-2": "#2a1a06",
    "heat-3": "#f6e6bd",
    "on-3": "#33290d",
    "heat-4": "#d5e4ef",
    "on-4": "#16324a",
    "heat-5": "#eef3f7",
    "on-5": "#44515f",
    "heat-x": "#ffffff",
    "on-x": "#566070",
}
DARK = {
    "page": "#12171e",
    "card": "#1b222c",
    "text": "#e6eaf0",
    "quiet": "#a3aebb",
    "rule": "#38424f",
    "bar": "#5d9fd6",
    "part": "#d59a45",
    "none": "#d2604e",
    "mark": "#e6eaf0",
    "bad": "#f08d7c",
    "heat-0": "#b9442f",
    "on-0": "#ffffff",
    "heat-1": "#d07c51",
    "on-1": "#1c0c03",
    "heat-2": "#8f6437",
    "on-2": "#ffffff",
    "heat-3": "#5d5330",
    "on-3": "#f5ecd0",
    "heat-4": "#27455e",
    "on-4": "#dcebf7",
    "heat-5": "#1d2833",
    "on-5": "#aebccb",
    "heat-x": "#12171e",
    "on-x": "#a3aebb",
}
HEAT_STEPS = ("0", "1", "2", "3", "4", "5", "x")

_LAYOUT = """
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; }
main { max-width: 74rem; margin: 0 auto; padding: 1.5rem 1.25rem 4rem; }
h1 { font-size: 1.6rem; line-height: 1.25; margin: 0; }
h2 { font-size: 1.15rem; margin: 0 0 .6rem; }
p, .note { margin: .3rem 0 .8rem; color: var(--quiet); }
section { margin-top: 2.2rem; }
.pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(26rem, 100%), 1fr));
  gap: 0 2.5rem; }
.tiles { display: grid; grid-template-columns: repeat(auto-fit, minmax(8.2rem, 1fr)); gap: .7rem;
  margin: 1.2rem 0 0; padding: 0; }
.tiles div { background: var(--card); border-radius: 8px; padding: .6rem .8rem; }
.tiles dt { color: var(--quiet); font-size: .82rem; }
.tiles dd { margin: 0; font-size: 1.45rem; font-weight: 650; line-height: 1.25;
  font-variant-numeric: tabular-nums; overflow-wrap: anywhere; }
.tiles .bad dd { color: var(--bad); }
svg.chart { display: block; width: 100%; max-width: 36rem; height: auto; }
svg.strip { display: block; width: 100%; height: .8rem; background: var(--card);
  border-radius: 2px; }
svg text { fill: var(--quiet); font-size: 12px; }
svg .number { fill: var(--text); font-weight: 600; paint-order: stroke; stroke: var(--page);
  stroke-width: 4px; }
.bar { fill: var(--bar); } .part { fill: var(--part); } .none { fill: var(--none); }
.wait { fill: var(--rule); }
.axis { stroke: var(--rule); } .mark { stroke: var(--mark); stroke-dasharray: 3 3; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; padding: .3rem .7rem .3rem 0; vertical-align: top;
  border-top: 1px solid var(--rule); }
thead th { border-top: 0; color: var(--quiet); font-weight: 500; font-size: .85rem; }
tbody th { font-weight: 500; overflow-wrap: anywhere; }
td.why { white-space: nowrap; }
.scroll > .stack th:first-child { padding-left: .7rem; }
code { font-size: .92em; }
td.n, th.n { text-align: right; white-space: nowrap; }
td.picture { width: 34%; min-width: 5rem; padding-top: .6rem; }
td small { color: var(--quiet); display: block; }
.key { display: inline-block; width: .8rem; height: .8rem; border-radius: 2px; margin: 0 .3rem 0 0;
  vertical-align: -.06rem; border: 1px solid var(--rule); }
.legend span { margin-right: 1rem; white-space: nowrap; }
.scroll { overflow: auto; max-height: 42rem; border: 1px solid var(--rule); border-radius: 8px; }
.heat { width: auto; min-width: 100%; font-size: .85rem; border-collapse: separate;
  border-spacing: 0; }
.heat th, .heat td { padding: .2rem .5rem; border-top: 1px solid var(--page); text-align: right; }
.heat th:first-child { text-align: left; position: sticky; left: 0; background: var(--page);
  max-width: 12rem; overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.heat thead th { position: sticky; top: 0; background: var(--page); z-index: 1;
  vertical-align: bottom; border-bottom: 1px solid var(--rule); overflow-wrap: normal; }
.heat thead th:first-child { z-index: 2; }
.heat thead th:nth-child(2) { white-space: nowrap; }
.heat thead th:nth-child(n + 3) { min-width: 5em; }
.heat td.score { font-weight: 650; }
details { margin: .6rem 0; } summary { cursor: pointer; }
.names { columns: 11rem; padding-left: 1.1rem; }
footer { margin-top: 3rem; color: var(--quiet); font-size: .85rem; }
@media (max-width: 40rem) {
  main { padding: 1rem .8rem 3rem; }
  .stack thead { display: none; }
  .stack tr { display: grid; grid-template-columns: 1fr auto; border-top: 1px solid var(--rule);
    padding: .4rem 0; }
  .stack th, .stack td { border: 0; padding: 0 .5rem 0 0; }
  .stack td.picture { grid-column: 1 / -1; width: 100%; padding: .2rem 0; order: 3; }
  .stack td.wide { grid-column: 1 / -1; }
}
@media print {
  main { max-width: none; padding: 0; }
  .scroll { overflow: visible; max-height: none; border: 0; }
  .heat th { position: static !important; }
  tr, .tiles div, svg.chart { break-inside: avoid; }
  * { print-color-adjust: exact; -webkit-print-color-adjust: exact; }
}
"""


def style_sheet() -> str:
    """The page's whole style sheet."""
    heat = "".join(
        f".heat td.h{step}, .key.h{step} {{ background: var(--heat-{step}); "
        f"color: var(--on-{step}); }}\n"
        for step in HEAT_STEPS
    )
    keys = "".join(
        f".key.{name} {{ background: var(--{name}); }}\n"
        for name in ("bar", "part", "none", "rule")
    )
    dark = f"@media screen and (prefers-color-scheme: dark) {{ :root {{ {_variables(DARK)} }} }}\n"
    return f":root {{ color-scheme: light dark; {_variables(LIGHT)} }}\n{dark}{_LAYOUT}{heat}{keys}"


def _variables(colours: dict[str, str]) -> str:
    return " ".join(f"--{name}: {value};" for name, value in colours.items())
