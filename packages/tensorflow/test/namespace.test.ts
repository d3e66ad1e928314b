import { createRequire } from 'node:module';
import { tf } from '@winnow/tensorflow';
import { expect, test } from 'vitest';

test('tf has every export of tfjs-node', () => {
  const whole = createRequire(import.meta.url)('@tensorflow/tfjs-node-gpu') as Record<string, unknown>;
  const missing = Object.keys(whole).filter((name) => (tf as Record<string, unknown>)[name] !== whole[name]);
  expect(missing).toEqual([]);
});
