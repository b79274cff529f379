// One line of an export, read: what it says, or what is wrong with it in a sentence that names the field and what was expected.

import { MqttError } from '@anax/protocol';
import type { z } from 'zod';
import { type Fact, factOf, rowOf } from '../inspection/facts.ts';
import { DamagedRow } from '../records/fields.ts';
import { type End, headerSchema, recordSchema } from './schema.ts';

/** What was wrong with a line. */
export class LineFault extends Error {}

/** The program that made the store. @throws LineFault */
export function readHeader(line: Uint8Array): string {
  return parsed(headerSchema, jsonOf(line)).madeBy;
}

/** @throws LineFault */
export function readRecord(line: Uint8Array): Fact | End {
  const record = parsed(recordSchema, jsonOf(line));
  if ('table' in record) mustBeStorable(record);
  return record;
}

/** What no field shows alone: that the row says the same when it is read again. */
function mustBeStorable(fact: Fact): void {
  try {
    factOf(rowOf(fact));
  } catch (error) {
    if (error instanceof DamagedRow || error instanceof MqttError) throw new LineFault(error.message);
    throw error;
  }
}

const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

function jsonOf(line: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(line));
  } catch {
    throw new LineFault('it is no JSON in UTF-8');
  }
}

function parsed<Output>(schema: z.ZodType<Output>, value: unknown): Output {
  const result = schema.safeParse(value);
  if (result.success) return result.data;
  throw new LineFault(result.error.issues.slice(0, 3).map(sentence).join('; '));
}

function sentence(issue: z.core.$ZodIssue): string {
  const path = issue.path.map(String).join('.');
  const at = path === '' ? '' : `\`${path}\``;
  if (issue.code === 'unrecognized_keys') {
    const keys = issue.keys.map((key) => `\`${path === '' ? key : `${path}.${key}`}\``).join(', ');
    return `there is no ${keys}`;
  }
  return at === '' ? `expected ${issue.message}` : `${at} must be ${issue.message}`;
}
