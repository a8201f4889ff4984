/** Style of the report page, for light and dark. */
export const reportStyle = `
:root { color-scheme: light dark; --ink: #1c2330; --dim: #5d6878; --page: #f6f7f9; --card: #fff; --line: #dde2e9; --accent: #2563c9; --bad: #b3261e; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e6eaf0; --dim: #9aa6b6; --page: #12161c; --card: #1b212a; --line: #313a46; --accent: #7db0ff; --bad: #ff8a80; }
}
* { box-sizing: border-box; }
body { margin: 0; background: var(--page); color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
main { max-width: 1280px; margin: 0 auto; padding: 24px 20px 60px; }
h1 { font-size: 26px; margin: 0 0 4px; }
h2 { font-size: 20px; margin: 40px 0 10px; }
h3 { font-size: 16px; margin: 26px 0 8px; }
p { margin: 4px 0 10px; }
.dim, figcaption { color: var(--dim); font-size: 13px; }
.bad { color: var(--bad); }
.card { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 14px; }
.facts { display: flex; flex-wrap: wrap; gap: 10px; margin: 14px 0; }
.facts div { background: var(--card); border: 1px solid var(--line); border-radius: 8px; padding: 8px 16px; }
.facts b { display: block; font-size: 20px; font-variant-numeric: tabular-nums; }
figure { margin: 0; }
.panorama img { display: block; max-width: 100%; max-height: 80vh; margin: 0 auto 6px; border-radius: 4px;
  background: repeating-conic-gradient(#8883 0 25%, transparent 0 50%) 0 0 / 20px 20px; }
.graph { display: block; width: 100%; height: auto; }
.edge path { fill: none; stroke: var(--accent); stroke-opacity: .55; stroke-linecap: round; }
.graph .count { font-size: 11px; text-anchor: middle; fill: var(--accent); stroke: var(--card); stroke-width: 4px; paint-order: stroke; font-weight: 600; pointer-events: none; }
.edge:hover path { stroke-opacity: 1; }
.node rect { fill: none; stroke: var(--ink); stroke-width: 1; }
.node text { font-size: 11px; text-anchor: middle; fill: var(--ink); stroke: var(--card); stroke-width: 3px; paint-order: stroke; }
.scroll { overflow-x: auto; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { padding: 5px 10px; text-align: right; border-bottom: 1px solid var(--line); white-space: nowrap; }
th { color: var(--dim); font-weight: 600; font-size: 13px; }
tr:last-child td { border-bottom: 0; }
th.left, td.left { text-align: left; }
td.wrap { white-space: normal; min-width: 220px; }
.thumb { display: block; height: 42px; width: auto; }
.pairs { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(560px, 100%), 1fr)); gap: 16px; }
.pairs figure { content-visibility: auto; contain-intrinsic-size: 580px 260px; }
.pairs svg { display: block; width: 100%; height: auto; border-radius: 4px; }
.pairs figure:target { outline: 3px solid var(--accent); outline-offset: 4px; border-radius: 4px; }
details > summary { cursor: pointer; margin: 14px 0; color: var(--accent); }
.legend { display: inline-flex; gap: 6px 16px; flex-wrap: wrap; font-size: 13px; color: var(--dim); }
.legend i { display: inline-block; width: 11px; height: 11px; border-radius: 3px; margin-right: 5px; vertical-align: -1px; }
.ramp { display: inline-block; width: 130px; height: 10px; border-radius: 5px; margin: 0 8px; vertical-align: 0; }
.bar { display: flex; height: 26px; border-radius: 6px; overflow: hidden; margin-bottom: 10px; }
.bar div { min-width: 1px; }
`;
