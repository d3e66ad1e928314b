// Starts the worker thread from TypeScript sources. A loader that the main thread was started with does not reach into
// threads, so this one registers its own. The built package does not need this file and does not have it.
import { register } from 'tsx/esm/api';

register();
await import('./worker.ts');
