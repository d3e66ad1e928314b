// Fetches a release and says each stage on a line; `DIE_AT=stage` makes it kill itself there, as a power cut would.
import { fetchTensorflow } from '../../src/install/fetch.js';
import { findPython } from '../../src/install/python.js';

const release = JSON.parse(process.argv[2]!);
const dieAt = process.argv[3];
let last = '';
const lock = await fetchTensorflow(release, findPython(), process.env, ({ stage, done, total, message }) => {
  if (message || stage !== last) console.log(message ?? `stage ${stage}`);
  last = stage;
  if (stage === dieAt && done > 0 && done < total) process.kill(process.pid, 'SIGKILL');
});
await lock.release();
console.log('finished');
