// Runs before the package is packed: puts what is needed of @tensorflow/tfjs-node-gpu into vendor/, without its install
// script. That script fetches a TensorFlow of 2022, which nobody needs here, and where it cannot it makes `npm install`
// fail.
import { cp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const own = JSON.parse(await readFile(new URL('../package.json', import.meta.url), 'utf8'));
const manifestFile = createRequire(import.meta.url).resolve('@tensorflow/tfjs-node-gpu/package.json');
const source = dirname(manifestFile);
const target = fileURLToPath(new URL('../vendor/tfjs-node-gpu/', import.meta.url));
const { name, version, license, main, types, repository, binary, dependencies } = JSON.parse(
  await readFile(manifestFile, 'utf8'),
);

// What only its installer uses.
const installers = ['adm-zip', 'https-proxy-agent', 'rimraf', 'tar'];
const lacking = Object.keys(dependencies).filter(
  (dependency) => ![...installers, ...Object.keys(own.dependencies)].includes(dependency),
);
if (lacking.length > 0) throw new Error(`${own.name} lacks dependencies of ${name} ${version}: ${lacking.join(', ')}`);

await rm(target, { recursive: true, force: true });
await mkdir(target, { recursive: true });
const isWanted = (path) => !/_test\.(d\.ts|js|cc|h)$|^run_tests\./.test(basename(path));
for (const folder of ['dist', 'binding']) {
  await cp(join(source, folder), join(target, folder), { recursive: true, filter: isWanted });
}
const manifest = {
  '//': `Changed by Winnow: ${name} ${version} without its scripts, tests and dependencies, which are ${own.name}'s.`,
  ...{ name, version, license, main, types, repository, binary },
};
await writeFile(join(target, 'package.json'), `${JSON.stringify(manifest, null, 2)}\n`);
