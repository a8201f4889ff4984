import js from '@eslint/js';
import tseslint from 'typescript-eslint';

/** Forbids imports from folders that lie downstream: data and imports flow `src ← models ← pipeline`. */
const mayNotImport = (files, folders) => ({
  files,
  rules: {
    'no-restricted-imports': [
      'error',
      {
        patterns: [
          {
            regex: `^(\\.\\./)+(${folders.join('|')})(/|$)`,
            message: 'Imports flow one way: src ← models ← pipeline (fixtures and test may import all three).',
          },
        ],
      },
    ],
  },
});

export default tseslint.config(
  { ignores: ['dist', 'coverage', 'node_modules'] },
  js.configs.recommended,
  ...tseslint.configs.recommended,
  {
    languageOptions: {
      globals: {
        process: 'readonly',
        console: 'readonly',
        Buffer: 'readonly',
        URL: 'readonly',
        AbortController: 'readonly',
      },
    },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_' }],
      eqeqeq: 'error',
      'prefer-const': 'error',
    },
  },
  mayNotImport(['src/**/*.ts'], ['models', 'pipeline', 'fixtures', 'test']),
  mayNotImport(['models/**/*.ts'], ['pipeline', 'fixtures', 'test']),
  mayNotImport(['pipeline/**/*.ts'], ['fixtures', 'test']),
);
