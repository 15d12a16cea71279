/** Faults that are known and not mended yet: each is a test that fails as soon as it is. */

import { expect, it, type TestContext } from 'vitest';

declare module 'vitest' {
  interface TaskMeta {
    /** Set where a test shows a known fault. */
    knownFault?: string;
  }
}

/**
 * A test of what is right, which fails for now.
 * @param name what goes wrong, and with what: `OpenTofu takes a foreign VM over`
 * @param symptom what the failure says: another one is a fault that nobody knows
 * @param work demands what is right
 */
export function knownFault(name: string, symptom: RegExp, work: (context: TestContext) => void | Promise<void>): void {
  it(`known fault: ${name}`, async (context) => {
    const failure = await outcomeOf(work, context);
    if (failure === null) throw new Error(`"${name}" is mended: make it an ordinary test`);
    expect(failure, `the fault shows otherwise than it did`).toMatch(symptom);
    context.task.meta.knownFault = name;
  });
}

/** @returns what the failure says, or `null` where there is none. @throws what skips the test */
async function outcomeOf(
  work: (context: TestContext) => void | Promise<void>,
  context: TestContext,
): Promise<string | null> {
  try {
    await work(context);
    return null;
  } catch (error) {
    if ((error as { code?: string }).code === 'VITEST_PENDING') throw error;
    if (!(error instanceof Error)) return String(error);
    // The message of an assertion quotes only the beginning of what it was about.
    const { actual } = error as { actual?: unknown };
    return typeof actual === 'string' ? `${error.message}\n${actual}` : error.message;
  }
}
