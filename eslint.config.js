import { defineConfig, globalIgnores } from 'eslint/config'
import js from '@eslint/js'
import tseslint from 'typescript-eslint'

const typescript = ['**/*.ts', '**/*.tsx']
const javascript = ['**/*.js', '**/*.mjs']
const tests = ['packages/*/test/**/*.ts', 'examples/**/*.test.ts', 'tools/**/*.test.ts', 'bench/**/*.test.ts']

/** Constructs that are refused everywhere; a block that adds to them has to repeat them, as rule options do not merge. */
const namedExportsOnly = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only.' },
  { selector: 'ExportSpecifier[exported.name="default"]', message: 'Named exports only.' },
]
const namedReExportsOnly = [
  ...namedExportsOnly,
  {
    selector: 'ExportAllDeclaration',
    message: 'Re-export by name, so that what is public is written down in one place.',
  },
]
const noDefaultOfDefault = {
  selector: 'NewExpression[callee.property.name="default"]',
  message: 'What the default import of a CommonJS module is differs between Node and bundlers: see `defaultExport`.',
}

const noKeyInTheHeap = {
  selector: 'NewExpression[callee.name="Uint8Array"] > Identifier.arguments[name=/key$/i]',
  message: 'Small arrays lie in the heap of V8, which moves them and leaves copies behind: see `copySecret`.',
}

const noMocking = {
  selector: 'CallExpression[callee.object.name="vi"][callee.property.name=/^(?:mock|doMock|resetModules)$/]',
  message: 'Tests share a process and its modules: those that have one be another are named *.mocking.test.ts.',
}

export default defineConfig(
  globalIgnores(['**/dist/', '**/coverage/', '**/vectors/', '**/.osscrypt-local/']),
  js.configs.recommended,
  {
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: {
      parserOptions: {
        project: [
          './packages/*/tsconfig.json',
          './packages/*/page/tsconfig.json',
          './packages/console/test/tsconfig.json',
          './tsconfig.check.json',
        ],
        tsconfigRootDir: import.meta.dirname,
      },
    },
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    rules: {
      eqeqeq: ['error', 'always'],
      'no-restricted-syntax': ['error', ...namedExportsOnly],
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      '@typescript-eslint/consistent-type-exports': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],

      // `() => doSomething()` is read as a call, not as a value.
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      // An async function without await still turns what it throws into a rejection, which interfaces here rely on.
      '@typescript-eslint/require-await': 'off',
      // An abort reason is `any`, and is passed on untouched.
      '@typescript-eslint/only-throw-error': ['error', { allowThrowingAny: true, allowThrowingUnknown: true }],
      '@typescript-eslint/prefer-promise-reject-errors': [
        'error',
        { allowThrowingAny: true, allowThrowingUnknown: true },
      ],
      // Names that begin with an underscore are parameters an interface asks for.
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', ignoreRestSiblings: true }],
      // The compiler asks for brackets where a name comes from an index signature.
      '@typescript-eslint/dot-notation': 'off',
      // It asks for the non-null assertions that no-non-null-assertion refuses.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
    },
  },
  {
    files: ['packages/*/src/**/*.ts', 'packages/*/page/**/*.ts', 'packages/*/page/**/*.tsx'],
    rules: {
      'no-restricted-syntax': ['error', ...namedReExportsOnly, noDefaultOfDefault, noKeyInTheHeap],
    },
  },
  {
    // A library that writes to the console can write a secret there.
    files: ['packages/sdk/src/**/*.ts'],
    rules: { 'no-console': 'error' },
  },
  {
    // Tests look at what clients and JSON.parse return, index into arrays they have just made, and pass wrong types on purpose.
    files: tests,
    rules: {
      '@typescript-eslint/no-non-null-assertion': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  {
    // What is not TypeScript has its names checked by the compiler all the same (tsconfig.check.json, checkJs); the rules
    // about `any` would ask for casts that JavaScript can only write as comments.
    files: javascript,
    rules: {
      'no-undef': 'off',
      '@typescript-eslint/restrict-plus-operands': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-class-instance-assignment': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
    },
  },
  {
    // What the compiler of Solid assigns: `let element` with `ref={element}`.
    files: ['packages/*/page/**/*.tsx'],
    rules: { 'no-unassigned-vars': 'off' },
  },
  {
    // Examples show plain user code.
    files: ['examples/**/*.ts', ...javascript.map((pattern) => `examples/${pattern}`)],
    rules: { '@typescript-eslint/no-non-null-assertion': 'off' },
  },
  {
    files: tests,
    ignores: ['**/*.mocking.test.ts'],
    rules: { 'no-restricted-syntax': ['error', ...namedExportsOnly, noMocking] },
  },
  {
    // Files whose default export a tool asks for.
    files: ['**/*.config.js', '**/*.config.ts'],
    rules: { 'no-restricted-syntax': 'off' },
  },
  {
    files: ['.dependency-cruiser.cjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: { sourceType: 'commonjs', globals: { require: 'readonly', module: 'writable' } },
    rules: { '@typescript-eslint/no-require-imports': 'off' },
  },
  { files: typescript, rules: { 'no-undef': 'off' } },
)
