/**
 * Style of the training report's page: light and dark, on screen and on paper.
 *
 * @module
 */

/** CSS text. */
export const STYLE = `
:root { color-scheme: light dark; --ink: light-dark(#16201b, #e9edeb); --quiet: light-dark(#5f6a64, #94a09a); --line: light-dark(#d8ddd9, #2e3835);
--canvas: light-dark(#f6f7f5, #0f1413); --surface: light-dark(#fff, #171d1b); --one: light-dark(#0b5cad, #74b8ff); --two: light-dark(#b34700, #ff9e57); }
body { margin: 0; background: var(--canvas); color: var(--ink); font: 14px/1.5 system-ui, sans-serif; }
main { max-width: 1080px; margin: 0 auto; padding: 24px; }
h1 { font-size: 20px; } h2 { font-size: 16px; margin: 0 0 8px; } h3 { font-size: 14px; margin: 12px 0 4px; }
section { background: var(--surface); border: 1px solid var(--line); border-radius: 6px; padding: 16px; margin: 0 0 16px; break-inside: avoid; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: 4px 12px 4px 0; border-bottom: 1px solid var(--line); }
th { color: var(--quiet); font-weight: 500; } .wide { overflow-x: auto; }
.plots { display: flex; flex-wrap: wrap; gap: 16px; } figure { margin: 0; flex: 1 1 400px; max-width: 520px; } figcaption { color: var(--quiet); }
svg { width: 100%; max-width: 520px; height: auto; }
svg text { font: 12px system-ui, sans-serif; fill: var(--ink); } svg .quiet { fill: var(--quiet); font-size: 11px; }
.grid { stroke: var(--line); } .line { fill: none; stroke-width: 2; stroke-linejoin: round; }
.learnt { stroke: var(--two); stroke-dasharray: 5 4; } .newest { stroke: var(--one); } .kept, .point { fill: var(--one); } .bar { fill: var(--one); }
.open { fill: var(--surface); stroke: var(--one); stroke-width: 2; }
`;
