import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { expect, it } from 'vitest';

const entry = fileURLToPath(new URL('../src/index.ts', import.meta.url));

it('bundles for a browser, with nothing of Node or TensorFlow in it', async () => {
  const warnings: string[] = [];
  const result = (await build({
    configFile: false,
    logLevel: 'silent',
    build: {
      write: false,
      minify: false,
      target: 'es2022',
      lib: { entry, formats: ['es'] },
      rollupOptions: { onwarn: ({ message }) => warnings.push(message) },
    },
  })) as Rollup.RollupOutput[];
  const [chunk, ...others] = result.flatMap(({ output }) => output) as [Rollup.OutputChunk];
  expect(others).toEqual([]);
  expect(chunk.exports).toContain('graphOf');
  // What is left to import would be Node's, and what vite puts in the place of Node's modules is named so.
  expect([...chunk.imports, ...chunk.dynamicImports]).toEqual([]);
  const modules = Object.keys(chunk.modules);
  expect(modules.filter((id) => /browser-external|^node:|tensorflow|tfjs/.test(id))).toEqual([]);
  expect(modules.some((id) => id.endsWith('/graph-of.ts'))).toBe(true);
  expect(chunk.code).not.toMatch(/\brequire\(|from ?["']/);
  expect(warnings).toEqual([]);
});

it('works as bundled code in a realm without Node', async () => {
  const result = (await build({
    configFile: false,
    logLevel: 'silent',
    build: { write: false, target: 'es2022', lib: { entry, formats: ['iife'], name: 'graph' } },
  })) as Rollup.RollupOutput[];
  const { runInNewContext } = await import('node:vm');
  const [chunk] = result.flatMap(({ output }) => output) as [Rollup.OutputChunk];
  const paths = ['inner/conv/kernel', 'out/kernel'];
  const picked = runInNewContext(`${chunk.code}; graph.selectPaths('test', paths, { include: ['inner/*'] })`, {
    paths,
  });
  expect([...picked]).toEqual(['inner/conv/kernel']);
});
