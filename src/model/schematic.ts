/**
 * Image Factory schematics, computed offline.
 *
 * The id is the sha256 of the schematic as the factory marshals it: Go's YAML with 4 spaces, list
 * items indented under their key, fixed key order, empty fields left out except `customization`.
 * Extensions and arguments are not sorted: their order is part of the id.
 * Source: siderolabs/image-factory pkg/schematic/schematic.go.
 */

import type { ImageOptions, Schematic } from './image-options.ts';
import { sha256Hex } from './identity.ts';
import { goScalar } from './go-scalar.ts';

/** What a schematic is made of. */
export interface Customization {
  /** Official system extensions, `siderolabs/qemu-guest-agent`. */
  readonly extensions: readonly string[];
  /** Extra kernel arguments. */
  readonly kernelArgs: readonly string[];
  readonly image: ImageOptions;
}

type Value = string | number | boolean | readonly Value[] | Mapping;
interface Mapping {
  readonly [key: string]: Value;
}

const cache = new Map<string, Schematic>();

export function schematicOf(customization: Customization): Schematic {
  const text = `${lines(schematicDocument(customization)).join('\n')}\n`;
  const known = cache.get(text);
  if (known !== undefined) return known;
  const schematic = { id: sha256Hex(text), text };
  cache.set(text, schematic);
  return schematic;
}

/** The schematic as a value, in the factory's order: what is posted to it. */
export function schematicDocument({ extensions, kernelArgs, image }: Customization): Mapping {
  const { overlay, meta, bootloader, sectorSize } = image;
  const secureBoot = {
    ...(image.enrollKeys === null ? {} : { enrollKeys: image.enrollKeys }),
    ...(image.wellKnownCertificates ? { includeWellKnownCertificates: true } : {}),
  };
  return {
    ...(overlay === null ? {} : { overlay: overlayDocument(overlay) }),
    customization: {
      ...(kernelArgs.length > 0 ? { extraKernelArgs: kernelArgs } : {}),
      ...(meta.length > 0 ? { meta: meta.map(({ key, value }) => ({ key, value })) } : {}),
      ...(extensions.length > 0 ? { systemExtensions: { officialExtensions: extensions } } : {}),
      ...(bootloader === null ? {} : { bootloader }),
      ...(Object.keys(secureBoot).length > 0 ? { secureboot: secureBoot } : {}),
      ...(sectorSize === null ? {} : { diskImage: { sectorSize } }),
    },
  };
}

function overlayDocument({ image, name, options }: NonNullable<ImageOptions['overlay']>): Mapping {
  // Go sorts the keys of a map; the fields of a struct keep their order.
  const sorted = Object.entries(options).sort(([a], [b]) => (a < b ? -1 : 1));
  return { image, name, ...(sorted.length > 0 ? { options: Object.fromEntries(sorted) } : {}) };
}

/** A mapping in block style, as Go's yaml indents it. */
function lines(mapping: Mapping): string[] {
  return Object.entries(mapping).flatMap(([name, value]) => {
    const key = goScalar(name);
    if (typeof value !== 'object') return [`${key}: ${scalar(value)}`];
    const below = isList(value) ? value.flatMap(item) : lines(value);
    return below.length === 0 ? [`${key}: {}`] : [`${key}:`, ...below.map((line) => `    ${line}`)];
  });
}

function item(value: Value): string[] {
  if (typeof value !== 'object') return [`- ${scalar(value)}`];
  return lines(value as Mapping).map((line, position) => `${position === 0 ? '- ' : '  '}${line}`);
}

function scalar(value: string | number | boolean): string {
  return typeof value === 'string' ? goScalar(value) : String(value);
}

function isList(value: Value): value is readonly Value[] {
  return Array.isArray(value);
}
