/** The backends by name: the words of `--target`, of the table in `src/targets/index.ts` and of the schemas. */

export const BACKEND_NAMES = ['ansible', 'crossplane', 'tofu'] as const;

export type BackendName = (typeof BACKEND_NAMES)[number];
