// Walks a Property Length and the properties behind it, by the table in `spec/properties.ts`. [5:2.2.2]

import {
  PROPERTY_BY_ID,
  PROPERTY_BY_NAME,
  type PropertyFact,
  type PropertyPlace,
} from '../spec/properties.ts';
import { topicNameProblem } from '../topic/index.ts';
import {
  absentMeanings,
  numberMeaning,
  propertiesClause,
  propertyClause,
  textMeaning,
} from './property-meanings.ts';
import { counted, hexByte, quoted, shownBytes } from './shown.ts';
import type { Walker } from './walker.ts';

const ALL_FACTS: readonly PropertyFact[] = [...PROPERTY_BY_NAME.values()];

/** Walks the properties of `place`, and tells what those that are absent mean. */
export function walkProperties(walker: Walker, place: PropertyPlace): void {
  const clause = propertiesClause(place);
  walker.open(place === 'will' ? 'Will Properties' : 'Properties', clause);
  const length = walker.variable('Property Length', `${clause.slice(0, -1)}.1]`, (n) =>
    n === 0 ? 'no properties' : `${counted(n, 'byte')} of properties`,
  );
  const outerEnd = walker.end;
  const end = Math.min(walker.at + length, outerEnd);
  walker.end = end;
  const seen = new Set<PropertyFact>();
  let count = 0;
  while (walker.left > 0) {
    const fact = walkProperty(walker, place);
    if (fact !== undefined) seen.add(fact);
    count += 1;
  }
  walker.end = outerEnd;
  tellAbsent(walker, place, seen);
  walker.close(counted(count, 'property', 'properties'));
}

/** Where the Property Length itself is left out, which short forms of 5.0 may do. */
export function tellAbsentProperties(walker: Walker, place: PropertyPlace): void {
  const clause = `${propertiesClause(place).slice(0, -1)}.1]`;
  walker.absent('Property Length', clause, '0: no properties');
}

function tellAbsent(walker: Walker, place: PropertyPlace, seen: ReadonlySet<PropertyFact>): void {
  const missing = ALL_FACTS.filter((fact) => !seen.has(fact));
  for (const [fact, meaning] of absentMeanings(place, missing)) {
    walker.absent(fact.title, propertyClause(fact, place), meaning);
  }
}

function walkProperty(walker: Walker, place: PropertyPlace): PropertyFact | undefined {
  const id = walker.peek() ?? 0;
  const fact = PROPERTY_BY_ID[id];
  if (fact === undefined || !fact.places.includes(place)) {
    walker.open(fact?.title ?? `Property ${hexByte(id)}`, '[5:2.2.2.2]');
    walker.code('Identifier', '[5:2.2.2.2]', () => misplaced(fact, place));
    // Its type may be known, but not what it should say here: the decoder stops, too.
    walker.stop();
  }
  walker.open(fact.title, propertyClause(fact, place));
  walker.code('Identifier', '[5:2.2.2.2]', () => fact.title);
  walker.close(walkValue(walker, fact, place));
  return fact;
}

function misplaced(fact: PropertyFact | undefined, place: PropertyPlace): string {
  if (fact === undefined) return 'MQTT 5.0 defines no such property';
  return `${fact.title}, which does not belong in ${place === 'will' ? 'Will Properties' : place.toUpperCase()}`;
}

/** Walks the value and gives it as shown for the whole property. */
function walkValue(walker: Walker, fact: PropertyFact, place: PropertyPlace): string {
  const clause = propertyClause(fact, place);
  const meaning = (value: number): string => numberMeaning(fact, value, place);
  switch (fact.type) {
    case 'boolean':
    case 'bit':
      return String(walker.uint8(fact.title, clause, meaning));
    case 'uint16':
      return String(walker.uint16(fact.title, clause, meaning));
    case 'uint32':
      return String(walker.uint32(fact.title, clause, meaning));
    case 'variable':
      return String(walker.variable(fact.title, clause, meaning));
    case 'topic':
      return quoted(
        walker.text(fact.title, clause, (topic) => topicNameProblem(topic)?.message ?? textMeaning(fact)),
      );
    case 'string':
      return quoted(walker.text(fact.title, clause, () => textMeaning(fact)));
    case 'binary':
      return shownBytes(walker.binary(fact.title, clause, () => textMeaning(fact)));
    case 'pair': {
      const name = walker.text('Name', clause);
      return `${quoted(name)} = ${quoted(walker.text('Value', clause))}`;
    }
  }
}
