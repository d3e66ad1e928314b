import { targetedDropout } from '@winnow/native';
import { beforeAll, describe, expect, it } from 'vitest';
import { builtAddon, fromBits, golden, runModule, toBits, viewOf } from './support.js';

interface Result {
  granularity: 'weight' | 'unit';
  coin: 'weight' | 'unit';
  rescale: boolean;
  targetFraction: number;
  dropRate: number;
  seed: number;
  step: number;
  kernelId: number;
  /** How many are targeted: the call works that out itself. */
  count: number;
  output: string;
}

const cases = golden<Result>('targeted_dropout.json');

beforeAll(builtAddon);

describe('targetedDropout', () => {
  for (const { name, fanIn, units, kernel, results } of cases) {
    it(`equals NumPy: ${name}`, () => {
      for (const { output, count: _, ...options } of results) {
        const actual = targetedDropout(fromBits(kernel), { fanIn, units, ...options });
        expect(toBits(actual), JSON.stringify(options)).toBe(output);
      }
    });
  }

  it('reads and writes views of any buffer, also in place', () => {
    const { fanIn, units, kernel, results } = cases[0]!;
    const { output, count: _, ...options } = results[0]!;
    for (const Buffer of [ArrayBuffer, SharedArrayBuffer]) {
      const view = viewOf(fromBits(kernel), Buffer);
      expect(targetedDropout(view, { fanIn, units, ...options, out: view })).toBe(view);
      expect(toBits(view)).toBe(output);
      const around = new Float32Array(view.buffer);
      expect(around.subarray(0, 7).every(Number.isNaN)).toBe(true);
      expect(around.subarray(7 + view.length).every(Number.isNaN)).toBe(true);
    }
  });

  it('drops nothing at rate 0, all targeted weights at rate 1', () => {
    const kernel = Float32Array.from({ length: 400 }, (_, i) => i + 1);
    const options = { fanIn: 20, units: 20, targetFraction: 0.5, seed: 1, step: 2 };
    expect(targetedDropout(kernel, { ...options, dropRate: 0, rescale: true })).toEqual(kernel);
    const all = targetedDropout(kernel, { ...options, dropRate: 1, rescale: true });
    expect(all).toEqual(kernel.map((weight, i) => (i < 200 ? 0 : weight)));
  });

  it('gives the same bits from any thresholds, and hands on its own', () => {
    const { fanIn, units, kernel, results } = cases[0]!;
    const { output, count: _, ...options } = results[0]!;
    const thresholds = new Int32Array(units);
    const call = () => toBits(targetedDropout(fromBits(kernel), { fanIn, units, ...options, thresholds }));
    expect(call()).toBe(output);
    const found = thresholds.slice();
    expect(found.every((threshold) => threshold > 0)).toBe(true);
    for (const start of [0, -1, 0x7fc00000, 1, 2 ** 31 - 1]) {
      thresholds.fill(start);
      expect(call()).toBe(output);
      expect(thresholds).toEqual(found);
    }
    const base = { fanIn, units, ...options };
    const short = () => targetedDropout(fromBits(kernel), { ...base, thresholds: new Int32Array(units + 1) });
    expect(short).toThrow(`targetedDropout: thresholds must have length units = ${units}, got ${units + 1}`);
    const wrong = () => targetedDropout(fromBits(kernel), { ...base, thresholds: [1] as unknown as Int32Array });
    expect(wrong).toThrow(new TypeError('targetedDropout: thresholds must be an Int32Array, got Array'));
  });

  it('drops its share of the targeted weights, within four standard deviations', () => {
    const [fanIn, units, targetFraction, dropRate] = [200, 50, 0.5, 0.7];
    const kernel = Float32Array.from({ length: fanIn * units }, (_, i) => 1 + ((i * 7919) % 1000));
    const seeds = 40;
    let dropped = 0;
    for (let seed = 0; seed < seeds; seed++) {
      const out = targetedDropout(kernel, { fanIn, units, targetFraction, dropRate, seed, step: 3 });
      for (const weight of out) if (weight === 0) dropped++;
    }
    const trials = seeds * fanIn * units * targetFraction;
    expect(Math.abs(dropped - trials * dropRate)).toBeLessThan(4 * Math.sqrt(trials * dropRate * (1 - dropRate)));
  });

  it('draws anew for another seed, step or kernel', () => {
    const kernel = new Float32Array(1000).fill(1);
    const options = { fanIn: 1000, units: 1, targetFraction: 1, dropRate: 0.5, seed: 7, step: 8, kernelId: 9 };
    const first = toBits(targetedDropout(kernel, options));
    expect(toBits(targetedDropout(kernel, options))).toBe(first);
    for (const other of [{ seed: 8 }, { seed: 7 + 2 ** 32 }, { step: 9 }, { kernelId: 10 }]) {
      expect(toBits(targetedDropout(kernel, { ...options, ...other }))).not.toBe(first);
    }
  });

  it.each([
    [{ targetFraction: -0.1 }, RangeError, 'targetedDropout: targetFraction must be in [0, 1], got -0.1'],
    [{ dropRate: 2 }, RangeError, 'targetedDropout: dropRate must be in [0, 1], got 2'],
    [
      { seed: 2 ** 53 },
      RangeError,
      'targetedDropout: seed must be an integer in [0, 9007199254740991], got 9007199254740992',
    ],
    [{ seed: -1 }, RangeError, 'targetedDropout: seed must be an integer in [0, 9007199254740991], got -1'],
    [{ step: 0.5 }, RangeError, 'targetedDropout: step must be an integer in [0, 4294967295], got 0.5'],
    [{ kernelId: null }, TypeError, 'targetedDropout: kernelId must be an integer in [0, 4294967295], got null'],
    [{ coin: 'x' }, RangeError, "targetedDropout: coin must be one of 'unit', 'weight', got 'x'"],
    [{ rescale: 1 }, TypeError, 'targetedDropout: rescale must be a boolean, got number'],
  ])('refuses %j', (wrong, type, message) => {
    const options = { fanIn: 2, units: 3, targetFraction: 0.5, dropRate: 0.5, seed: 1, step: 1, ...wrong };
    const call = () => targetedDropout(new Float32Array(6), options as Parameters<typeof targetedDropout>[1]);
    expect(call).toThrow(type);
    expect(call).toThrow(message);
  });

  it('refuses an output that overlaps a part of the kernel', () => {
    const memory = new Float32Array(10);
    const options = { fanIn: 2, units: 3, targetFraction: 0.5, dropRate: 0.5, seed: 1, step: 1 };
    expect(() => targetedDropout(memory.subarray(0, 6), { ...options, out: memory.subarray(1, 7) })).toThrow(
      'targetedDropout: out must not overlap a part of kernel',
    );
  });

  it('gives the same bits on every instruction set', async () => {
    const source = `
      import { instructionSets, targetedDropout, topKMask } from '@winnow/native';
      import { createHash } from 'node:crypto';
      const [fanIn, units] = [333, 101];
      const kernel = Float32Array.from({ length: fanIn * units }, (_, i) => Math.fround(Math.sin(i * i)));
      const sha = createHash('sha256');
      for (const granularity of ['weight', 'unit']) {
        sha.update(topKMask(kernel, { fanIn, units, sparsity: 0.6, granularity }));
        const rates = { targetFraction: 0.6, dropRate: 0.4, granularity, rescale: true, seed: 5, step: 6 };
        sha.update(targetedDropout(kernel, { fanIn, units, ...rates }));
      }
      console.log(JSON.stringify([instructionSets(), sha.digest('hex')]));`;
    const run = async (isa: string) =>
      JSON.parse(await runModule(source, { WINNOW_ISA: isa })) as [{ selected: string; supported: string[] }, string];
    const [sets, expected] = await run('baseline');
    expect(sets.selected).toBe('baseline');
    for (const isa of sets.supported) {
      const [{ selected }, actual] = await run(isa);
      expect(selected).toBe(isa);
      expect(actual).toBe(expected);
    }
  });
});
