#!/usr/bin/env node
import { existsSync } from 'node:fs';

// In a clone of Winnow the sources count: there may be no dist/ yet, or an old one.
const start = new URL('../../../scripts/start.mjs', import.meta.url);
if (existsSync(start)) {
  process.argv.splice(2, 0, '--script', 'packages/evaluation/src/cli/main.ts');
  await import(start);
} else {
  await import('../dist/cli/main.js');
}
