import { readdirSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { alignedFloats, instructionSets, operations } from '@winnow/native';
import { buildNative, isUpToDate } from '@winnow/native/build';
import { winnowCommand } from '@winnow/system/command';
import { beforeAll, describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../test/temporary-folder.js';
import { builtAddon, runModule } from './support.js';

beforeAll(builtAddon);

const addon = fileURLToPath(new URL('../build/Release/winnow.node', import.meta.url));

/** Prints an error for the test to read. */
const report = '({ name, code, message, command }) => console.log(JSON.stringify({ name, code, message, command }))';

interface Report {
  name: string;
  code?: string;
  message: string;
  command?: string;
}

describe('the addon', () => {
  it('has one op for every folder', () => {
    const folders = readdirSync(new URL('../src/ops', import.meta.url)).sort();
    expect(operations()).toEqual(folders);
  });

  it('says which instruction sets it has', () => {
    const { selected, supported, compiled } = instructionSets();
    expect(supported).toContain(selected);
    expect(compiled).toEqual(expect.arrayContaining(supported));
  });

  it('gives arrays that begin where asked', () => {
    const floats = alignedFloats(1000);
    expect(floats).toHaveLength(1000);
    expect(floats.every((value) => value === 0)).toBe(true);
    expect(alignedFloats(0)).toHaveLength(0);
    expect(() => alignedFloats(-1)).toThrow('alignedFloats: length must be an integer in [0, 17179869184], got -1');
    expect(() => alignedFloats('3' as unknown as number)).toThrow(TypeError);
  });

  it('refuses an instruction set it does not know', async () => {
    const source = `
      import { topKMask } from '@winnow/native';
      try { topKMask(new Float32Array(2), { fanIn: 2, units: 1, sparsity: 0.5 }); }
      catch (error) { (${report})(error) }`;
    const error = JSON.parse(await runModule(source, { WINNOW_ISA: 'sse9' })) as Report;
    expect(error.message).toBe("topKMask: WINNOW_ISA must be one of baseline, avx2, avx512, got 'sse9'");
    const limit = JSON.parse(await runModule(source, { WINNOW_MAX_ISA: 'sse9' })) as Report;
    expect(limit.message).toBe("topKMask: WINNOW_MAX_ISA must be one of baseline, avx2, avx512, got 'sse9'");
    const both = JSON.parse(await runModule(source, { WINNOW_MAX_ISA: 'baseline', WINNOW_ISA: 'avx2' })) as Report;
    expect(both.message).toBe('topKMask: WINNOW_ISA is avx2, which WINNOW_MAX_ISA rules out');
  });

  it('refuses a number of threads it cannot have', async () => {
    const source = `
      import { topKMask } from '@winnow/native';
      try { topKMask(new Float32Array(2), { fanIn: 2, units: 1, sparsity: 0.5 }); }
      catch (error) { (${report})(error) }`;
    const error = JSON.parse(await runModule(source, { WINNOW_THREADS: 'many' })) as Report;
    expect(error.message).toBe("topKMask: WINNOW_THREADS must be an integer in [1, 1024], got 'many'");
  });

  it('works in several worker threads at once, and the process ends cleanly', async () => {
    const source = `
      import { Worker } from 'node:worker_threads';
      const work = \`
        const { topKMask } = require(${JSON.stringify(addon)});
        const kernel = Float32Array.from({ length: 200000 }, (_, i) => Math.sin(i));
        const mask = new Uint8Array(kernel.length);
        let kept = 0;
        for (let i = 0; i < 10; i++) {
          topKMask(kernel, 1000, 200, 0, 250, mask);
          for (const k of mask) kept += k;
        }
        require('node:worker_threads').parentPort.postMessage(kept);\`;
      const results = await Promise.all(Array.from({ length: 4 }, () => new Promise((resolve, reject) => {
        const worker = new Worker(work, { eval: true, execArgv: [] });
        worker.on('message', resolve);
        worker.on('error', reject);
      })));
      console.log(results.join());`;
    expect(await runModule(source)).toBe(
      Array(4)
        .fill(10 * 150000)
        .join(),
    );
  });

  it('loads in a worker thread alone, which may end before the process does', async () => {
    const source = `
      import { Worker } from 'node:worker_threads';
      for (let i = 0; i < 5; i++) {
        const call = '.topKMask(new Float32Array(90000), 300, 300, 0, 100, new Uint8Array(90000))';
        const program = 'require(' + JSON.stringify(${JSON.stringify(addon)}) + ')' + call;
        const worker = new Worker(program, { eval: true, execArgv: [] });
        const code = await new Promise((resolve) => worker.on('exit', resolve));
        if (code !== 0) console.log('exit code', code);
      }
      console.log('done');`;
    expect(await runModule(source)).toBe('done');
  });

  it('checks raw calls itself', () => {
    const raw = createRequire(import.meta.url)(addon) as Record<string, (...args: unknown[]) => void>;
    const call = raw['topKMask']!;
    expect(() => call()).toThrow('topKMask: fanIn must be a number');
    expect(() => call(new Float32Array(5), 2, 3, 0, 1, new Uint8Array(6))).toThrow(
      'topKMask: kernel must have length 6, got 5',
    );
    expect(() => call(new Float64Array(6), 2, 3, 0, 1, new Uint8Array(6))).toThrow(
      'topKMask: kernel must be a Float32Array',
    );
    expect(() => call(new Float32Array(6), 2, 3, 2, 1, new Uint8Array(6))).toThrow(
      'topKMask: granularity must be an integer in [0, 1], got 2',
    );
    expect(() => call(new Float32Array(6), 2, 3, 0, 3, new Uint8Array(6))).toThrow(
      'topKMask: count must be in [0, 2], got 3',
    );
    expect(() => call(new Float32Array(0), 2 ** 31 - 1, 2 ** 31 - 1, 0, 3, new Uint8Array(0))).toThrow(RangeError);
  });
});

describe('the loader', () => {
  it('loads nothing on import and says what is missing and which command mends it', async () => {
    const directory = temporaryFolder();
    const source = `
      const { operations } = await import('@winnow/native');
      try { operations(); } catch (error) { (${report})(error) }`;
    const missing = JSON.parse(await runModule(source, { WINNOW_NATIVE_DIR: directory })) as Report;
    expect(missing).toMatchObject({ name: 'NativeAddonError', code: 'ADDON_MISSING' });
    expect(missing.message).toContain(`${join(directory, 'winnow.node')}: no such file`);
    expect(missing.command).toBe(winnowCommand(['setup']));
    expect(missing.message).toContain(missing.command);

    await writeFile(join(directory, 'winnow.node'), 'not a library');
    const broken = JSON.parse(await runModule(source, { WINNOW_NATIVE_DIR: directory })) as Report;
    expect(broken).toMatchObject({ name: 'NativeAddonError', code: 'ADDON_UNLOADABLE' });
  });
});

describe('the build', () => {
  it('is skipped when up to date', async () => {
    expect(isUpToDate()).toBe(true);
    expect((await buildNative()).built).toBe(false);
  });

  it('says that a directory holds no TensorFlow', async () => {
    await expect(buildNative({ tensorflowDirectory: tmpdir() })).rejects.toMatchObject({
      code: 'TENSORFLOW_DIRECTORY',
    });
  });

  it('says which tool is missing and how to get it', async () => {
    const source = `
      import { requireBuildTools } from '../lib/builder/build-tools.ts';
      try { requireBuildTools(); } catch (error) { (${report})(error) }`;
    const noCmake = JSON.parse(await runModule(source, { PATH: '/nonexistent' })) as Report;
    expect(noCmake).toMatchObject({ name: 'NativeAddonError', code: 'CMAKE_MISSING' });
    expect(noCmake.command).toContain('cmake');
    const noCompiler = JSON.parse(await runModule(source, { CXX: '/nonexistent/c++' })) as Report;
    expect(noCompiler).toMatchObject({ name: 'NativeAddonError', code: 'COMPILER_MISSING' });
  });
});
