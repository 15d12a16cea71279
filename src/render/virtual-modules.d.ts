/** Modules that the build makes; the tests make them from the same source (src/build/virtual-modules.mjs). */

declare module 'talmox:templates' {
  /** Every template of `templates/`, compiled; empty where templates are compiled in process. */
  // An ambient module can name a relative one only so.
  // eslint-disable-next-line @typescript-eslint/consistent-type-imports
  export const templates: Readonly<Record<string, import('./render.ts').CompiledTemplate>>;
}

declare module 'talmox:helpers' {
  export type Helper = (this: object, ...args: readonly unknown[]) => unknown;
  type HelperModule = Readonly<Record<string, Helper | undefined>>;
  export interface HelperModules {
    readonly array: HelperModule;
    readonly collection: HelperModule;
    readonly inflection: HelperModule;
    readonly number: HelperModule;
    readonly path: HelperModule;
    readonly string: HelperModule;
    readonly url: HelperModule;
  }
  /** Loads handlebars-helpers on the first call. */
  export function loadHelpers(): HelperModules;
}

declare module 'talmox:compiler' {
  /** Loads the template compiler on the first call. */
  export function loadCompiler(): { compileTemplate(name: string, text: string): string };
}
