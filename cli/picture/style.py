"""How the file looks: light and dark as the reader's system is, light on paper."""

STYLE = """
:root { --paper: #ffffff; --ink: #1b1f24; --quiet: #57606a; --rule: #d8dee4; --shade: #eaeef2;
        --alarm: #b3261e; --back: #0b6e4f; --good: #d5efe3; --restored: #fdeec2; --bad: #f9d0cb; }
@media screen and (prefers-color-scheme: dark) {
  :root { --paper: #14171c; --ink: #e6edf3; --quiet: #9aa4af; --rule: #30363d; --shade: #21262d;
          --alarm: #ff8a80; --back: #5fd3a5; --good: #12402f; --restored: #4d3c07; --bad: #5c1f1a; }
}
body { margin: 0; background: var(--paper); color: var(--ink);
       font: 15px/1.5 system-ui, -apple-system, "Segoe UI", "Liberation Sans", sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 24px 20px 48px; }
h1 { font-size: 24px; line-height: 1.25; margin: 0 0 6px; }
h2 { font-size: 17px; margin: 32px 0 8px; }
p { margin: 0 0 20px; max-width: 78ch; }
figure { margin: 0; }
.wide { overflow-x: auto; }
svg { display: block; width: 100%; min-width: 760px; height: auto; font-size: 12px; }
svg text { fill: var(--ink); }
svg .tick { fill: var(--quiet); font-variant-numeric: tabular-nums; }
svg .panel { font-size: 13px; font-weight: 600; }
svg .name { font-size: 14px; font-weight: 700; }
svg .label { font-size: 12px; paint-order: stroke; stroke: var(--paper); stroke-width: 4px; stroke-linejoin: round; }
svg .label.alarm { fill: var(--alarm); font-weight: 700; }
svg .label.back { fill: var(--back); font-weight: 700; }
svg .grid { stroke: var(--rule); }
svg .axis { stroke: var(--quiet); }
svg .shade { fill: var(--shade); }
svg .run { stroke: var(--quiet); stroke-width: 0.75; }
svg .run.good { fill: var(--good); }
svg .run.restored { fill: var(--restored); }
svg .run.bad { fill: var(--bad); }
svg .mark { stroke: var(--ink); stroke-width: 1; stroke-dasharray: 3 3; }
svg .mark.alarm { stroke: var(--alarm); stroke-width: 2; stroke-dasharray: none; }
svg .mark.back { stroke: var(--back); stroke-width: 2; stroke-dasharray: none; }
figcaption ul { display: flex; flex-wrap: wrap; gap: 4px 20px; margin: 10px 0 0; padding: 0; list-style: none;
                color: var(--quiet); font-size: 13px; }
.key { display: inline-block; width: 14px; height: 12px; margin-right: 6px; border-radius: 2px; vertical-align: -1px; }
.key.line { width: 0; height: 14px; border-left: 2px dashed var(--ink); border-radius: 0; vertical-align: -3px; }
.key.line.alarm { border-left: 2px solid var(--alarm); }
.key.line.back { border-left: 2px solid var(--back); }
.key.run-key { background: var(--shade); border: 1px solid var(--quiet); }
table { border-collapse: collapse; font-size: 14px; }
th { text-align: left; font-weight: 600; color: var(--quiet); border-bottom: 1px solid var(--quiet); }
th, td { padding: 4px 20px 4px 0; vertical-align: top; }
td { border-bottom: 1px solid var(--rule); }
.figure { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
tr.alarm td { color: var(--alarm); font-weight: 600; }
tr.back td { color: var(--back); font-weight: 600; }
@media print {
  body { font-size: 10pt; }
  main { max-width: none; padding: 0; }
  svg, .key, rect { -webkit-print-color-adjust: exact; print-color-adjust: exact; }
  svg { min-width: 0; }
  .wide { overflow: visible; }
  figure, tr { break-inside: avoid; }
  @page { size: A4 landscape; margin: 12mm; }
}
"""
