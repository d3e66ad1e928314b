/** All suites of `pnpm bench steps`. */

import type { Suite } from '../harness/suite.js';
import { suite as resnet } from './resnet.js';
import { suite as transformer } from './transformer.js';

export const suites: readonly Suite[] = [resnet, transformer];
