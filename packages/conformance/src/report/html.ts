// An audit as one web page that needs nothing else: no script, no font, no picture. Owns the page as a whole; statements
// are chosen by links to anchors, which the style sheet acts upon.

import type { DialectName } from '@anax/protocol';
import type { Audit, StatementResult, Verdict } from '../audit/model.ts';
import { findingHtml, findingId } from './html-finding.ts';
import { type Filter, filterStyle, STYLE } from './html-style.ts';
import { brokenChecks, cautionsOf, conclusionOf, countsOf, VERDICTS } from './summary.ts';
import { escaped } from './visible.ts';

export function htmlReport(audit: Audit): string {
  const filters = filtersOf(audit);
  const broken = brokenChecks(audit);
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>MQTT audit of ${escaped(audit.address)}</title>
<style>${STYLE}${filterStyle(filters)}</style>
</head>
<body>
${headHtml(audit)}
${broken.length === 0 ? '' : `<h2 id="findings">What is broken</h2>\n${broken.map(findingHtml).join('\n')}`}
<h2>Statements</h2>
${filters.map(({ id }) => `<span class="filter" id="${id}"></span>`).join('\n')}
${statementsHtml(audit)}
</body>
</html>
`;
}

function headHtml(audit: Audit): string {
  const { address, startedAt, durationMs, options } = audit;
  const given = options.length === 0 ? 'none' : options.join(', ');
  const cautions = cautionsOf(audit).map((caution) => `<p class="caution">${escaped(caution)}</p>`);
  return `<h1>MQTT audit of ${escaped(address)}</h1>
<p><strong>${escaped(conclusionOf(audit))}</strong></p>
${cautions.join('\n')}
<p>${startedAt.toISOString()}, took ${(durationMs / 1000).toFixed(1)} s. Options given: ${escaped(given)}. Made by <code>anax conform</code>:
bytes in, bytes out, over connections of its own. Passwords and authentication data are shown as asterisks. The summaries
of the statements are paraphrases; the OASIS standards are the authority.</p>
${countsHtml(audit)}`;
}

/** Each number leads to the statements that it counts. */
function countsHtml(audit: Audit): string {
  const rows = [...countsOf(audit)].map(([dialect, counts]) => {
    const cells = VERDICTS.map((verdict) => {
      const link = `<a href="#${filterId(dialect, verdict)}">${counts[verdict]}</a>`;
      return `<td class="number ${classOf(verdict)}">${link}</td>`;
    });
    return `<tr><th scope="row"><a href="#${filterId(dialect, undefined)}">MQTT ${dialect}</a></th>${cells.join('')}</tr>`;
  });
  const heads = VERDICTS.map(
    (verdict) => `<th scope="col"><a href="#${filterId(undefined, verdict)}">${verdict}</a></th>`,
  );
  return `<table class="counts">
<thead><tr><th scope="col"><a href="#${filterId(undefined, undefined)}">all</a></th>${heads.join('')}</tr></thead>
<tbody>
${rows.join('\n')}
</tbody>
</table>`;
}

function filtersOf(audit: Audit): readonly Filter[] {
  const versions = [undefined, ...countsOf(audit).keys()];
  return versions.flatMap((dialect) =>
    [undefined, ...VERDICTS].map((verdict) => ({
      id: filterId(dialect, verdict),
      classes: [
        ...(dialect === undefined ? [] : [classOf(dialect)]),
        ...(verdict === undefined ? [] : [classOf(verdict)]),
      ],
    })),
  );
}

function filterId(dialect: DialectName | undefined, verdict: Verdict | undefined): string {
  const parts = [dialect, verdict].flatMap((part) => (part === undefined ? [] : [classOf(part)]));
  return ['show', ...(parts.length === 0 ? ['all'] : parts)].join('-');
}

/** `v311`, `not-applicable`. */
function classOf(name: DialectName | Verdict): string {
  return /^\d/.test(name) ? `v${name.replaceAll('.', '')}` : name.replaceAll(' ', '-');
}

function statementsHtml(audit: Audit): string {
  const broken = new Set(brokenChecks(audit).map(({ check }) => `${check.dialect} ${check.name}`));
  const links = VERDICTS.map((verdict) => `<a href="#${filterId(undefined, verdict)}">${verdict}</a>`);
  const versions = [...countsOf(audit).keys()].map(
    (dialect) => `<a href="#${filterId(dialect, undefined)}">MQTT ${dialect}</a>`,
  );
  return `<nav>Show <a href="#${filterId(undefined, undefined)}">all</a>, ${[...versions, ...links].join(', ')}</nav>
<table class="statements">
<thead><tr><th scope="col">MQTT</th><th scope="col">statement</th><th scope="col">verdict</th><th scope="col">in short</th><th scope="col">checks</th></tr></thead>
<tbody>
${audit.statements.map((one) => rowHtml(one, broken)).join('\n')}
</tbody>
</table>`;
}

function rowHtml(
  { statement, verdict, reason, checks }: StatementResult,
  broken: ReadonlySet<string>,
): string {
  const { dialect, id, summary } = statement;
  const names = checks.map((name) =>
    broken.has(`${dialect} ${name}`)
      ? `<a class="broken" href="#${findingId(dialect, name)}">${escaped(name)}</a>`
      : escaped(name),
  );
  const why = reason === undefined ? '' : `<br><small>${escaped(reason)}</small>`;
  const anchor = `${classOf(dialect)}-${id}`;
  return `<tr id="${anchor}" class="${classOf(dialect)} ${classOf(verdict)}"><td>${dialect}</td><td><a href="#${anchor}">${id}</a></td><td class="verdict">${verdict}</td><td>${escaped(summary)}${why}</td><td>${names.join('<br>')}</td></tr>`;
}
