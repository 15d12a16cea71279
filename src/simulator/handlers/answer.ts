/** An answer that says more than its data. */

export class Answer {
  readonly data: unknown;
  /** Beside `data`: `changes`, ... */
  readonly attributes: Readonly<Record<string, unknown>>;

  constructor(data: unknown, attributes: Readonly<Record<string, unknown>>) {
    this.data = data;
    this.attributes = attributes;
  }
}
