const transform = {
  '^.+\\.ts$': ['@swc/jest', { jsc: { target: 'es2024', parser: { syntax: 'typescript' } }, module: { type: 'es6' } }],
};
const ignored = ['/node_modules/', '/\\.aws-sam/', '/\\.fanfare/'];

/** The kind of a test is in its file name: unit (`x.test.ts`), emulator, e2e, cli. */
const project = (displayName, testMatch) => ({
  displayName,
  testMatch,
  transform,
  extensionsToTreatAsEsm: ['.ts'],
  testPathIgnorePatterns: displayName === 'unit' ? [...ignored, '\\.(emulator|e2e|cli)\\.test\\.ts$'] : ignored,
  modulePathIgnorePatterns: ['/\\.aws-sam/', '/\\.fanfare/'],
  setupFiles: ['<rootDir>/tests/environment.ts'],
});

export default {
  projects: [
    project('unit', ['<rootDir>/{packages,services,scripts,layers}/**/*.test.ts']),
    project('emulator', ['<rootDir>/**/*.emulator.test.ts']),
    project('e2e', ['<rootDir>/**/*.e2e.test.ts']),
    project('cli', ['<rootDir>/**/*.cli.test.ts']),
  ],
};
