// docs/conformance-others.md: made of reports, and read again to compare. Owns its form.

import type { Audited } from './audited.ts';
import type { Report, Verdict } from './auditing.ts';

export interface Finding {
  readonly broker: Audited;
  readonly report: Report;
}

const VERDICTS: readonly Verdict[] = ['kept', 'broken', 'skipped', 'not applicable', 'not observable'];

const HEAD = `# Audits of other brokers

<!-- Made by \`npm run docs:conformance:others\`; \`npm run test:interop\` compares. -->

What \`anax conform\` finds with two brokers that many people use. A row is a statement of the standard, in short, with the
experiment that broke it and what was seen; each was seen twice. \`anax conform --html\` against the same broker gives the
bytes. \`anax conform --list --only NAME\` says what an experiment proves.

The tables hold for the versions and the settings that they name, and say nothing of whether a deviation matters to
anybody: some are deliberate leniency towards old clients, some can be changed by a setting, and later versions may
behave otherwise. What is wrong here is a defect of the audit; please report it.

`;

export function othersPage(findings: readonly Finding[]): string {
  const head = `| broker | version | protocol | ${VERDICTS.join(' | ')} |\n|---|---|---|${'---:|'.repeat(VERDICTS.length)}\n`;
  return `${HEAD}${head}${findings.flatMap(countRows).join('')}${findings.map(section).join('')}`;
}

function countRows({ broker, report }: Finding): readonly string[] {
  return report.protocols.map(({ protocol, refused }) => {
    const where = `| ${broker.name} | ${broker.version} | ${protocol} |`;
    if (refused !== undefined) return `${where} not spoken |${' |'.repeat(VERDICTS.length - 1)}\n`;
    const counts = VERDICTS.map(
      (verdict) =>
        report.statements.filter((one) => one.protocol === protocol && one.verdict === verdict).length,
    );
    return `${where} ${counts.join(' | ')} |\n`;
  });
}

function section({ broker, report }: Finding): string {
  const refused = report.protocols.flatMap((one) =>
    one.refused === undefined ? [] : [`MQTT ${one.protocol} is not spoken: ${one.refused}.\n\n`],
  );
  return [
    `\n## ${broker.name} ${broker.version}\n\n`,
    `Set up as: ${broker.setUp}.\n\n`,
    ...refused,
    '| protocol | statement | what it says | experiment | expected | seen |\n|---|---|---|---|---|---|\n',
    ...brokenRows(report),
    skippedList(report),
  ].join('');
}

function brokenRows({ statements, checks }: Report): readonly string[] {
  return statements
    .filter(({ verdict }) => verdict === 'broken')
    .flatMap(({ protocol, id, summary, checks: names }) =>
      checks
        .filter((one) => one.protocol === protocol && names.includes(one.name) && one.verdict === 'broken')
        .map(({ name, finding }) =>
          row([protocol, id, summary, name, neutral(finding?.expected ?? ''), neutral(finding?.seen ?? '')]),
        ),
    );
}

function row(cells: readonly string[]): string {
  return `| ${cells.map((cell) => cell.replace(/[|\\<>*_`]/g, '\\$&')).join(' | ')} |\n`;
}

/** Names that differ from run to run say nothing. */
function neutral(text: string): string {
  return text.replace(/anax-conform\/\w+\/\d+/g, 'topic').replace(/packet id \d+/g, 'packet id n');
}

function skippedList({ statements }: Report): string {
  const skipped = statements.filter(({ verdict }) => verdict === 'skipped');
  if (skipped.length === 0) return '';
  const reasons = [...new Set(skipped.map(({ reason = 'no reason given' }) => reason))];
  const lines = reasons.map((reason) => {
    const ids = skipped.filter((one) => (one.reason ?? 'no reason given') === reason);
    return `- ${reason}: ${ids.map(({ protocol, id }) => `${protocol} ${id}`).join(', ')}\n`;
  });
  return `\nSkipped:\n\n${lines.join('')}`;
}

/**
 * Of one broker on a page: its version, its rows of counts, and what is broken by which experiment. What was expected and
 * seen is left out: it may have in it what happened to come besides. So is what was seen in passing, in the traffic of other
 * experiments: which of it comes to whom is chance.
 */
export interface Summary {
  readonly version: string | undefined;
  readonly counts: readonly string[];
  readonly broken: readonly string[];
}

export function summaryIn(page: string, broker: string): Summary {
  const lines = page.split('\n');
  const cellsOf = (line: string): readonly string[] => line.split('|').map((cell) => cell.trim());
  const counts = lines.filter((line) => line.startsWith(`| ${broker} |`));
  const begin = lines.findIndex((line) => line.startsWith(`## ${broker} `));
  const end = lines.findIndex((line, index) => index > begin && line.startsWith('## '));
  const own = begin < 0 ? [] : lines.slice(begin, end < 0 ? undefined : end);
  const broken = own.filter((line) => /^\| [35]\.[\d.]+ \|/.test(line)).map(cellsOf);
  return {
    version: counts[0] === undefined ? undefined : cellsOf(counts[0])[2],
    counts,
    broken: broken.flatMap(([, protocol, id, , check = '']) =>
      check.startsWith('traffic/') ? [] : [`${protocol} ${id} ${check}`],
    ),
  };
}
