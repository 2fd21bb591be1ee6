"""How the report looks."""

STYLE = """
body { font: 15px/1.45 system-ui, sans-serif; color: #1c2330; margin: 2em auto; max-width: 1180px;
  padding: 0 1em; }
h1 { font-size: 1.5em; } h2 { margin-top: 2em; } h3 { margin: 2em 0 .3em; }
table { border-collapse: collapse; margin: .8em 0; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .3em .8em .3em 0;
  border-bottom: 1px solid #dde2ea; }
td:nth-child(2), td:nth-child(3) { white-space: nowrap; }
.error { color: #b3261e; font-weight: 600; } .warning { color: #9a6700; font-weight: 600; }
.undecided { color: #34639b; } .fine { color: #2b7a3d; }
td:last-child { color: #1c2330; font-weight: 400; }
p.said { margin: .15em 0; }
figure { margin: .5em 0; } img { max-width: 100%; display: block; border-radius: 3px; }
figcaption { color: #5a6473; font-size: .85em; }
.swatch { display: inline-block; width: 1em; height: 1em; margin: 0 .3em 0 .9em;
  vertical-align: -.15em; border-radius: 2px; }
svg { font: 11px system-ui, sans-serif; margin-right: 6px; }
svg .name { font-weight: 600; } svg .best { text-anchor: end; fill: #5a6473; }
svg .tick { fill: #5a6473; font-size: 10px; } svg .axis { stroke: #c3cad5; }
svg .given { stroke: #b3261e; stroke-dasharray: 3 3; }
svg .curve { fill: none; stroke: #34639b; stroke-width: 1.8; } svg .peak { fill: #34639b; }
"""
