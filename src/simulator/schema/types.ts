/** What a version of Proxmox VE accepts: the shapes of the distilled facts. */

/** Versions the simulator knows, oldest first. */
export const PVE_VERSIONS = ['8.4', '9.0', '9.1'] as const;
export type PveVersion = (typeof PVE_VERSIONS)[number];
export const NEWEST_PVE: PveVersion = '9.1';

/** One parameter, or one sub-key of a property string. Names are those of Proxmox' own schema. */
export interface PropertySchema {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array';
  /** Absent: required. */
  readonly optional?: true;
  /** Name of a format, or the sub-keys of a property string. */
  readonly format?: string | ObjectFormat;
  /** Matches the whole value. */
  readonly pattern?: string;
  readonly ignoreCase?: true;
  readonly enum?: readonly string[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  /** What an absent value means. */
  readonly default?: string;
  /** Another parameter that must be given with this one. */
  readonly requires?: string;
  readonly items?: PropertySchema;
  /** The sub-key that a bare value stands for. */
  readonly default_key?: true;
  /** The sub-key this one is another name for. */
  readonly alias?: string;
  /** The sub-key that takes this one's name as its value: `virtio=<mac>` is `model=virtio,macaddr=<mac>`. */
  readonly keyAlias?: string;
}

/** Sub-keys of a property string. */
export type ObjectFormat = Readonly<Record<string, PropertySchema>>;

/** Parameters of an endpoint, `net0` to `net31` spelled out. */
export type Properties = ReadonlyMap<string, PropertySchema>;

/** `['perm', path, privileges, ...options]`, or `['and' | 'or', ...checks]`. */
export type PermissionCheck = readonly (string | readonly string[] | PermissionCheck)[];

export interface Permissions {
  /** `world`: no authentication; `all`: any user. Absent with `check` absent: root only. */
  readonly user?: 'all' | 'world';
  readonly check?: PermissionCheck;
}

export interface Endpoint {
  readonly method: string;
  /** With placeholders: `/nodes/{node}/qemu`. */
  readonly path: string;
  /** `GET /nodes/{node}/qemu` */
  readonly name: string;
  readonly segments: readonly string[];
  readonly permissions: Permissions;
  /** API tokens may call it. */
  readonly allowsToken: boolean;
  /** The host that the request names answers it; the one that was asked passes it on. */
  readonly proxied: boolean;
  /** Done by a daemon behind the one that answers, which waits for it no longer than its time limit. */
  readonly protected: boolean;
  readonly parameters: Properties;
}

/** Values as they arrive: text, or a list where a key was repeated or JSON held an array. */
export type RawValue = string | readonly string[];
export type RawParameters = Readonly<Record<string, RawValue>>;

/** Parameter name -> message, as Proxmox answers them under `errors`. */
export type ParameterErrors = Readonly<Record<string, string>>;
