/** What few runs need has a file of its own beside the program, which a run that does not need it never reads. */

/** File -> what it holds: a module of ours, or a package. */
export const LATE = {
  simulator: 'src/simulator/index.ts',
  compiler: 'src/render/strict/compile.ts',
  helpers: 'handlebars-helpers',
  chokidar: 'chokidar',
  diff: 'diff',
};

/** How the program names such a file: it lies in the same folder. */
export function lateFile(name) {
  return `./${name}.cjs`;
}
