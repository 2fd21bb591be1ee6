"""How the page looks."""

STYLE = """
* { box-sizing: border-box; }
body { font: 15px/1.45 system-ui, sans-serif; color: #1c2330; margin: 2em auto; max-width: 1180px;
  padding: 0 1em; background: #fff; }
h1 { font-size: 1.6em; margin: 0 0 .2em; } h2 { margin: 2.2em 0 .4em; font-size: 1.25em; }
h3 { margin: 1.4em 0 .3em; font-size: 1em; }
p { margin: .4em 0 .8em; max-width: 60em; } .faint, figcaption, th { color: #5a6473; }
nav { margin: .2em 0 .8em; } main { margin-bottom: 5em; }
nav a { color: #34639b; margin-right: 1.2em; text-decoration: none; }
.tiles { display: flex; flex-wrap: wrap; gap: 12px; margin: 1em 0; }
.tile { background: #f3f5f8; border-radius: 6px; padding: .6em 1em; min-width: 7.5em; flex: 1; }
.tile b { display: block; font-size: 1.45em; font-weight: 600; line-height: 1.2; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; margin: .6em 0 1em; width: 100%; font-size: .93em; }
th { font-weight: 500; white-space: nowrap; }
th, td { text-align: left; vertical-align: top; padding: .3em .9em .3em 0;
  border-bottom: 1px solid #dde2ea; }
td:first-child { white-space: nowrap; } h1, .facts td { overflow-wrap: anywhere; }
th.n, td.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.facts td:first-child { color: #5a6473; width: 9em; white-space: nowrap; }
.error { color: #b3261e; font-weight: 600; } .warning { color: #9a6700; font-weight: 600; }
.info { color: #34639b; } .fine, .better { color: #2b7a3d; } .worse { color: #b3261e; }
figure { margin: 0; } img { max-width: 100%; display: block; border-radius: 4px; }
figcaption { font-size: .85em; margin-top: .35em; overflow-wrap: anywhere; }
.hero { margin: 1em 0; } .hero img { width: 100%; }
.charts, .cards { display: grid; gap: 18px; margin: .8em 0; }
.charts { grid-template-columns: repeat(auto-fit, minmax(min(400px, 100%), 1fr)); }
.sub { color: #5a6473; padding-left: 1.2em; }
.charts img { width: 100%; }
.cards { grid-template-columns: repeat(auto-fill, minmax(min(350px, 100%), 1fr)); }
.cards img { width: 100%; background: #0f1217; }
.swatch { display: inline-block; width: .8em; height: .8em; margin-right: .5em;
  border-radius: 2px; }
.times td:last-child { width: 55%; }
.bar { display: block; height: .8em; background: #34639b; border-radius: 2px; margin-top: .3em;
  min-width: 1px; }
footer { margin: 3em 0 1em; color: #5a6473; font-size: .85em; }
@media print { section { break-inside: avoid-page; } nav { display: none; } }
"""
