/**
 * Image Factory schematics, computed offline.
 *
 * The id is the sha256 of the schematic as the factory marshals it: YAML with 4 spaces, sequence
 * items indented under their key, fixed key order, empty fields left out except `customization`.
 * Extensions and arguments are not sorted: their order is part of the id.
 * Source: siderolabs/image-factory pkg/schematic/schematic.go.
 */

import type { Schematic } from './cluster.ts';
import { sha256Hex } from './identity.ts';

const cache = new Map<string, Schematic>();

/**
 * @param extensions official system extensions, `siderolabs/qemu-guest-agent`
 * @param kernelArgs extra kernel arguments
 */
export function schematicOf(extensions: readonly string[], kernelArgs: readonly string[]): Schematic {
  const text = schematicText(extensions, kernelArgs);
  const known = cache.get(text);
  if (known !== undefined) return known;
  const schematic = { id: sha256Hex(text), text };
  cache.set(text, schematic);
  return schematic;
}

function schematicText(extensions: readonly string[], kernelArgs: readonly string[]): string {
  const lines: string[] = [];
  if (kernelArgs.length > 0) lines.push('    extraKernelArgs:', ...kernelArgs.map((arg) => `        - ${goScalar(arg)}`));
  if (extensions.length > 0) {
    lines.push('    systemExtensions:', '        officialExtensions:');
    lines.push(...extensions.map((name) => `            - ${goScalar(name)}`));
  }
  return lines.length === 0 ? 'customization: {}\n' : `customization:\n${lines.join('\n')}\n`;
}

/**
 * A string as Go's yaml prints it: plain where that reads back as the same string, else single
 * quoted. Covers what kernel arguments and extension names hold (printable, one line).
 */
function goScalar(text: string): string {
  const plain =
    /^[^\s\-?:,[\]{}#&*!|>'"%@`]|^[-?:][^\s]/.test(text) &&
    !/: |\s#|:$|^\s|\s$/.test(text) &&
    !/^(?:~|null|true|false|yes|no|on|off|y|n)$/i.test(text) &&
    !/^[-+.]?(?:\d|\.(?:inf|nan))/i.test(text) &&
    !/^(?:<<|=|---|\.\.\.)/.test(text);
  return plain ? text : `'${text.replaceAll("'", "''")}'`;
}
