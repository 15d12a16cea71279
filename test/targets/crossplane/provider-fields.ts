/**
 * Field names and types of `spec.forProvider` in provider-proxmox-bpg 1.18.0, as plain facts: what a
 * manifest is checked against where the provider's CRDs are not at hand. Only fields that a machine
 * of this tool can have, without the deprecated ones. `[{...}]` is a list of blocks; every Terraform block is one.
 */

export type FieldType = 'string' | 'number' | 'boolean' | 'string[]' | readonly [Fields];

export interface Fields {
  readonly [name: string]: FieldType;
}

export const ENVIRONMENT_VM_FIELDS: Fields = {
  agent: [
    {
      enabled: 'boolean',
      timeout: 'string',
      trim: 'boolean',
      type: 'string',
      waitForIp: [
        {
          disabled: 'boolean',
          ipv4: 'boolean',
          ipv6: 'boolean',
        },
      ],
    },
  ],
  bios: 'string',
  bootOrder: 'string[]',
  cdrom: [
    {
      fileId: 'string',
      interface: 'string',
    },
  ],
  clone: [
    {
      datastoreId: 'string',
      full: 'boolean',
      nodeName: 'string',
      retries: 'number',
      vmId: 'number',
    },
  ],
  cpu: [
    {
      affinity: 'string',
      architecture: 'string',
      cores: 'number',
      flags: 'string[]',
      hotplugged: 'number',
      limit: 'number',
      numa: 'boolean',
      sockets: 'number',
      type: 'string',
      units: 'number',
    },
  ],
  deleteUnreferencedDisksOnDestroy: 'boolean',
  description: 'string',
  disk: [
    {
      aio: 'string',
      backup: 'boolean',
      cache: 'string',
      datastoreId: 'string',
      discard: 'string',
      fileFormat: 'string',
      fileId: 'string',
      importFrom: 'string',
      interface: 'string',
      iothread: 'boolean',
      pathInDatastore: 'string',
      queues: 'number',
      replicate: 'boolean',
      serial: 'string',
      size: 'number',
      speed: [
        {
          iopsRead: 'number',
          iopsReadBurstable: 'number',
          iopsWrite: 'number',
          iopsWriteBurstable: 'number',
          read: 'number',
          readBurstable: 'number',
          write: 'number',
          writeBurstable: 'number',
        },
      ],
      ssd: 'boolean',
    },
  ],
  efiDisk: [
    {
      datastoreId: 'string',
      fileFormat: 'string',
      preEnrolledKeys: 'boolean',
      type: 'string',
    },
  ],
  initialization: [
    {
      datastoreId: 'string',
      dns: [
        {
          domain: 'string',
          servers: 'string[]',
        },
      ],
      fileFormat: 'string',
      interface: 'string',
      ipConfig: [
        {
          ipv4: [
            {
              address: 'string',
              gateway: 'string',
            },
          ],
          ipv6: [
            {
              address: 'string',
              gateway: 'string',
            },
          ],
        },
      ],
      metaDataFileId: 'string',
      networkDataFileId: 'string',
      type: 'string',
      upgrade: 'boolean',
      userDataFileId: 'string',
      vendorDataFileId: 'string',
    },
  ],
  machine: 'string',
  memory: [
    {
      dedicated: 'number',
      floating: 'number',
      hugepages: 'string',
      keepHugepages: 'boolean',
      shared: 'number',
    },
  ],
  migrate: 'boolean',
  name: 'string',
  networkDevice: [
    {
      bridge: 'string',
      disconnected: 'boolean',
      firewall: 'boolean',
      macAddress: 'string',
      model: 'string',
      mtu: 'number',
      queues: 'number',
      rateLimit: 'number',
      trunks: 'string',
      vlanId: 'number',
    },
  ],
  nodeName: 'string',
  onBoot: 'boolean',
  operatingSystem: [
    {
      type: 'string',
    },
  ],
  poolId: 'string',
  protection: 'boolean',
  purgeOnDestroy: 'boolean',
  rebootAfterUpdate: 'boolean',
  scsiHardware: 'string',
  serialDevice: [
    {
      device: 'string',
    },
  ],
  smbios: [
    {
      family: 'string',
      manufacturer: 'string',
      product: 'string',
      serial: 'string',
      sku: 'string',
      uuid: 'string',
      version: 'string',
    },
  ],
  started: 'boolean',
  startup: [
    {
      downDelay: 'number',
      order: 'number',
      upDelay: 'number',
    },
  ],
  stopOnDestroy: 'boolean',
  tags: 'string[]',
  template: 'boolean',
  tpmState: [
    {
      datastoreId: 'string',
      version: 'string',
    },
  ],
  vga: [
    {
      clipboard: 'string',
      memory: 'number',
      type: 'string',
    },
  ],
  vmId: 'number',
  watchdog: [
    {
      action: 'string',
      enabled: 'boolean',
      model: 'string',
    },
  ],
};

export const DOWNLOAD_FILE_FIELDS: Fields = {
  checksum: 'string',
  checksumAlgorithm: 'string',
  contentType: 'string',
  datastoreId: 'string',
  decompressionAlgorithm: 'string',
  fileName: 'string',
  nodeName: 'string',
  overwrite: 'boolean',
  overwriteUnmanaged: 'boolean',
  uploadTimeout: 'number',
  url: 'string',
  verify: 'boolean',
};

/** Paths of a value whose name or type the provider does not know. */
export function unknownFields(value: unknown, type: FieldType | Fields, path: string): string[] {
  if (typeof type === 'string') return isOf(value, type) ? [] : [`${path} is no ${type}`];
  if (Array.isArray(type)) {
    if (!Array.isArray(value)) return [`${path} is no list of blocks`];
    return value.flatMap((item, index) => unknownFields(item, type[0] as Fields, `${path}[${index}]`));
  }
  if (typeof value !== 'object' || value === null) return [`${path} is no block`];
  const fields = type as Fields;
  return Object.entries(value).flatMap(([name, item]) => {
    const expected = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return expected === undefined ? [`${path}.${name} is unknown`] : unknownFields(item, expected, `${path}.${name}`);
  });
}

function isOf(value: unknown, type: string): boolean {
  return type === 'string[]'
    ? Array.isArray(value) && value.every((item) => typeof item === 'string')
    : typeof value === type;
}
