/**
 * The style sheet of a report, which stands in it: light or dark as the reader's system is, and always light on paper.
 * Colours are those of the pages; curves differ by their dashes, too, for paper without colours.
 */
export const STYLE = `
:root { --text: #1f2328; --quiet: #57606a; --page: #f3f3f3; --card: #fff; --line: #d0d4d9; --accent: #8f0000;
  --warn-back: #fff4d6; --warn-text: #5c4100; --bad: #9a3c00;
  --s0: #0063a0; --s1: #b34a00; --s2: #00694b; --s3: #8a3d78; --s4: #57606a;
  color-scheme: light dark; }
@media screen and (prefers-color-scheme: dark) {
  :root { --text: #e2e5e9; --quiet: #a0a8b2; --page: #1b1e23; --card: #262a31; --line: #3c424b; --accent: #ff9d9d;
    --warn-back: #40350f; --warn-text: #f2d98a; --bad: #f0883e;
    --s0: #6cb8ee; --s1: #f0883e; --s2: #3fbf8f; --s3: #d79fcb; --s4: #a0a8b2; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--text);
  font: 15px/1.5 system-ui, "Segoe UI", Roboto, "Noto Sans", "DejaVu Sans", sans-serif; }
main { max-width: 1020px; margin: 0 auto; padding: 28px 22px 60px; }
h1 { font-size: 26px; line-height: 1.25; margin: 0 0 4px; overflow-wrap: anywhere; }
h2 { font-size: 18px; margin: 34px 0 10px; padding-bottom: 4px; border-bottom: 2px solid var(--line); }
h3 { font-size: 15px; margin: 20px 0 6px; }
p { margin: 8px 0; max-width: 75ch; }
.sub, .note { color: var(--quiet); }
.note { font-size: 13px; }
.warn { background: var(--warn-back); color: var(--warn-text); border-left: 4px solid currentColor; padding: 8px 12px;
  margin: 10px 0; border-radius: 3px; overflow-wrap: anywhere; max-width: none; }
.big { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 12px; margin: 18px 0; }
.big div { background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 10px 14px; }
.big b { display: block; font-size: 24px; line-height: 1.25; font-variant-numeric: tabular-nums; }
.big span { color: var(--quiet); font-size: 13px; display: block; }
table { border-collapse: collapse; width: 100%; background: var(--card); font-size: 13px; margin: 10px 0; }
th, td { border: 1px solid var(--line); padding: 4px 8px; text-align: right; font-variant-numeric: tabular-nums; }
th { background: var(--page); font-weight: 600; }
th:first-child, td:first-child, .text td, .text th { text-align: left; overflow-wrap: anywhere; }
.text :is(td, th):not(:first-child) { overflow-wrap: break-word; }
.text :is(td, th):first-child { min-width: 7em; }
td.name { min-width: 11em; max-width: 24em; }
tr.empty td { color: var(--quiet); }
.scroll { overflow-x: auto; }
dl.facts { display: grid; grid-template-columns: minmax(9em, max-content) 1fr; gap: 4px 18px; margin: 10px 0; }
dl.facts dt { color: var(--quiet); }
dl.facts dd { margin: 0; overflow-wrap: anywhere; }
dl.terms dt { font-weight: 600; margin-top: 10px; }
dl.terms dd { margin: 2px 0 0; max-width: 75ch; }
code, .hash { font: 12px ui-monospace, "DejaVu Sans Mono", Consolas, monospace; overflow-wrap: anywhere; }
blockquote { margin: 10px 0; padding: 10px 16px; border: 1px solid var(--line); border-radius: 6px; background: var(--card); }
.pictures { display: grid; grid-template-columns: repeat(auto-fill, minmax(270px, 1fr)); gap: 14px; }
figure { margin: 0; background: var(--card); border: 1px solid var(--line); border-radius: 6px; padding: 8px; }
figure.curve-figure { max-width: 620px; margin: 10px 0; }
figure img { display: block; width: 100%; height: auto; background: #101418; border-radius: 3px; }
figcaption { font-size: 13px; margin-top: 6px; overflow-wrap: anywhere; }
.swatch { display: inline-block; width: .8em; height: .8em; border: 1px solid rgb(0 0 0 / 45%); vertical-align: -.05em;
  margin-right: .35em; }
.key span { margin-right: 16px; white-space: nowrap; }
svg.chart { display: block; width: 100%; height: auto; }
svg text { fill: var(--text); font: 12px system-ui, "DejaVu Sans", sans-serif; }
svg .tick { fill: var(--quiet); font-size: 11px; }
svg .grid { stroke: var(--line); stroke-width: 1; }
svg .frame { fill: none; stroke: var(--quiet); }
svg .ideal { stroke: var(--quiet); stroke-dasharray: 2 4; }
svg .mark { stroke: var(--quiet); stroke-dasharray: 6 3; }
svg .curve { fill: none; stroke-width: 2; stroke-linejoin: round; }
svg .curve.s0 { stroke: var(--s0); } svg .dot.s0 { fill: var(--s0); }
svg .curve.s1 { stroke: var(--s1); stroke-dasharray: 7 3; } svg .dot.s1 { fill: var(--s1); }
svg .curve.s2 { stroke: var(--s2); stroke-dasharray: 2 3; } svg .dot.s2 { fill: var(--s2); }
svg .curve.s3 { stroke: var(--s3); stroke-dasharray: 9 3 2 3; } svg .dot.s3 { fill: var(--s3); }
svg .curve.s4 { stroke: var(--s4); } svg .dot.s4 { fill: var(--s4); }
.legend { font-size: 13px; margin: 4px 0 0; max-width: none; }
.legend span { margin-right: 18px; white-space: nowrap; }
.legend svg { width: 28px; height: 10px; vertical-align: middle; }
@page { size: A4; margin: 16mm 14mm; }
@media print {
  body { background: #fff; font-size: 10pt; }
  main { max-width: none; padding: 0; }
  h2, h3, .key, h2 + .note, h2 + p { break-after: avoid; }
  table { font-size: 8pt; }
  th, td { padding: 2px 4px; }
  td.name { min-width: 0; }
  thead { display: table-header-group; }
  tr, figure, p, .big, blockquote, .warn, dl.facts > * { break-inside: avoid; }
  .terms dt { break-after: avoid; } .terms dd { break-inside: avoid; }
  .scroll { overflow: visible; }
  .pictures { grid-template-columns: repeat(3, 1fr); gap: 8px; }
  th, .warn, .swatch, figure img { print-color-adjust: exact; }
}
`;
