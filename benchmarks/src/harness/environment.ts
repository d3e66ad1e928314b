import { execFileSync } from 'node:child_process';
import { availableParallelism, cpus, loadavg } from 'node:os';
import { instructionSets } from '@winnow/native';
import { peerPython } from './peer-environment.js';

const PEERS = /^(torch|keras|onnxruntime|tensorflow[-_]cpu|numpy|scipy|mkl|sparse[-_]dot[-_]mkl)$/;

/** Describes everything that a run's numbers depend on: machine, versions, flags. */
export function describeEnvironment(): Record<string, unknown> {
  const versions = execFileSync(peerPython(), ['-m', 'pip', 'list', '--format=json'], { encoding: 'utf8' });
  const peers = (JSON.parse(versions) as { name: string; version: string }[])
    .filter(({ name }) => PEERS.test(name))
    .map(({ name, version }) => [name, version]);
  return {
    processor: cpus()[0]?.model.trim() ?? 'unknown',
    cores: availableParallelism(),
    isa: instructionSets().selected,
    node: process.versions.node,
    peers: Object.fromEntries(peers),
    // cmake/WinnowIsa.cmake has the flags of each instruction set.
    flags: '-O3 -ffp-contract=off, kernel bodies once per instruction set',
    loadAverageAtStart: loadavg()[0],
  };
}
