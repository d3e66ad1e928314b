import { cpus } from 'node:os';
import { instructionSets } from '@winnow/native';
import { tensorflowVersion } from '@winnow/tensorflow';
import type { SweepResult } from '../results/sweep-result.js';

/** Winnow's version, as result files carry it. */
export const WINNOW_VERSION = '0.1.0';

/** What a result depends on besides its options. */
export function describeEnvironment(): SweepResult['environment'] {
  const processors = cpus();
  return {
    cpu: processors[0]?.model.trim() ?? 'unknown',
    cores: processors.length,
    node: process.versions.node,
    tensorflow: tensorflowVersion(),
    isa: instructionSets().selected,
    winnow: WINNOW_VERSION,
  };
}
