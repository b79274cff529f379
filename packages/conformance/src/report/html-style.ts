// The style sheet of the page, and the rules by which its links show some statements and hide others.

/** A choice of statements: those of a version, of a verdict, of both, or all. */
export interface Filter {
  readonly id: string;
  /** The class that rows have to have, both of them where there are two. */
  readonly classes: readonly string[];
}

export const STYLE = `
:root { color-scheme: light dark; --line: #8884; --faint: #777; --good: #1a7f37; --bad: #cf222e; --warn: #9a6700; }
@media (prefers-color-scheme: dark) { :root { --good: #3fb950; --bad: #ff7b72; --warn: #d29922; } }
body { font: 15px/1.45 system-ui, sans-serif; margin: 2rem auto; max-width: 90rem; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { margin-top: 2.5rem; } h3 { margin: 0; } h4 { margin: 1rem 0 .3rem; }
table { border-collapse: collapse; } td, th { padding: .2rem .7rem .2rem 0; text-align: left; vertical-align: top; }
.counts td, .counts th { padding-right: 1.5rem; } .number { text-align: right; }
.statements tr { border-top: 1px solid var(--line); } .statements td:nth-child(-n+3) { white-space: nowrap; }
tr.broken .verdict, dd.broken, a.broken, td.broken a { color: var(--bad); font-weight: 600; }
tr.kept .verdict { color: var(--good); } tr.skipped .verdict, .caution { color: var(--warn); }
tr:target { outline: 2px solid var(--warn); }
article { border: 1px solid var(--line); border-left: 4px solid var(--bad); margin: 1rem 0; padding: .8rem 1rem; overflow-x: auto; }
dl { display: grid; grid-template-columns: max-content auto; gap: .2rem 1rem; } dt { color: var(--faint); } dd { margin: 0; }
.event, small, .clause, tr.absent, .bits { color: var(--faint); } .event { margin: .2rem 0; }
.malformed { color: var(--bad); } .incomplete { color: var(--warn); } b { font-weight: 600; }
.bytes { font-size: 13px; margin: .3rem 0 .8rem 1rem; } .bytes td:nth-child(5) { max-width: 34rem; }
.hex { font-family: ui-monospace, monospace; white-space: pre-wrap; max-width: 18rem; }
tr.group { font-weight: 600; } .d1 { padding-left: 1rem; } .d2 { padding-left: 2rem; } .d3 { padding-left: 3rem; } .d4 { padding-left: 4rem; }
nav { margin: .5rem 0; } .filter { scroll-margin-top: 4rem; }
`;

/** While a filter is the target, rows without its classes are hidden and its link is marked. */
export function filterStyle(filters: readonly Filter[]): string {
  return filters
    .map(({ id, classes }) => {
      const others = classes.map((name) => `#${id}:target ~ .statements tbody tr:not(.${name})`);
      const hidden = others.length === 0 ? '' : `${others.join(', ')} { display: none; }\n`;
      return `${hidden}#${id}:target ~ nav a[href="#${id}"] { font-weight: 600; text-decoration: none; }\n`;
    })
    .join('');
}
