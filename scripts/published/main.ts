/**
 * Takes models that others have published through Winnow: a method, a step of training, pruning, BatchNorm, saving,
 * export and import. `npx -y pnpm@10.34.9 published` writes docs/results/published-models.json and prints the table of
 * docs/models.md.
 */

import { mkdirSync } from 'node:fs';
import { loadModel } from '@winnow/models';
import { writeFileAtomic } from '@winnow/system/files';
import { tf } from '@winnow/tensorflow';
import { type Measured, measure, SPARSITY } from './measure.js';
import { fetchPackage, MODELS, PACKAGE, unpackModel } from './nsfwjs.js';
import { publishedTable } from './table.js';

const DIRECTORY = 'output/published';
mkdirSync(DIRECTORY, { recursive: true });
const folder = fetchPackage(`${process.cwd()}/${DIRECTORY}`);
const measured: Measured[] = [];
const refused: Record<string, string> = {};
for (const name of MODELS) {
  const file = unpackModel(folder, name, `${process.cwd()}/${DIRECTORY}`);
  const isGraph = await refusalOf(file);
  if (isGraph !== undefined) refused[name] = isGraph;
  else measured.push(await measure(name, file, `${process.cwd()}/${DIRECTORY}`));
}
const result = {
  format: 'winnow-published-models/1',
  created: new Date().toISOString(),
  command: 'npx -y pnpm@10.34.9 published',
  package: PACKAGE,
  tfjs: tf.version.tfjs,
  method: 'targeted-dropout',
  sparsity: SPARSITY,
  models: measured,
  refused,
};
await writeFileAtomic('docs/results/published-models.json', `${JSON.stringify(result, null, 2)}\n`);
process.stdout.write(`${publishedTable(measured).join('\n')}\n`);
for (const [name, message] of Object.entries(refused)) process.stdout.write(`${name}: ${message}\n`);

/** The message with which a GraphModel is refused; undefined for a LayersModel. */
async function refusalOf(file: string): Promise<string | undefined> {
  try {
    (await loadModel(`file://${file}`)).dispose();
    return undefined;
  } catch (error) {
    if (error instanceof RangeError && error.message.includes('is a GraphModel')) {
      return error.message.replace(/'file:[^']*\/([^/']+\/model\.json)'/, "'$1'");
    }
    throw error;
  }
}
