import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { locateTensorflow } from '@winnow/tensorflow/setup';
import { beforeAll, describe, expect, it } from 'vitest';
import { type PackedPackage, packAll } from '../scripts/pack/pack-all.js';
import { OutsideProject } from './outside-project.js';
import { temporaryFolder } from './temporary-folder.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const tarballs = temporaryFolder();
const npm = new OutsideProject();
let packages: PackedPackage[];

// What docs/own-project.md tells a user to do, with plain npm and no flag that changes what is installed.
beforeAll(async () => {
  packages = await packAll({ directory: tarballs });
  const files = packages.map(({ tarball }) => join(tarballs, tarball));
  npm.run('npm', ['install', '--prefer-offline', ...files, 'typescript@5.9.3', '@types/node@20.19.43']);
}, 600_000);

const installed = (name: string) => join(npm.directory, 'node_modules', name);

/** The first example in a page, which must be one in JavaScript. */
function exampleOf(page: string): string {
  const example = /```js\n([\s\S]*?)```/.exec(readFileSync(page, 'utf8'))?.[1];
  if (example === undefined) throw new Error(`${page} has no example in JavaScript`);
  return example;
}

it('packs every package with what it needs and nothing of the workspace', () => {
  expect(packages.length).toBeGreaterThan(5);
  expect(readdirSync(tarballs).sort()).toEqual(packages.map(({ tarball }) => tarball).sort());
  for (const { name } of packages) {
    const files = readdirSync(installed(name));
    expect(files, name).toEqual(expect.arrayContaining(['dist', 'LICENSE', 'README.md']));
    expect(files, name).not.toContain('test');
    const manifest = readFileSync(join(installed(name), 'package.json'), 'utf8');
    expect(manifest, name).not.toMatch(/workspace:|catalog:/);
  }
  expect(existsSync(join(root, 'native/prebuilds'))).toBe(false);
});

it('brings no chart, image-decoding or command-line library along with @winnow/training', () => {
  const tarballOf = new Map(packages.map(({ name, tarball }) => [name, join(tarballs, tarball)]));
  const needed = new Set<string>();
  const need = (name: string) => {
    if (needed.has(name)) return;
    needed.add(name);
    const { dependencies = {} } = JSON.parse(readFileSync(join(installed(name), 'package.json'), 'utf8'));
    for (const other of Object.keys(dependencies)) if (tarballOf.has(other)) need(other);
  };
  need('@winnow/training');
  expect(needed).not.toContain('@winnow/evaluation');
  const project = new OutsideProject();
  // Only the tree is made, nothing is downloaded or unpacked.
  const files = [...needed].map((name) => tarballOf.get(name) as string);
  project.run('npm', ['install', '--package-lock-only', '--prefer-offline', ...files]);
  const tree = project.run('npm', ['ls', '--all', '--package-lock-only', '--parseable']);
  const names = tree
    .trim()
    .split('\n')
    .map((line) => line.slice(line.lastIndexOf('node_modules/') + 'node_modules/'.length));
  expect(names).toEqual(expect.arrayContaining(['@winnow/training', '@tensorflow/tfjs']));
  expect(names.filter((name) => /^(vega.*|@resvg\/.*|sharp|@img\/.*|commander)$/.test(name))).toEqual([]);
});

it('is ready after the setup, which compiles nothing', () => {
  expect(npm.run('npx', ['winnow', 'setup'])).toContain('ready');
  expect(existsSync(join(installed('@winnow/native'), 'build'))).toBe(false);
  expect(npm.run('npx', ['winnow', 'doctor'])).toContain('Nothing is wrong.');
  expect(npm.run('npx', ['winnow-native', 'setup'])).toMatch(/^up to date: the addon and TensorFlow's operations/m);
  expect(npm.run('npx', ['winnow', 'methods'])).toContain('targeted-dropout');
});

it('would compile where the binaries that it carries do not serve', () => {
  const isUpToDate = (tensorflow?: string) => {
    const options = tensorflow === undefined ? '{}' : JSON.stringify({ tensorflowDirectory: tensorflow });
    const code = `console.log(require('@winnow/native/build').isUpToDate(${options}))`;
    return npm.run(process.execPath, ['-e', code]).trim();
  };
  const { directory } = locateTensorflow();
  expect([isUpToDate(), isUpToDate(directory)]).toEqual(['true', 'true']);
  expect(isUpToDate('/nonexistent'), 'no TensorFlow to load them into').toBe('false');
  const addon = join(installed('@winnow/native'), `prebuilds/${process.platform}-${process.arch}/winnow.node`);
  const whole = readFileSync(addon);
  writeFileSync(addon, 'of another system');
  expect([isUpToDate(), isUpToDate(directory)]).toEqual(['false', 'false']);
  writeFileSync(addon, whole);
});

describe('a model of one’s own is trained, pruned and saved', () => {
  const use = `
const model = tf.sequential({
  layers: [tf.layers.dense({ inputShape: [4], units: 64, activation: 'relu' }), tf.layers.dense({ units: 3 })],
});
applyTransform(model, targetedDropoutTransform({ targetFraction: 0.5, dropRate: 0.5 }));
model.compile({ optimizer: 'adam', loss: 'meanSquaredError' });
const run = async () => {
  await model.fit(tf.randomNormal([256, 4]), tf.randomNormal([256, 3]), { epochs: 2, verbose: 0 });
  const [first] = prune(model, { sparsity: 0.5 });
  await model.save('file://' + folder);
  const zeros = model.getWeights()[0].dataSync().filter((w) => w === 0).length;
  console.log(JSON.stringify({ backend: tf.getBackend(), kept: first.kept, zeros }));
};
`;
  const expected = { backend: 'tensorflow', kept: 128, zeros: 128 };

  it('as an ES module', () => {
    npm.write(
      'use.mjs',
      `import { prune } from '@winnow/training';
import { applyTransform } from '@winnow/models';
import { targetedDropoutTransform } from '@winnow/baselines';
import { tf } from '@winnow/tensorflow';
const folder = 'model-esm';
${use}
await run();`,
    );
    expect(npm.json('use.mjs')).toEqual(expected);
  });

  it('in CommonJS', () => {
    npm.write(
      'use.cjs',
      `const { prune } = require('@winnow/training');
const { applyTransform } = require('@winnow/models');
const { targetedDropoutTransform } = require('@winnow/baselines');
const { tf } = require('@winnow/tensorflow');
const folder = 'model-cjs';
${use}
run();`,
    );
    expect(npm.json('use.cjs')).toEqual(expected);
  });

  it('and the saved one loads in stock tfjs', () => {
    npm.write(
      'load.mjs',
      `import { readFileSync } from 'node:fs';
import * as tf from '@tensorflow/tfjs';
const { modelTopology, weightsManifest } = JSON.parse(readFileSync('model-cjs/model.json', 'utf8'));
const weightData = new Uint8Array(readFileSync('model-cjs/' + weightsManifest[0].paths[0])).buffer;
const parts = { modelTopology, weightSpecs: weightsManifest[0].weights, weightData };
const model = await tf.loadLayersModel(tf.io.fromMemory(parts));
console.log(JSON.stringify({ shape: model.predict(tf.ones([2, 4])).shape, backend: tf.getBackend() }));`,
    );
    expect(npm.json('load.mjs')).toEqual({ shape: [2, 3], backend: 'cpu' });
  });
});

it('runs the example of docs/own-project.md and of every package’s README', () => {
  const pages = packages.map(({ name }) => [name, join(installed(name), 'README.md')] as const);
  for (const [name, page] of [...pages, ['own project', join(root, 'docs/own-project.md')] as const]) {
    npm.write('example.mjs', exampleOf(page));
    expect(() => npm.run(process.execPath, ['example.mjs']), name).not.toThrow();
    expect(readFileSync(page, 'utf8'), name).toContain('pack-all');
  }
});

it('names the one command that mends it, as it is called in this project', () => {
  const nothing = { WINNOW_CACHE: join(npm.directory, 'empty-cache') };
  expect(() => npm.run(process.execPath, ['use.mjs'], nothing)).toThrow('To mend it: npx winnow setup');
  const native = { WINNOW_NATIVE_DIR: join(npm.directory, 'empty-native') };
  expect(() => npm.run(process.execPath, ['-e', "require('@winnow/native').operations()"], native)).toThrow(
    'To mend it: npx winnow setup',
  );
});

it('brings types along, which refuse a wrong call', () => {
  npm.write(
    'use.mts',
    `import { resnet } from '@winnow/models';
import { topKMask } from '@winnow/ops';
import { tf } from '@winnow/tensorflow';
const mask: tf.Tensor = topKMask(tf.zeros([2, 2]), { sparsity: 0.5 });
// @ts-expect-error: depth is a number
resnet({ depth: '8' });
// @ts-expect-error: there is no such function
tf.node.decodeNothing();
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
  npm.write('tsconfig.json', JSON.stringify({ compilerOptions: options, files: ['use.mts'] }));
  expect(npm.run('npx', ['tsc', '-p', '.'])).toBe('');
  // Why docs/own-project.md tells to skip the check of libraries: tfjs's declarations fail it. Ours do not.
  const complaints = npm.run('sh', ['-c', 'npx tsc -p . --skipLibCheck false || true']).split('\n');
  const files = complaints.filter((line) => /^\S/.test(line)).map((line) => line.slice(0, line.indexOf('(')));
  expect(files.length).toBeGreaterThan(0);
  expect(files.filter((file) => !file.startsWith('node_modules/@tensorflow/'))).toEqual([]);
});

it('installs with pnpm as well, where tarballs are overrides, too', () => {
  const files = Object.fromEntries(packages.map(({ name, tarball }) => [name, `file:${join(tarballs, tarball)}`]));
  const project = new OutsideProject({ dependencies: files });
  project.write('pnpm-workspace.yaml', JSON.stringify({ overrides: files })); // JSON is YAML.
  project.pnpm('install', '--prefer-offline');
  project.write('use.mjs', readFileSync(join(npm.directory, 'use.mjs'), 'utf8'));
  expect(project.json('use.mjs')).toMatchObject({ backend: 'tensorflow', kept: 128 });
  expect(project.pnpm('exec', 'winnow', 'doctor')).toContain('Nothing is wrong.');
});
