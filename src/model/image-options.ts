/** What the Image Factory builds into an image besides extensions and kernel arguments. */
export interface ImageOptions {
  /** Drivers and firmware of a single-board computer. */
  readonly overlay: {
    readonly image: string;
    readonly name: string;
    readonly options: Readonly<Record<string, string | number | boolean>>;
  } | null;
  /** Initial contents of the META partition. */
  readonly meta: readonly { readonly key: number; readonly value: string }[];
  /** `null`: what Talos chooses for the release. */
  readonly bootloader: 'dual-boot' | 'sd-boot' | 'grub' | null;
  /** When systemd-boot enrols the Secure Boot keys; `null`: `if-safe`, which means in VMs. */
  readonly enrollKeys: 'off' | 'manual' | 'if-safe' | 'force' | null;
  /** The Secure Boot ISO enrols the certificates of well-known vendors too. */
  readonly wellKnownCertificates: boolean;
  /** Bytes in a sector of the disk image; `null`: 512. */
  readonly sectorSize: 512 | 4096 | null;
}

export interface Schematic {
  /** sha256 of `text` in hex: what the Image Factory calls the schematic id. */
  readonly id: string;
  /** YAML exactly as the Image Factory marshals it. */
  readonly text: string;
}
