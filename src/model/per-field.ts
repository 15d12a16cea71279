/**
 * Tables with an entry for every field of a part of the model. A field that is new in the model does not compile until
 * each table of its part says what becomes of it, or leaves it out with a reason.
 */

/** A field that a table makes nothing of, and why: another field says the same, or the place of the part does. */
export interface LeftOut {
  readonly leftOut: string;
}

/** What becomes of each field of a part. `context` is what an entry needs besides that part. */
export type PerField<Part, Result, Context = unknown> = {
  readonly [Field in keyof Part]-?: ((value: Part[Field], part: Part, context: Context) => Result) | LeftOut;
};

export function leftOut(reason: string): LeftOut {
  return { leftOut: reason };
}

export function isLeftOut(entry: unknown): entry is LeftOut {
  return typeof entry === 'object' && entry !== null && 'leftOut' in entry;
}

/** What a table makes of a part, in the order of the table. */
export function resultsOf<Part extends object, Result, Context>(
  table: PerField<Part, Result, Context>,
  part: Part,
  context: Context,
): Result[] {
  return (Object.keys(table) as (keyof Part)[]).flatMap((field) => {
    const entry = table[field];
    return isLeftOut(entry) ? [] : [entry(part[field], part, context)];
  });
}

/**
 * Every field that is left out.
 * @param tables by the path of their part in a VM: `nics`, `cloudInit.ipConfigs`, `boot.image` for one kind of boot
 * @returns `nics.slot` -> the reason
 */
export function reasonsOf(tables: Readonly<Record<string, object>>): Readonly<Record<string, string>> {
  const rows = Object.entries(tables).flatMap(([path, table]) =>
    Object.entries(table).flatMap(([field, entry]: [string, unknown]) =>
      isLeftOut(entry) ? [[path === '' ? field : `${path}.${field}`, entry.leftOut] as const] : [],
    ),
  );
  return Object.fromEntries(rows);
}
