/** What a `for` runs over, and what it tells its body. */

import { RenderError } from '../../model/errors.ts';
import { kindOf } from '../filters/filter.ts';

/** What a loop runs over: the items of a list, or the entries of a mapping. */
export function items(
  value: unknown,
  names: number,
  path: string | null,
  file: string,
  line: number,
  column: number,
): readonly unknown[] {
  const subject = path === null ? 'this value' : `'${path}'`;
  const fail = (message: string): never => {
    throw new RenderError(file, line, column, `${subject} ${message}`);
  };
  if (Array.isArray(value)) {
    const odd = names === 1 ? -1 : value.findIndex((item) => !Array.isArray(item) || item.length !== names);
    return odd === -1 ? value : fail(`is a list whose item ${odd} is not a list of ${names}`);
  }
  if (typeof value !== 'object' || value === null) return fail(`is ${kindOf(value)}; a loop needs a list or a mapping`);
  if (names !== 2) return fail('is a mapping; a loop over it binds two names: for key, value in ...');
  return Object.entries(value);
}

/** What a template reads as `loop`. */
export class Loop {
  readonly length: number;
  index = 0;
  index0 = -1;
  revindex = 0;
  revindex0 = 0;
  first = true;
  last = false;

  constructor(length: number) {
    this.length = length;
  }

  step(index: number): void {
    this.index = index + 1;
    this.index0 = index;
    this.revindex = this.length - index;
    this.revindex0 = this.revindex - 1;
    this.first = index === 0;
    this.last = index === this.length - 1;
  }
}
