import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { compareResults } from '../benchmarks/src/harness/compare.js';
import { best, summarise } from '../benchmarks/src/harness/statistics.js';
import { suite as resnet32 } from '../benchmarks/src/inference/resnet32.js';
import { kernelsCommand } from '../benchmarks/src/kernels/command.js';
import { suites } from '../benchmarks/src/kernels/suites.js';
import { alternate } from '../benchmarks/src/steps/alternate.js';
import { temporaryFolder } from './temporary-folder.js';

const directory = temporaryFolder();
const file = (name: string, values: number[]) => {
  writeFileSync(join(directory, name), new Uint8Array(Float32Array.from(values).buffer));
  return join(directory, name);
};

describe('the benchmarks', () => {
  it.each([
    ['--json', 'folder', 'folder is a directory'],
    ['--json', 'file/x.json', 'file is not a directory'],
    ['--figure', 'figure', 'figure.png is a directory'],
    ['--json', '', 'It is empty'],
  ])('refuse %s at %j before they measure', (option, path, reason) => {
    mkdirSync(join(directory, 'folder'), { recursive: true });
    mkdirSync(join(directory, 'figure.png'), { recursive: true });
    writeFileSync(join(directory, 'file'), '');
    const program = kernelsCommand()
      .exitOverride()
      .configureOutput({ writeErr: () => {} });
    const given = path && join(directory, path);
    expect(() => program.parse(['--list', '--only', 'no case', option, given], { from: 'user' })).toThrow(
      new RegExp(`option '${option} <\\w+>' argument '${given}' is invalid\\. .*${reason}\\.$`),
    );
  });

  it('have cases of different names, and every peer somewhere', () => {
    const all = [...suites, resnet32];
    const names = all.flatMap(({ cases }) => cases.map(({ name }) => name));
    expect(new Set(names).size).toBe(names.length);
    for (const { name, cases, nodePeers } of all) {
      const folder = name === resnet32.name ? 'inference/' : '';
      const python = new URL(`../benchmarks/peers/${folder}${name.replaceAll('-', '_')}.py`, import.meta.url);
      for (const peer of cases.flatMap(({ peers }) => peers)) {
        expect(nodePeers?.[peer] !== undefined || existsSync(fileURLToPath(python)), `${name}: ${peer}`).toBe(true);
      }
    }
  });

  it('check results before they time, bit for bit if asked to', () => {
    const ours = file('ours', [1, 2, 4]);
    expect(() => compareResults('case', ours, file('same', [1, 2, 4]), 0)).not.toThrow();
    expect(() => compareResults('case', ours, file('near', [1, 2, 4.001]), 1e-3)).not.toThrow();
    expect(() => compareResults('case', ours, file('off', [1, 2.5, 4]), 1e-3)).toThrow('case: value 1 is 2.5, ours 2');
    expect(() => compareResults('case', ours, file('short', [1, 2]), 0)).toThrow('case: has 2 values, ours 3');
    expect(() => compareResults('case', ours, file('nan', [1, 2, Number.NaN]), 1)).toThrow('value 2 is NaN');
  });

  it('sum timings up, and take the better number of threads', () => {
    const one = summarise([3, 1, 2, 4, 5], 1);
    expect(one).toEqual({ minimum: 1, median: 3, spread: 1 / 3, threads: 1, calls: 5 });
    expect(best([one, summarise([0.5, 9, 9], 2)]).threads).toBe(2);
  });

  it('let two sides take turns in one process, in an order that turns around', async () => {
    const calls: string[] = [];
    const side = (name: string) => () => ({ check: () => new Float32Array(0), run: () => void calls.push(name) });
    const benchmark = { name: 'case', params: {}, tolerance: 0, peers: ['plain'] };
    const nodePeers = { plain: side('plain') };
    const suite = { name: 'turns', cases: [benchmark], inputs: () => ({}), prepare: side('ours'), nodePeers };
    const row = await alternate(suite, benchmark, 'plain', 3);
    expect(calls.slice(10)).toEqual(['ours', 'plain', 'plain', 'ours', 'ours', 'plain']);
    expect(row).toMatchObject({ case: 'case/one-process', peerName: 'plain', details: { ours: { calls: 3 } } });
    expect(row.pairedDifference.lowerQuartile).toBeLessThanOrEqual(row.pairedDifference.upperQuartile);
    await expect(alternate(suite, benchmark, 'plain', 0)).rejects.toThrow('steps must be an integer ≥ 1, got 0');
    await expect(alternate(suite, benchmark, 'keras', 3)).rejects.toThrow("case has no peer 'keras' in Node.js");
  });
});
