/** Packages that a web page may use are bundled as a page's tools do it: no Node module may be left in them. */

import { readFileSync } from 'node:fs';
import { builtinModules } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type Rollup } from 'vite';
import { expect, it } from 'vitest';

const root = fileURLToPath(new URL('..', import.meta.url));
const NODE = new Set([...builtinModules, ...builtinModules.map((name) => `node:${name}`)]);

/** Bundles a package for a browser, tfjs left outside; what it imports, and what it took in. */
async function bundle(folder: string) {
  const { exports } = JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));
  const result = (await build({
    configFile: false,
    logLevel: 'silent',
    root: join(root, folder),
    resolve: { conditions: ['winnow-source', 'browser', 'import', 'module', 'default'] },
    build: {
      write: false,
      minify: false,
      lib: { entry: join(root, folder, exports['.']['winnow-source']), formats: ['es'], fileName: 'bundle' },
      rollupOptions: { external: [/^@tensorflow\//, ...NODE], treeshake: false },
    },
  })) as Rollup.RollupOutput[];
  const chunks = result.flatMap(({ output }) => output).filter((part) => part.type === 'chunk');
  return {
    imports: chunks.flatMap(({ imports, dynamicImports }) => [...imports, ...dynamicImports]),
    modules: chunks.flatMap(({ moduleIds }) => moduleIds),
    code: chunks.map(({ code }) => code).join('\n'),
  };
}

it.each(['packages/graph', 'packages/ops', 'packages/safetensors'])(
  '%s bundles for a browser, without a Node module',
  async (folder) => {
    const { imports, modules, code } = await bundle(folder);
    expect(imports.filter((name) => NODE.has(name))).toEqual([]);
    expect(modules.length).toBeGreaterThan(3);
    // Vite puts this in place of a Node module that it meets in a browser's bundle.
    expect(code).not.toContain('__vite-browser-external');
    expect(modules.filter((id) => id.includes('browser-external'))).toEqual([]);
  },
);

it('a package for Node alone is found out', async () => {
  await expect(bundle('packages/data')).rejects.toThrow('__vite-browser-external:node:');
});
