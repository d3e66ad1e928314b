// Imports the package as a program would, and uses what tfjs-node needs from old Nodes. `--as-node-23` simulates a Node
// without `util.isNullOrUndefined` and `util.isArray`.
import { createRequire } from 'node:module';

if (process.argv.includes('--as-node-23')) {
  const util = createRequire(import.meta.url)('node:util');
  delete util.isNullOrUndefined;
  delete util.isArray;
}
const { tf, tensorflowVersion } = await import('@winnow/tensorflow');
// concat passes an array of tensors through the functions that Node removed; the scalar passes undefined.
const sum = tf.concat([tf.tensor1d([1, 2]), tf.tensor1d([3])]).sum();
console.log(`${tensorflowVersion()} ${sum.arraySync()} ${process.version}`);
