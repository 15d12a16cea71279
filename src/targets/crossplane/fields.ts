/**
 * How the table of `machine.ts` is written and read: for every field of a part of the model the rows it becomes in a
 * TalosNode. From the rows come the value of a node, the schema, and the way into the provider's object.
 */

import type { Vm } from '../../model/cluster.ts';
import { isLeftOut, type LeftOut } from '../../model/per-field.ts';
import { object, type Rule, type Schema } from './schema.ts';

/** What stands under one name in a TalosNode: a value, or a block with what is in it. */
export interface Member {
  readonly name: string;
  /** Its name in the provider's object. */
  readonly provider: string;
  readonly schema: Schema;
  /** The object may lack it. */
  readonly optional: boolean;
  /** What is in a block, which is an object here and a list of one there; `null`: a value, the same in both. */
  readonly parts: readonly Member[] | null;
}

/** A member as it is made of a field of the model. */
export interface Row<Value, Part> extends Member {
  /** The block that this field shares with others, or `null`. */
  readonly block: Block | null;
  /** `null`: the object lacks it. `vm` is the whole of which `part` is a part. */
  readonly of: (value: Value, part: Part, vm: Vm) => unknown;
}

interface Block {
  readonly name: string;
  readonly description: string;
  readonly optional: boolean;
}

/** Every field of a part of the model has an entry: what is new there does not compile without. */
export type Rows<Part> = {
  readonly [Field in keyof Part]-?: Row<Part[Field], Part> | readonly Row<Part[Field], Part>[] | LeftOut;
};

type Of<Value, Part> = (value: Value, part: Part, vm: Vm) => unknown;

const same = (value: unknown): unknown => value;

export function field<Value, Part>(name: string, schema: Schema, of: Of<Value, Part> = same): Row<Value, Part> {
  return { name, block: null, provider: name, parts: null, schema, optional: false, of };
}

export function optional<Value, Part>(name: string, schema: Schema, of: Of<Value, Part> = same): Row<Value, Part> {
  return { ...field(name, schema, of), optional: true };
}

/** A field that is the same for every machine. */
export function constant(name: string, schema: Schema, value: unknown): Row<unknown, unknown> {
  return field(name, schema, () => value);
}

/** A list that the provider calls by another name. @param item makes one element of it */
export function list<Item, Part>(
  name: string,
  provider: string,
  schema: Schema,
  item: (value: Item, vm: Vm) => unknown,
): Row<readonly Item[], Part> {
  return { ...field(name, schema, (items: readonly Item[], _, vm) => items.map((value) => item(value, vm))), provider };
}

/** A part of the model as a block of its own. */
export function block<Part extends object, Whole>(
  name: string,
  description: string,
  table: Rows<Part>,
  rules: readonly Rule[] = [],
): Row<Part, Whole> {
  const of = (part: Part, _: Whole, vm: Vm): unknown => valueOf(table, part, vm);
  return { ...field(name, schemaOf(description, table, rules), of), parts: membersOf(table) };
}

/** A row for what the value holds, or for nothing: `null`. */
export function maybe<Inner, Value, Part>(
  row: Row<Inner, Part>,
  inner: (value: Value, part: Part, vm: Vm) => Inner | null,
): Row<Value, Part> {
  return {
    ...row,
    optional: true,
    of: (value, part, vm) => {
      const found = inner(value, part, vm);
      return found === null ? null : row.of(found, part, vm);
    },
  };
}

/** The rows of another table among those of this one, where there is such a part. */
export function among<Inner extends object, Value, Part>(
  table: Rows<Inner>,
  inner: (value: Value, part: Part, vm: Vm) => Inner | null,
): readonly Row<Value, Part>[] {
  return rowsOf(table).map(({ key, row }) => ({
    ...row,
    optional: true,
    of: (value, part, vm) => {
      const found = inner(value, part, vm);
      return found === null ? null : row.of(found[key], found, vm);
    },
  }));
}

/** Rows that share a block: `CPU('cores', ...)`. */
export function sharedBlock(
  name: string,
  description: string,
  isOptional = false,
): <Value, Part>(field: string, schema: Schema, of?: Of<Value, Part>) => Row<Value, Part> {
  const shared = { name, description, optional: isOptional };
  return (inner, schema, of = same) => ({ ...field(inner, schema, of), block: shared });
}

interface KeyedRow<Part> {
  readonly key: keyof Part;
  readonly row: Row<Part[keyof Part], Part>;
}

function isList<Item>(entry: Item | readonly Item[]): entry is readonly Item[] {
  return Array.isArray(entry);
}

/** The rows of a table in its order. */
export function rowsOf<Part>(table: Rows<Part>): readonly KeyedRow<Part>[] {
  return (Object.keys(table) as (keyof Part)[]).flatMap((key) => {
    const entry = table[key];
    if (isLeftOut(entry)) return [];
    const rows: readonly Row<Part[keyof Part], Part>[] = isList(entry) ? entry : [entry];
    return rows.map((row) => ({ key, row }));
  });
}

/** A part as an object of the TalosNode; what is `null` has no key. */
export function valueOf<Part>(table: Rows<Part>, part: Part, vm: Vm): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const { key, row } of rowsOf(table)) {
    const value = row.of(part[key], part, vm);
    if (value === null) continue;
    if (row.block === null) result[row.name] = value;
    else result[row.block.name] = { ...(result[row.block.name] as object | undefined), [row.name]: value };
  }
  return result;
}

/** @param rules further demands on the object as a whole */
export function schemaOf<Part>(description: string, table: Rows<Part>, rules: readonly Rule[] = []): Schema {
  return schemaOfMembers(description, membersOf(table), rules);
}

function schemaOfMembers(description: string, members: readonly Member[], rules: readonly Rule[] = []): Schema {
  return object(description, requiredOf(members), propertiesOf(members), rules);
}

export function requiredOf(members: readonly Member[]): readonly string[] {
  return members.filter((member) => !member.optional).map(({ name }) => name);
}

export function propertiesOf(members: readonly Member[]): Readonly<Record<string, Schema>> {
  return Object.fromEntries(members.map(({ name, schema }) => [name, schema]));
}

/** What stands in the object that a table makes, in the order in which each is met first. */
export function membersOf<Part>(table: Rows<Part>): readonly Member[] {
  const members = new Map<string, Member>();
  for (const { row } of rowsOf(table)) {
    if (row.block === null) members.set(row.name, row);
    else members.set(row.block.name, extended(row.block, members.get(row.block.name)?.parts ?? [], row));
  }
  return [...members.values()];
}

function extended({ name, description, optional: isOptional }: Block, parts: readonly Member[], row: Member): Member {
  const all = [...parts, row];
  return { name, provider: name, schema: schemaOfMembers(description, all), optional: isOptional, parts: all };
}
