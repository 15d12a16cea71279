/** Parts that few runs need are files beside the program: other runs do not read them. */

/** File -> what it holds: a module of this project, or a package. */
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
