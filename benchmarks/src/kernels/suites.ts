/** All suites of `pnpm bench kernels`. */

import type { Suite } from '../harness/suite.js';
import { suite as attention } from './attention.js';
import { suite as conv2d } from './conv2d.js';
import { suite as optimizerStep } from './optimizer-step.js';
import { suite as rankMask } from './rank-mask.js';
import { suite as sddmm } from './sddmm.js';
import { suite as sparseStep } from './sparse-step.js';
import { suite as spmm } from './spmm.js';
import { suite as spmmStructured } from './spmm-structured.js';
import { suite as targetedDropout } from './targeted-dropout.js';
import { suite as targetedDropoutAll } from './targeted-dropout-all.js';
import { suite as trainingOps } from './training-ops.js';
import { suite as trainingStep } from './training-step.js';

export const suites: readonly Suite[] = [
  targetedDropout,
  targetedDropoutAll,
  trainingStep,
  spmm,
  sddmm,
  attention,
  conv2d,
  optimizerStep,
  trainingOps,
  spmmStructured,
  sparseStep,
  rankMask,
];
