// Bytes in hex, in rows; long ones shortened with a count. Owns no meaning.

export const BYTES_PER_ROW = 8;
/** Columns of a full row. */
export const ROW_COLUMNS = BYTES_PER_ROW * 3 - 1;
/** Rows of one field; a longer field's last row tells how many bytes are left out. */
const ROWS_MAX = 32;

/** `10 2f 00`. */
export function hexOf(bytes: Uint8Array): string {
  let text = '';
  for (let i = 0; i < bytes.length; i++) {
    text += `${i === 0 ? '' : ' '}${(bytes[i] as number).toString(16).padStart(2, '0')}`;
  }
  return text;
}

/** Rows of at most eight bytes; a single empty row for no bytes. */
export function hexRows(bytes: Uint8Array): readonly string[] {
  const shown = bytes.length <= ROWS_MAX * BYTES_PER_ROW ? bytes.length : (ROWS_MAX - 1) * BYTES_PER_ROW;
  const rows: string[] = [];
  for (let at = 0; at < shown; at += BYTES_PER_ROW) {
    rows.push(hexOf(bytes.subarray(at, Math.min(at + BYTES_PER_ROW, shown))));
  }
  if (shown < bytes.length) rows.push(`… ${bytes.length - shown} more bytes`);
  return rows.length === 0 ? [''] : rows;
}

/** `11.. ....`: the bits of `byte` under `mask`. */
export function bitRow(byte: number, mask: number): string {
  let text = '';
  for (let bit = 7; bit >= 0; bit--) {
    text += (mask & (1 << bit)) === 0 ? '.' : String((byte >> bit) & 1);
    if (bit === 4) text += ' ';
  }
  return text;
}
