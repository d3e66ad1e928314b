/** Every suite of `pnpm bench steps`: one line each. */

import type { Suite } from '../harness/suite.js';
import { suite as resnet } from './resnet.js';
import { suite as transformer } from './transformer.js';

export const suites: readonly Suite[] = [resnet, transformer];
