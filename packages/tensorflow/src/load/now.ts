/** Imported for its effect, before the npm package: by then the package finds our binding. Throws as `loadTfjs` does. */
import { loadTfjs } from './load.js';

loadTfjs();
