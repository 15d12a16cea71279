import tseslint from 'typescript-eslint';

const everything = ['model', 'config', 'targets', 'render', 'io', 'simulator', 'cli', 'build'];

/** Forbids imports of other folders of `src` and, where asked, of Node and of the composition. */
function floor(folder, { may, node = false, composition = false }) {
  const closed = everything.filter((name) => name !== folder && !may.includes(name));
  const patterns = [
    {
      regex: `^(\\.\\.?/)+(${closed.join('|')})(/|$)`,
      message: `src/${folder} may import only ${may.join(', ') || 'itself'}.`,
    },
  ];
  if (!composition)
    patterns.push({ regex: '^(\\.\\./)+(generate|validate|index)\\.ts$', message: 'Imports go down only.' });
  if (!node) patterns.push({ group: ['node:*'], message: 'Only src/io, src/cli and the simulator touch Node.' });
  return {
    files: [`src/${folder}/**/*.ts`],
    rules: { 'no-restricted-imports': ['error', { patterns }] },
  };
}

/** Outside its folder, as its subfolders see it: their rules take the place of those of `floor`. */
const AROUND_THE_SIMULATOR = {
  regex: '^(\\.\\./)+(build|cli|config|generate|io|render|targets|validate)(/|\\.ts$)',
  message: 'The simulator imports src/model alone.',
};

/** A layer of the simulator: imports go down there too, and only its server touches Node. */
function room(folder, { closed, message, node = false }) {
  const patterns = [{ regex: closed, message }, AROUND_THE_SIMULATOR];
  if (!node) patterns.push({ group: ['node:*'], message: 'Only src/simulator/server touches Node.' });
  return { files: [`src/simulator/${folder}/**/*.ts`], rules: { 'no-restricted-imports': ['error', { patterns }] } };
}

export default tseslint.config(
  {
    ignores: [
      'dist/**',
      'out/**',
      'node_modules/**',
      'coverage/**',
      '.stryker/**',
      'src/model/files.gen.ts',
      'test/fixtures/**',
      'test/golden/**',
    ],
  },
  tseslint.configs.base,
  {
    files: ['src/**/*.ts', 'test/**/*.ts'],
    extends: [tseslint.configs.strictTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/no-import-type-side-effects': 'off',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // Targets, renderers and tables are plain values whose functions never read `this`.
      '@typescript-eslint/unbound-method': 'off',
      // A literal may say by name what its union already allows.
      '@typescript-eslint/no-redundant-type-constituents': 'off',
      // A command's handler often has nothing to await; its type stays the same.
      '@typescript-eslint/require-await': 'off',
    },
  },
  {
    files: ['**/*.{ts,mts,js,mjs,cjs}'],
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'prefer-const': 'error',
      'no-var': 'error',
      'no-restricted-syntax': [
        'error',
        { selector: 'TSEnumDeclaration', message: 'Use a union of literals.' },
        {
          selector: 'ImportDeclaration[source.value=/^\\.{1,2}\\u002F(?!.*\\.(ts|mjs|cjs|js|json)$)/]',
          message: 'Relative imports end in .ts.',
        },
      ],
      'no-restricted-exports': [
        'error',
        {
          restrictDefaultExports: {
            direct: true,
            named: true,
            defaultFrom: true,
            namedFrom: true,
            namespaceFrom: true,
          },
        },
      ],
    },
  },
  { files: ['src/**/*.ts'], rules: { 'max-lines': ['warn', { max: 300, skipBlankLines: true, skipComments: true }] } },
  floor('model', { may: [] }),
  floor('config', { may: ['model'] }),
  floor('targets', { may: ['model'] }),
  floor('render', { may: ['model'] }),
  floor('io', { may: ['model', 'config', 'targets', 'render'], node: true, composition: true }),
  floor('simulator', { may: ['model'] }),
  room('schema', {
    closed: '^\\.\\./(?!\\.\\./model/cpu-models\\.ts$)',
    message: 'The schema of the simulator stands alone; names that Proxmox VE builds in are facts of the model.',
  }),
  room('state', { closed: '^(\\.\\./)+(?!schema/)', message: 'The state of the simulator may import its schema.' }),
  room('handlers', {
    closed: '/(server|model|rehearsal|compare|record)/|/(fixture|identity|installations|live|prepared-host)\\.ts$',
    message: 'Handlers may import schema and state.',
  }),
  room('compare', {
    closed: '^(\\.\\./)+(?!\\.\\./|(model|schema|state)/)',
    message: 'What judges may import schema, state and types of the model.',
  }),
  {
    // What judges shares nothing with what it judges: of the model it knows the types.
    files: ['src/simulator/compare/**/*.ts'],
    rules: {
      '@typescript-eslint/no-restricted-imports': [
        'error',
        {
          patterns: [
            {
              regex: '/model/',
              allowTypeImports: true,
              message: 'What judges has its own code; of the model it knows the types.',
            },
          ],
        },
      ],
    },
  },
  room('server', {
    closed: '/(rehearsal|compare|record)/|/(fixture|live|prepared-host)\\.ts$',
    message: 'The server may import what lies below it and src/model.',
    node: true,
  }),
  {
    files: ['src/generate.ts', 'src/validate.ts', 'src/index.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        {
          patterns: [
            { regex: '^\\./(cli|build)/', message: 'Imports go down only.' },
            { group: ['node:*'], message: 'The composition is pure.' },
          ],
        },
      ],
    },
  },
  { files: ['src/cli/**/*.ts', 'src/build/**', 'test/**'], rules: { 'no-console': 'off' } },
  {
    files: [
      'eslint.config.js',
      'test/**/vitest.config.ts',
      'test/mutation/stryker.config.mjs',
      '**/*.d.ts',
      '**/*.d.mts',
    ],
    rules: { 'no-restricted-exports': 'off' },
  },
  {
    // Test helpers reach into parsed documents, which are `any` by nature of their parsers.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
    },
  },
);
