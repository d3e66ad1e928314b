import { defineConfig } from 'vitest/config';

const conditions = ['winnow-source', 'node', 'import', 'module', 'default'];

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions, externalConditions: conditions } },
  test: {
    include: ['native/test/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: 'test/run-folder.ts',
    // TensorFlow lives once per process and wants both cores: one file at a time, each in its own process.
    pool: 'forks',
    fileParallelism: false,
    // A hang is found, a busy machine is not mistaken for one.
    testTimeout: 180_000,
    hookTimeout: 180_000,
    execArgv: ['--conditions=winnow-source', '--expose-gc'],
  },
});
