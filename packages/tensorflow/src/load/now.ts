/**
 * Import this before the npm package, for its side effect: afterwards the package finds our binding. Throws as
 * `loadTfjs` does.
 */
import { loadTfjs } from './load.js';

loadTfjs();
