/** An object of `locals`: what the filter `hcl` prints. */
export type HclObject = Readonly<Record<string, unknown>>;
