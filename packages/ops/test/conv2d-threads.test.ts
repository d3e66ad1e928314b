/** Masked convolutions give the same bits for every number of TensorFlow's threads, which a process chooses once. */

import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const script = join(temporaryFolder(), 'bits.mts');
const ops = JSON.stringify(new URL('../src/index.ts', import.meta.url).href);
const tensorflow = JSON.stringify(new URL('../../tensorflow/src/index.ts', import.meta.url).href);
writeFileSync(
  script,
  `import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
const { tf } = await import(${tensorflow});
const { conv2d } = await import(${ops});
const hash = createHash('sha256');
// Nothing random of TensorFlow's: its numbers depend on threads.
const numbers = (shape) => tf.range(0, shape.reduce((a, b) => a * b));
const wave = (shape, pace) => tf.tidy(() => tf.sin(tf.mul(numbers(shape), pace)).reshape(shape));
const cases = [
  { x: [35, 12, 12, 16], filter: [3, 3, 16, 24], options: { pad: 'same' } },
  { x: [48, 9, 9, 8], filter: [5, 5, 8, 8], options: { pad: 2, strides: 2 } },
  { x: [17, 14, 14, 12], filter: [1, 1, 12, 20], options: {} },
];
for (const { x: shape, filter: kernel, options } of cases) {
  const [x, weights] = [wave(shape, 0.37), wave(kernel, 0.73)];
  const mask = tf.cast(tf.greater(wave(kernel, 1.31), 0.7), 'float32');
  for (const kept of [mask, tf.cast(mask, 'bool')]) {
    const run = (a, b) => conv2d(a, b, { ...options, execution: 'sparse', mask: kept });
    const filter = tf.mul(weights, mask);
    const y = run(x, filter);
    for (const result of [y, ...tf.grads(run)([x, filter], wave(y.shape, 0.91))]) hash.update(result.dataSync());
  }
}
const threads = readdirSync('/proc/self/task').length;
process.stdout.write(JSON.stringify({ bits: hash.digest('hex'), threads }));
`,
);

it('gives the same bits on 1, 2 and 4 threads', () => {
  const results = [1, 2, 4].map((threads) => {
    const env = { ...process.env, NODE_OPTIONS: '', TF_NUM_INTRAOP_THREADS: String(threads) };
    const { stdout, stderr, status } = spawnSync(
      process.execPath,
      ['scripts/start.mjs', '--script', relative(root, script)],
      {
        ...{ cwd: root, encoding: 'utf8', env },
      },
    );
    expect(status, stderr).toBe(0);
    return JSON.parse(stdout) as { bits: string; threads: number };
  });
  const [one, two, four] = results as [(typeof results)[number], (typeof results)[number], (typeof results)[number]];
  expect([two.bits, four.bits]).toEqual([one.bits, one.bits]);
  // They are there.
  expect(four.threads).toBeGreaterThan(one.threads);
}, 120_000);
