// Run by sources.test.ts in a process of its own: loads the tiny set from a server into a cache.
import { loadDataset } from '../src/index.js';
import { tinyIdxSet } from './tiny-set.js';

const [base, cache] = process.argv.slice(2) as [string, string];
const { declaration } = tinyIdxSet([{ kind: 'web', base }]);
const { train } = await loadDataset(declaration, { cache, onProgress: ({ kind }) => console.log(kind) });
console.log(`loaded ${train.count}`);
