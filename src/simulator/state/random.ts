/** Identifiers that Proxmox would draw: drawn from a seed, so that two runs give the same ones. */

export interface Random {
  uuid(): string;
  /** Upper case, with the prefix Proxmox uses by default. */
  macAddress(): string;
  hex(digits: number): string;
}

export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  // mulberry32: small, even, good enough to keep identifiers apart.
  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };
  const hex = (digits: number): string => {
    let text = '';
    while (text.length < digits) text += next().toString(16).padStart(8, '0');
    return text.slice(0, digits);
  };
  return {
    hex,
    uuid: () => {
      const variant = '89ab'[next() % 4] ?? '8';
      return `${hex(8)}-${hex(4)}-4${hex(3)}-${variant}${hex(3)}-${hex(12)}`;
    },
    macAddress: () => `BC:24:11:${(hex(6).toUpperCase().match(/../g) ?? []).join(':')}`,
  };
}
