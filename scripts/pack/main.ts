/**
 * `pnpm pack-all`: tarballs of all packages, for projects outside of the workspace, and the line that installs them.
 */

import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { startProgress } from '@winnow/system/progress';
import { setupTensorflow } from '@winnow/tensorflow/setup';
import { packAll } from './pack-all.js';

const directory = fileURLToPath(new URL('../../output/packages', import.meta.url));
await setupTensorflow(); // Draws a progress of its own.
const progress = startProgress({ title: 'Packing', total: 100, unit: '%' });
const show = ({ done, total, message }: { done: number; total: number; message: string }) =>
  progress.update((100 * done) / total, message);
let packed: Awaited<ReturnType<typeof packAll>>;
try {
  packed = await packAll({ directory, onProgress: show });
} finally {
  progress.stop();
}
process.stdout.write(`
${packed.map(({ name }) => name).join(', ')}

In your own project:

  npm install ${join(directory, '*.tgz')}
  npx winnow setup
`);
