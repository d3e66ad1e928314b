import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { writePrebuilds } from '@winnow/native';
import { afterAll, beforeAll, expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const project = mkdtempSync(join(tmpdir(), 'winnow-outside-'));
const packages = [
  'native',
  'packages/tensorflow',
  'packages/graph',
  'packages/ops',
  'packages/models',
  'packages/baselines',
  'packages/evaluation',
  'packages/safetensors',
  'packages/system',
  'packages/data',
  'packages/training',
];
// What the running pnpm tells its scripts is not for a project outside.
const inherited = Object.entries(process.env).filter(([name]) => !/^(npm|pnpm)_/i.test(name));
const environment = { ...Object.fromEntries(inherited), NODE_OPTIONS: '' };
const pnpm = (args: string[], cwd: string) =>
  execFileSync('npx', ['-y', 'pnpm@10.34.9', ...args], { cwd, encoding: 'utf8', env: environment });
const node = (file: string) =>
  execFileSync(process.execPath, [file], { cwd: project, encoding: 'utf8', env: environment });

// What a user does: install the published packages into a project of their own, where nothing knows of the workspace.
beforeAll(async () => {
  await writePrebuilds();
  pnpm(['build'], root);
  const tarballs = join(project, 'tarballs');
  mkdirSync(tarballs);
  for (const path of packages) pnpm(['pack', '--pack-destination', tarballs], join(root, path));
  const files = Object.fromEntries(
    readdirSync(tarballs).map((file) => [
      file.replace(/^winnow-(.*)-[\d.]+\.tgz$/, '@winnow/$1'),
      `file:tarballs/${file}`,
    ]),
  );
  const manifest = {
    name: 'outside',
    private: true,
    type: 'module',
    dependencies: { ...files, '@tensorflow/tfjs': '4.22.0' },
    devDependencies: { typescript: '5.9.3', '@types/node': '20.19.43' },
    pnpm: { overrides: files },
  };
  writeFileSync(join(project, 'package.json'), JSON.stringify(manifest));
  pnpm(['install', '--ignore-scripts', '--prefer-offline'], project);
}, 240_000);
afterAll(() => rmSync(project, { recursive: true, force: true }));

it('packs every package with what it needs and nothing of the workspace', () => {
  for (const name of packages.map((path) => path.replace('packages/', ''))) {
    const files = readdirSync(join(project, 'node_modules/@winnow', name));
    expect(files, name).toContain('dist');
    expect(files, name).not.toContain('test');
  }
});

it('runs from the packed packages: an operation, a model, training and pruning', () => {
  writeFileSync(
    join(project, 'use.js'),
    `import { targetedDropoutTransform } from '@winnow/baselines';
import { evaluate, prune, train } from '@winnow/training';
import { makeSynthetic } from '@winnow/data';
import { resnet } from '@winnow/models';
import { instructionSets, topKMask as plainTopKMask } from '@winnow/native';
import { topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';

const { train: images, test } = makeSynthetic();
const transform = targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 });
const model = resnet({ depth: 8, inputShape: [12, 12, 1], classes: 4, transform });
await train(model, images, { epochs: 1, batchSize: 32, learningRate: { kind: 'constant', rate: 0.05 } });
const pruned = prune(model, { sparsity: 0.5 });
console.log(JSON.stringify({
  backend: tf.getBackend(),
  mask: [...topKMask([[3], [-1], [2], [0]], { sparsity: 0.5 }).dataSync()],
  plain: [...plainTopKMask(new Float32Array([3, -1, 2, 0]), { fanIn: 4, units: 1, sparsity: 0.5, granularity: 'weight' })],
  isa: instructionSets().selected,
  kernels: pruned.length,
  images: (await evaluate(model, test)).images,
}));
`,
  );
  const output = node('use.js');
  const result = JSON.parse(output.slice(output.lastIndexOf('\n{') + 1));
  expect(result).toMatchObject({
    backend: 'tensorflow',
    mask: [1, 0, 1, 0],
    plain: [1, 0, 1, 0],
    kernels: 8,
    images: 256,
  });
  expect(['baseline', 'avx2', 'avx512']).toContain(result.isa);
});

it('brings types along, which refuse a wrong call', () => {
  writeFileSync(
    join(project, 'use.ts'),
    `import { resnet } from '@winnow/models';
import { topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
const mask: tf.Tensor = topKMask(tf.zeros([2, 2]), { sparsity: 0.5 });
// @ts-expect-error: depth is a number
resnet({ depth: '8' });
console.log(mask.shape);
`,
  );
  const options = {
    module: 'nodenext',
    target: 'es2022',
    strict: true,
    noEmit: true,
    skipLibCheck: true,
    types: ['node'],
  };
  writeFileSync(join(project, 'tsconfig.json'), JSON.stringify({ compilerOptions: options, files: ['use.ts'] }));
  expect(execFileSync('npx', ['tsc', '-p', '.'], { cwd: project, encoding: 'utf8', env: environment })).toBe('');
});

it('has the winnow command', () => {
  const run = (...args: string[]) =>
    execFileSync(join(project, 'node_modules/.bin/winnow'), args, { cwd: project, encoding: 'utf8', env: environment });
  expect(run('methods')).toContain('targeted-dropout');
  expect(run('doctor')).toContain('Nothing is wrong.');
});
