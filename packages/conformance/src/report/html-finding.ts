// One broken check as a piece of the page: the statements, what was expected and seen, and every packet byte by byte.

import type { Annotation, DialectName, Fault } from '@anax/protocol';
import { type Evidence, evidenceOf, type Step } from './evidence.ts';
import { type BrokenCheck, counted } from './summary.ts';
import { escaped, hexOf } from './visible.ts';

/** Bytes of one field that are shown. */
const FIELD_BYTES_MAX = 256;

export function findingId(dialect: DialectName, check: string): string {
  return `finding-${dialect.replaceAll('.', '')}-${check.replace(/[^\w-]/g, '-')}`;
}

export function findingHtml({ check, finding, statements }: BrokenCheck): string {
  const { dialect, name, sentence } = check;
  const kept = statements.map(
    ({ statement }) =>
      `<li><a href="#v${dialect.replaceAll('.', '')}-${statement.id}">${statement.id}</a>: ${escaped(statement.summary)}</li>`,
  );
  return `<article id="${findingId(dialect, name)}">
<h3>MQTT ${dialect}: ${escaped(sentence)}</h3>
<ul>${kept.join('')}</ul>
<dl>
<dt>check</dt><dd><code>${escaped(name)}</code></dd>
<dt>expected</dt><dd>${escaped(finding.expected)}</dd>
<dt>seen</dt><dd class="broken">${escaped(finding.seen)}</dd>
</dl>
${finding.transcripts.map(evidenceOf).map(evidenceHtml).join('\n')}
</article>`;
}

function evidenceHtml({ label, protocol, steps, leftOutBytes }: Evidence): string {
  const more = leftOutBytes > 0 ? `<p>… ${leftOutBytes} more bytes are not in the record</p>` : '';
  return `<section><h4>${escaped(label)}, MQTT ${protocol}</h4>\n${steps.map(stepHtml).join('\n')}${more}</section>`;
}

function stepHtml(step: Step): string {
  switch (step.kind) {
    case 'event':
      return `<p class="event">${timeOf(step.atMs)} ${escaped(step.text)}</p>`;
    case 'left out':
      return `<p class="event">… ${step.count} packets are not shown</p>`;
    case 'packet':
      return packetHtml(step);
  }
}

function packetHtml({ packet, from, atMs, ordinary }: Extract<Step, { readonly kind: 'packet' }>): string {
  const { state, bytes, summary, fault, tree } = packet;
  const rows = tree.children.flatMap((child) => rowsOf(child, bytes, 0));
  const wrong = fault === undefined ? '' : faultHtml(fault);
  const head = `${timeOf(atMs)} ${from === 'client' ? '→ sent' : '← seen'}, ${counted(bytes.length, 'byte')}`;
  return `<details${ordinary ? '' : ' open'}><summary>${head}: <b class="${state}">${escaped(summary)}</b></summary>
${wrong}<table class="bytes"><tbody>
${rows.join('\n')}
</tbody></table></details>`;
}

function faultHtml({ offset, message, clause }: Fault): string {
  return `<p class="malformed">at byte ${offset}: ${escaped(message)} ${escaped(clause)}</p>\n`;
}

/** Only as deep as `explain` builds its trees, which no peer has a say in. */
function rowsOf(node: Annotation, bytes: Uint8Array, depth: number): readonly string[] {
  const { kind, offset, length, name, value, meaning, clause, children } = node;
  const covers = kind === 'field' || kind === 'unread';
  const cells = [
    `<td class="number">${covers ? offset : ''}</td>`,
    `<td class="hex">${covers ? hexCell(bytes.subarray(offset, offset + length)) : bitsOf(node, bytes)}</td>`,
    `<td class="d${Math.min(depth, 4)}">${escaped(name)}</td>`,
    `<td>${escaped(value)}</td>`,
    `<td>${escaped(meaning)}</td>`,
    `<td class="clause">${escaped(clause)}</td>`,
  ];
  const row = `<tr class="${kind}">${cells.join('')}</tr>`;
  return [row, ...children.flatMap((child) => rowsOf(child, bytes, depth + 1))];
}

function hexCell(bytes: Uint8Array): string {
  const more = bytes.length > FIELD_BYTES_MAX ? ` … ${bytes.length - FIELD_BYTES_MAX} more bytes` : '';
  return `${hexOf(bytes.subarray(0, FIELD_BYTES_MAX))}${more}`;
}

/** `11.. ....`: those bits of the byte that the field has. */
function bitsOf({ bits, offset }: Annotation, bytes: Uint8Array): string {
  if (bits === undefined) return '';
  const byte = (bytes[offset] ?? 0).toString(2).padStart(8, '0');
  const shown = [...byte].map((bit, index) => (bits.mask & (0x80 >> index) ? bit : '.'));
  return `${shown.slice(0, 4).join('')} ${shown.slice(4).join('')}`;
}

function timeOf(atMs: number): string {
  return `${atMs.toFixed(1)} ms`;
}
