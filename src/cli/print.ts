/** The only place that writes to the terminal. */

import { styleText } from 'node:util';
import { visible } from '../model/shown.ts';

export type Style = 'red' | 'green' | 'yellow' | 'cyan' | 'bold' | 'dim';

/** Where a command's words go. */
export interface Output {
  /** Results: to stdout. */
  out(text: string): void;
  /** Progress, warnings, errors: to stderr. */
  err(text: string): void;
  /** Lines that replace those of the last call, where stderr is a terminal; `false` where it is none. */
  live(lines: readonly string[]): boolean;
  /** Does this stream show colours? */
  colours(stream: 'out' | 'err'): boolean;
  /** Colours where stdout (or stderr) shows them. */
  style(style: Style, text: string, stream?: 'out' | 'err'): string;
}

/** As far as output is concerned, a stream is this. */
export interface Sink {
  readonly isTTY?: boolean;
  write(text: string): unknown;
}

/** @param colour `false`: none, whatever the terminal and the environment say */
export function createOutput(stdout: Sink, stderr: Sink, env: NodeJS.ProcessEnv, colour: boolean): Output {
  const coloured = (sink: Sink): boolean => {
    if (!colour || (env['NO_COLOR'] ?? '') !== '') return false;
    if ((env['FORCE_COLOR'] ?? '') !== '') return env['FORCE_COLOR'] !== '0';
    return sink.isTTY === true;
  };
  const [onOut, onErr] = [coloured(stdout), coloured(stderr)];
  let drawn = 0;
  return {
    live: (lines) => {
      if (stderr.isTTY !== true) return false;
      const up = drawn === 0 ? '' : `\u001b[${drawn}A`;
      stderr.write(`${up}\u001b[J${lines.map((line) => `${visible(line)}\n`).join('')}`);
      drawn = lines.length;
      return true;
    },
    out: (text) => void stdout.write(`${harmless(text, onOut)}\n`),
    err: (text) => void stderr.write(`${harmless(text, onErr)}\n`),
    colours: (stream) => (stream === 'out' ? onOut : onErr),
    style: (style, text, stream = 'out') =>
      (stream === 'out' ? onOut : onErr) ? styleText(style, text, { validateStream: false }) : text,
  };
}

/** The colours above: what a terminal may be told. */
const COLOURS = /(\u001b\[(?:1|2|22|31|32|33|36|39)m)/;

/** Whoever's words these are: a terminal obeys nothing in them, and hides nothing of them. */
export function harmless(text: string, coloured: boolean): string {
  if (!coloured) return visible(text);
  return text
    .split(COLOURS)
    .map((part, index) => (index % 2 === 0 ? visible(part) : part))
    .join('');
}
