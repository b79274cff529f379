/** Owns how tests look into explained packets: their leaves, their gaps, their fields by name. Never asserts. */

import { type Annotation, type ExplainedPacket, leavesOf } from '../../src/explain/index.ts';

/** Every annotation, in the order of the bytes. */
export function allOf(tree: Annotation): readonly Annotation[] {
  return [tree, ...tree.children.flatMap(allOf)];
}

/** What is wrong with how the leaves cover the packet: a gap, an overlap, a wrong end; empty where nothing is. */
export function coverageProblems(packet: ExplainedPacket): readonly string[] {
  const problems: string[] = [];
  let at = 0;
  for (const { name, offset, length } of leavesOf(packet.tree)) {
    if (offset !== at) problems.push(`${name} begins at ${offset}, not at ${at}`);
    at = offset + length;
  }
  if (at !== packet.bytes.length) problems.push(`covered are ${at} of ${packet.bytes.length} bytes`);
  for (const node of allOf(packet.tree)) problems.push(...shapeProblems(node));
  return problems;
}

/** A group or byte and what stands below it must agree: children lie inside, bits cover their byte once. */
function shapeProblems(node: Annotation): readonly string[] {
  const end = node.offset + node.length;
  const problems = node.children
    .filter((child) => child.offset < node.offset || child.offset + child.length > end)
    .map((child) => `${child.name} is not inside ${node.name}`);
  if (node.kind === 'field' && node.children.length > 0) {
    const masks = node.children.map((child) => child.bits?.mask ?? 0);
    const sum = masks.reduce((a, b) => a + b, 0);
    if (sum !== 0xff || masks.reduce((a, b) => a | b, 0) !== 0xff) problems.push(`${node.name} lacks bits`);
  }
  return problems;
}

/** `name = value: meaning clause` of everything that was read, with its place, to be compared as a whole. */
export function told(packet: ExplainedPacket): readonly string[] {
  return allOf(packet.tree)
    .filter((node) => node.kind !== 'group')
    .map(({ kind, offset, length, name, value, clause }) => {
      const place = kind === 'field' ? `${offset}+${length}` : kind;
      return `${place} ${name} = ${value} ${clause}`.trimEnd();
    });
}

/** The first annotation of this name; throws where there is none. */
export function named(packet: ExplainedPacket, name: string): Annotation {
  const found = allOf(packet.tree).find((node) => node.name === name && node.kind !== 'group');
  if (found === undefined) throw new Error(`nothing is named ${name}`);
  return found;
}
