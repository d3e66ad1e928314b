import { join } from 'node:path';
import { NETWORK_OP_CODE, NetworkPlan } from '@winnow/native';
import { describe, expect, it } from 'vitest';
import { releaseDirectory } from '../lib/paths.js';
import { builtAddon, runModule } from './support.js';

await builtAddon();
const addon = join(releaseDirectory, 'winnow.node');

const { input, convolution, output } = NETWORK_OP_CODE;
/** Input [4, 4, 2] → 3×3 convolution to three channels with ReLU → output. */
const PROGRAM = [
  ...[input, 0, 0, 0, 4, 4, 2],
  ...[convolution, 1, 0, 1, 0, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1, 2, 3, 0, 54, -1],
  ...[output, 0, 0, 1, 1],
];
const WEIGHTS = Float32Array.from({ length: 57 }, (_, at) => (at % 3 === 0 ? Math.sin(at) : 0));
const plan = (options = {}) => new NetworkPlan(Float64Array.from(PROGRAM), WEIGHTS, options);

/** The plan's work on one image, written out. */
function expected(x: Float32Array): Float32Array {
  const y = new Float32Array(48);
  for (let at = 0; at < 48; at++) {
    const [i, j, o] = [Math.floor(at / 12), Math.floor(at / 3) % 4, at % 3];
    let sum = WEIGHTS[54 + o] as number;
    for (let tap = 0; tap < 18; tap++) {
      const [row, column, c] = [i + Math.floor(tap / 6) - 1, j + (Math.floor(tap / 2) % 3) - 1, tap % 2];
      if (row < 0 || row > 3 || column < 0 || column > 3) continue;
      sum += (x[(row * 4 + column) * 2 + c] as number) * (WEIGHTS[tap * 3 + o] as number);
    }
    y[at] = Math.max(0, sum);
  }
  return y;
}

describe('NetworkPlan', () => {
  it('runs a program, alone and in blocks, on every kind of memory', () => {
    for (const Buffer of [ArrayBuffer, SharedArrayBuffer]) {
      const x = new Float32Array(new Buffer(4 * 17 * 32)).map((_, at) => Math.cos(at));
      for (const execution of ['auto', 'sparse', 'dense'] as const) {
        const made = plan({ execution });
        expect(made.inputs).toEqual([{ height: 4, width: 4, channels: 2 }]);
        expect(made.outputs).toEqual([{ height: 4, width: 4, channels: 3 }]);
        const [y] = made.runSync(17, [x]) as [Float32Array];
        for (let image = 0; image < 17; image++) {
          const one = expected(x.subarray(image * 32, image * 32 + 32));
          for (const [at, value] of one.entries()) expect(y[image * 48 + at]).toBeCloseTo(value, 5);
        }
      }
    }
  });

  it('refuses what is wrong by name', () => {
    const made = plan();
    expect(() => new NetworkPlan([] as never, WEIGHTS)).toThrow('networkPlan: program must be a Float64Array');
    expect(() => new NetworkPlan(new Float64Array(0), WEIGHTS)).toThrow('nodes must have an input and an output');
    expect(() => new NetworkPlan(Float64Array.from([99]), WEIGHTS)).toThrow(
      'nodes[0]: op must be an integer in [0, 16]',
    );
    expect(() => plan({ threads: 1025 })).toThrow('threads must be an integer in [1, 1024], got 1025');
    expect(() => made.runSync(1, [])).toThrow('inputs must be an array of 1 Float32Arrays, got 0');
    expect(() => made.runSync(2, [new Float32Array(32)])).toThrow('inputs[0] must have length 64, got 32');
    expect(() => made.runSync(-1, [new Float32Array(32)])).toThrow('batch must be an integer');
    expect(() => made.runSync(1, [new Int32Array(32)] as never)).toThrow('inputs[0] must be a Float32Array');
    made.dispose();
    made.dispose();
    expect(() => made.runSync(0, [new Float32Array(0)])).toThrow('disposed of');
  });

  it('says when an output goes away while it runs', async () => {
    const source = `
      import { createRequire } from 'node:module';
      const binding = createRequire('file:///')(${JSON.stringify(addon)});
      const made = binding.networkPlan(new Float64Array(${JSON.stringify(PROGRAM)}), new Float32Array(57), 0, 0);
      const y = new Float32Array(48 * 16);
      const running = binding.networkRunAsync(made, 16, new Float32Array(32 * 16), y);
      structuredClone(y.buffer, { transfer: [y.buffer] });
      await running.then(() => console.log('ran'), (error) => console.log(error.message));`;
    expect(await runModule(source)).toBe('networkRun: outputs[0] was detached or resized while the network ran');
  });

  it('runs in several worker threads at once, which may end in the middle', async () => {
    const source = `
      import { Worker } from 'node:worker_threads';
      const work = \`
        const { workerData, parentPort } = require('node:worker_threads');
        const binding = require(${JSON.stringify(addon)});
        const made = binding.networkPlan(new Float64Array(${JSON.stringify(PROGRAM)}), new Float32Array(57), 2, 0);
        const [x, y] = [new Float32Array(32 * 20000), new Float32Array(48 * 20000)];
        const running = binding.networkRunAsync(made, 20000, x, y);
        if (workerData) process.exit(0);
        binding.networkDispose(made);
        running.then(() => parentPort.postMessage(y.length));\`;
      const start = (ends) => new Promise((resolve, reject) => {
        const worker = new Worker(work, { eval: true, execArgv: [], workerData: ends });
        worker.on(ends ? 'exit' : 'message', resolve);
        worker.on('error', reject);
      });
      console.log((await Promise.all([false, true, false, true].map(start))).join());`;
    expect(await runModule(source)).toBe('960000,0,960000,0');
  });
});
