/** `winnow inspect` on files written by hand, in a process that has no TensorFlow. */

import { spawnSync } from 'node:child_process';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { encodeSafetensors } from '@winnow/safetensors';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../../../test/temporary-folder.js';
import { inspectFile } from '../../src/inspect/inspect-file.js';
import { inspectionTable } from '../../src/inspect/inspection-table.js';

const folder = temporaryFolder();
const root = fileURLToPath(new URL('../../../..', import.meta.url));

const topology = {
  model_config: {
    class_name: 'Sequential',
    config: {
      name: 'net',
      layers: [
        { class_name: 'Conv2DTranspose', config: { name: 'up' } },
        { class_name: 'Dense', config: { name: 'out' } },
      ],
    },
  },
};

function writeModel(name: string, extra: object = {}): string {
  const up = [1, 1, 1, 0, 0, 0];
  const bias = [0, 0];
  // Quantized: 3·0.5 − 1.5 = 0.
  const out = [3, 0, 3, 1];
  writeFileSync(
    join(folder, 'a.bin'),
    Buffer.concat([Buffer.from(new Float32Array([...up, ...bias]).buffer), Buffer.from(out)]),
  );
  const weights = [
    { name: 'up/kernel', shape: [1, 1, 2, 3], dtype: 'float32' },
    { name: 'up/bias', shape: [2], dtype: 'float32' },
    { name: 'out/kernel', shape: [2, 2], dtype: 'float32', quantization: { dtype: 'uint8', scale: 0.5, min: -1.5 } },
  ];
  const file = join(folder, name);
  writeFileSync(
    file,
    JSON.stringify({ modelTopology: topology, weightsManifest: [{ paths: ['a.bin'], weights }], ...extra }),
  );
  return file;
}

describe('inspectFile', () => {
  it('reads a model of tfjs, its folder, quantized weights and the units of transposed convolutions', async () => {
    const file = writeModel('model.json', { userDefinedMetadata: { winnow: { transform: { name: 'rigl' } } } });
    const expected = {
      kernels: [
        { name: 'up/kernel', shape: [1, 1, 2, 3], weights: 6, zeros: 3, sparsity: 0.5, pattern: 'unit', notFinite: 0 },
        { name: 'out/kernel', shape: [2, 2], weights: 4, zeros: 2, sparsity: 0.5, pattern: 'unit', notFinite: 0 },
      ],
      others: 2,
      othersNotFinite: 0,
      method: 'rigl',
    };
    expect(await inspectFile(file)).toEqual(expected);
    expect(await inspectFile(folder)).toEqual(expected);
  });

  it('reads safetensors by the names of tf.layers and of PyTorch, and leaves optimizer state out', async () => {
    const file = join(folder, 'net.safetensors');
    const array = (shape: number[], values: number[]) => ({ shape, values: new Float32Array(values) });
    const arrays = new Map([
      ['dense/kernel', array([2, 3], [0, 1, 1, 0, 1, 1])],
      ['fc.weight', array([2, 3], [0, 0, 0, 1, 1, 1])],
      ['fc.bias', array([2], [0, 0])],
      ['optimizer/momentum/dense/kernel', array([2, 3], [0, 0, 0, 0, 0, 0])],
    ]);
    writeFileSync(file, encodeSafetensors(arrays));
    const { kernels, others } = await inspectFile(file);
    expect(kernels.map(({ name, zeros, pattern }) => [name, zeros, pattern])).toEqual([
      ['dense/kernel', 2, 'unit'],
      ['fc.weight', 3, 'unit'],
    ]);
    expect(others).toBe(2);
  });

  it('counts what is not finite, halves as well, and says so in the table', async () => {
    const file = join(folder, 'nan.safetensors');
    const array = (shape: number[], values: number[]) => ({ shape, values: new Float32Array(values) });
    const arrays = new Map([
      ['a/kernel', array([2, 2], [0, Number.NaN, Number.NEGATIVE_INFINITY, 0])],
      ['b/kernel', array([1, 1], [1])],
      ['b/bias', array([1], [Number.NaN])],
    ]);
    writeFileSync(file, encodeSafetensors(arrays));
    const inspected = await inspectFile(file);
    expect(inspected.kernels.map(({ notFinite }) => notFinite)).toEqual([2, 0]);
    expect(inspected.othersNotFinite).toBe(1);
    expect(inspectionTable(inspected)).toContain(
      'NaN or infinite, and counted as not zero:\n  a/kernel: 2\n  other numbers: 1',
    );
    writeFileSync(join(folder, 'half.bin'), new Uint16Array([0x8000, 0x3c00, 0x7c00, 0xfe00]));
    const weights = [{ name: 'h/kernel', shape: [2, 2], dtype: 'float16' }];
    const half = join(folder, 'half.json');
    writeFileSync(half, JSON.stringify({ weightsManifest: [{ paths: ['half.bin'], weights }] }));
    expect((await inspectFile(half)).kernels).toMatchObject([{ zeros: 1, notFinite: 2 }]);
  });

  it('shows control characters of names instead of printing them', async () => {
    const file = join(folder, 'escape.safetensors');
    const values = new Float32Array(1);
    writeFileSync(file, encodeSafetensors(new Map([['\u001b[31m\nred/kernel', { shape: [1, 1], values }]])));
    const table = inspectionTable(await inspectFile(file));
    expect(table).toContain('\n\\u001b[31m\\u000ared/kernel  1×1');
    expect(table).not.toContain('\u001b');
  });

  it('refuses two weights of one name', async () => {
    writeModel('model.json');
    const weight = { name: 'a/kernel', shape: [3], dtype: 'float32' };
    const file = join(folder, 'twice.json');
    writeFileSync(file, JSON.stringify({ weightsManifest: [{ paths: ['a.bin'], weights: [weight, weight] }] }));
    await expect(inspectFile(file)).rejects.toThrow(`${file}: two weights have the name 'a/kernel'`);
  });

  it('names the file that is none, or is cut short', async () => {
    const bad = join(folder, 'bad.json');
    writeFileSync(bad, '{}');
    await expect(inspectFile(bad)).rejects.toThrow(`${bad}: weightsManifest must be a list, found nothing`);
    writeFileSync(bad, '{');
    await expect(inspectFile(bad)).rejects.toThrow(`${bad} is not JSON`);
    writeFileSync(bad, 'null');
    await expect(inspectFile(bad)).rejects.toThrow(`${bad}: must be an object, found null`);
    const weights = [{ name: 'a/kernel', shape: [9, 9], dtype: 'float32' }];
    writeFileSync(bad, JSON.stringify({ weightsManifest: [{ paths: ['a.bin'], weights }] }));
    await expect(inspectFile(bad)).rejects.toThrow(`${bad}: the weights end within 'a/kernel'`);
    const manifest = (shape: unknown, paths = ['a.bin']) =>
      writeFileSync(bad, JSON.stringify({ weightsManifest: [{ paths, weights: [{ ...weights[0], shape }] }] }));
    manifest([2, 2]);
    await expect(inspectFile(bad)).rejects.toThrow(`${bad}: a.bin go on for 20 bytes behind the weights`);
    for (const [shape, found] of [
      [[-3, -3], -3],
      [[1.5], 1.5],
      [['9'], '"9"'],
      [[2 ** 60], 2 ** 60],
    ] as const) {
      manifest(shape);
      const place = `${bad}: weightsManifest[0].weights[0].shape[0]`;
      await expect(inspectFile(bad)).rejects.toThrow(`${place} must be an integer ≥ 0, found ${found}`);
    }
    manifest([1], ['nowhere.bin']);
    await expect(inspectFile(bad)).rejects.toThrow(`${join(folder, 'nowhere.bin')} cannot be read (ENOENT)`);
    await expect(inspectFile(join(folder, 'nowhere'))).rejects.toThrow('nowhere');
  });
});

describe('what is no file of weights', () => {
  const takes = 'inspect takes a model.json that tfjs saved, its folder, or a .safetensors file';
  const write = (name: string, bytes: string | Buffer) => {
    const file = join(folder, name);
    writeFileSync(file, bytes);
    return file;
  };

  it.each([
    ['notes.txt', 'accuracy is 0.9, which is fine\n', 'a text file'],
    ['empty', '', 'an empty file'],
    ['net.h5', Buffer.from('\x89HDF\r\n\x1a\n', 'latin1'), 'an HDF5 file, as Keras 2 writes'],
    ['net.pt', 'PK\x03\x04', "a zip archive, as PyTorch's .pt and Keras 3's .keras files are"],
  ])('%s is refused by what it is', async (name, bytes, kind) => {
    const file = write(name, bytes);
    await expect(inspectFile(file)).rejects.toThrow(`${file} is ${kind}; ${takes}`);
  });

  it('is refused by what there is instead', async () => {
    await expect(inspectFile(join(folder, 'gone'))).rejects.toThrow(`${join(folder, 'gone')} does not exist; ${takes}`);
    const empty = mkdtempSync(join(folder, 'empty-'));
    await expect(inspectFile(empty)).rejects.toThrow(`${empty} is a folder without a model.json; ${takes}`);
    const broken = write('broken.safetensors', Buffer.from([200, 0, 0, 0, 0, 0, 0, 0, 123]));
    await expect(inspectFile(broken)).rejects.toThrow(broken);
    await expect(inspectFile(broken)).rejects.not.toThrow(takes);
  });
});

it('the command prints a table where TensorFlow is not set up', () => {
  const file = writeModel('model.json');
  const script = join(root, 'packages/evaluation/src/cli/main.ts');
  const { stdout, stderr, status } = spawnSync(
    process.execPath,
    ['--conditions=winnow-source', '--import', 'tsx', script, 'inspect', file],
    { encoding: 'utf8', cwd: root, env: { ...process.env, WINNOW_CACHE: join(folder, 'empty') } },
  );
  expect(stderr).toBe('');
  expect(status).toBe(0);
  expect(stdout.split('\n').map((line) => line.trimEnd())).toEqual([
    'kernel       shape    weights    zero  pattern',
    'up/kernel    1×1×2×3        6  50.0 %  unit',
    'out/kernel   2×2            4  50.0 %  unit',
    'all kernels                10  50.0 %',
    '',
    '0 of 2 kernels have no zeros; 2 other numbers (biases, statistics).',
    '',
  ]);
});
