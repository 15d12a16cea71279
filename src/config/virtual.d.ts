/** Modules that the build makes from data: compiled schema validators. */
declare module 'talmox:validators' {
  /** An error of ajv, as far as talmox reads it. */
  export interface ValidationError {
    readonly keyword: string;
    readonly instancePath: string;
    readonly schemaPath: string;
    readonly params: Readonly<Record<string, unknown>>;
    readonly propertyName?: string;
  }
  export interface Validator {
    (value: unknown): boolean;
    readonly errors?: readonly ValidationError[] | null;
  }
  export const clusterFile: Validator;
  export const nodesFile: Validator;
}
