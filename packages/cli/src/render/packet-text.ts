// An explained packet as lines of text: offset, bytes, field, value, meaning and clause, in columns.
// Owns the layout. Everything from a peer goes through `printable`; nothing here knows a terminal or a stream.

import { type Annotation, type ExplainedPacket, type Fault, reasonTitle } from '@anax/protocol';
import { type Paint, painter, type Style } from './colour.ts';
import { bitRow, hexRows, ROW_COLUMNS } from './hex.ts';
import { columnsOf, padded, printable } from './printable.ts';

const OFFSET_COLUMNS = 5;
/** Wider values push what is behind them to the right. */
const VALUE_COLUMNS_MAX = 20;
const MEANING_COLUMNS_MAX = 56;

/** One annotation at its depth in the tree. */
interface Row {
  readonly node: Annotation;
  readonly depth: number;
}

interface Layout {
  readonly bytes: Uint8Array;
  readonly paint: Paint;
  readonly fieldColumns: number;
  readonly valueColumns: number;
  readonly meaningColumns: number;
}

export interface PacketTextOptions {
  readonly colour: boolean;
}

/** The packet's summary, its tree, and its fault where it was seen. */
export function packetLines(packet: ExplainedPacket, { colour }: PacketTextOptions): readonly string[] {
  const paint = painter(colour);
  const rows = rowsOf(packet.tree);
  const layout: Layout = {
    bytes: packet.bytes,
    paint,
    fieldColumns: widest(rows, ({ node, depth }) => indented(node, depth)),
    valueColumns: Math.min(
      VALUE_COLUMNS_MAX,
      widest(rows, ({ node }) => printable(node.value)),
    ),
    meaningColumns: Math.min(
      MEANING_COLUMNS_MAX,
      widest(rows, ({ node }) => printable(node.meaning)),
    ),
  };
  const lines: string[] = [paint(styleOf(packet), printable(packet.summary))];
  let told = false;
  for (const row of rows) {
    if (row.node.kind === 'unread' && packet.fault !== undefined) {
      lines.push(faultLine(packet.fault, paint));
      told = true;
    }
    appendRow(lines, row, layout);
  }
  if (packet.fault !== undefined && !told) lines.push(faultLine(packet.fault, paint));
  return lines;
}

/** `!!  at byte 7: 0x81 Malformed Packet: the packet ends before ... [5:2.1.4]` */
export function faultLine(fault: Fault, paint: Paint): string {
  const code = `0x${fault.reasonCode.toString(16).padStart(2, '0')} ${reasonTitle(fault.reasonCode)}`;
  const text = `!!  at byte ${fault.offset}: ${code}: ${fault.message} ${fault.clause}`;
  return paint('fault', printable(text.trimEnd()));
}

function styleOf(packet: ExplainedPacket): Style {
  if (packet.state === 'good') return 'title';
  return packet.state === 'malformed' ? 'fault' : 'warning';
}

/** The tree without its top, whose name the summary has, in the order of the bytes. */
function rowsOf(tree: Annotation): readonly Row[] {
  const rows: Row[] = [];
  const open: Row[] = [{ node: tree, depth: -1 }];
  for (let row = open.pop(); row !== undefined; row = open.pop()) {
    const { node, depth } = row;
    if (depth >= 0) rows.push(row);
    for (let i = node.children.length - 1; i >= 0; i--) {
      const child = node.children[i];
      if (child !== undefined) open.push({ node: child, depth: depth + 1 });
    }
  }
  return rows;
}

function widest(rows: readonly Row[], text: (row: Row) => string): number {
  return rows.reduce((most, row) => Math.max(most, columnsOf(text(row))), 0);
}

function indented(node: Annotation, depth: number): string {
  return `${'  '.repeat(depth)}${printable(node.name)}`;
}

function appendRow(lines: string[], { node, depth }: Row, layout: Layout): void {
  const { paint, fieldColumns, valueColumns, meaningColumns } = layout;
  const [first = '', ...more] = hexColumn(node, layout.bytes);
  const offset = node.kind === 'field' || node.kind === 'unread' ? String(node.offset) : '';
  const faint = node.kind === 'absent' || node.kind === 'bits';
  const field = padded(indented(node, depth), fieldColumns);
  const columns = [
    paint('faint', offset.padStart(OFFSET_COLUMNS)),
    paint(faint ? 'faint' : 'bytes', padded(first, ROW_COLUMNS)),
    paint(node.kind === 'group' ? 'title' : node.kind === 'absent' ? 'faint' : 'plain', field),
    paint(node.kind === 'absent' ? 'faint' : 'value', padded(printable(node.value), valueColumns)),
    paint(node.kind === 'absent' ? 'faint' : 'plain', padded(printable(node.meaning), meaningColumns)),
    paint('faint', printable(node.clause)),
  ];
  lines.push(joined(columns));
  const margin = ' '.repeat(OFFSET_COLUMNS);
  for (const row of more) lines.push(`${margin}  ${paint('bytes', row)}`);
}

/** Two spaces between columns; one that is empty and not padded leaves no gap, nor do spaces stay at the end. */
function joined(columns: readonly string[]): string {
  return columns
    .filter((column) => column !== '')
    .join('  ')
    .trimEnd();
}

function hexColumn(node: Annotation, bytes: Uint8Array): readonly string[] {
  if (node.kind === 'field' || node.kind === 'unread') {
    return hexRows(bytes.subarray(node.offset, node.offset + node.length));
  }
  if (node.bits === undefined) return [''];
  return [bitRow(bytes[node.offset] ?? 0, node.bits.mask)];
}
