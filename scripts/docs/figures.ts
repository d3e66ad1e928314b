/** Redraws all committed figures from their result files: `npx -y pnpm@10.34.9 figures`. */

import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('../..', import.meta.url));
const report = (result: string, figure: string) => [
  'report',
  `docs/results/${result}.json`,
  '--figure',
  `docs/figures/${figure}`,
];
const script = (file: string, ...args: string[]) => ['--script', `benchmarks/src/${file}.ts`, ...args];
const KERNELS = 'benchmarks/results/kernels.json';
const INFERENCE = 'benchmarks/results/inference-resnet32';

const commands = [
  report('demo', 'demo'),
  report('cifar10-resnet32', 'cifar10-resnet32'),
  report('multi30k', 'multi30k'),
  report('compare-weight', 'compare-weight'),
  report('compare-unit', 'compare-unit'),
  script('main', 'figure', KERNELS, 'benchmarks/results/targeted-dropout', '--only', 'targeted-dropout'),
  script('figures/step-density', 'benchmarks/results/steps-sparse.json', 'docs/figures/step-density'),
  script('figures/spmm-density', KERNELS, 'benchmarks/results/spmm-512x2048.svg'),
  script('figures/inference', `${INFERENCE}.json`, `${INFERENCE}.svg`),
];

for (const args of commands) {
  const { status } = spawnSync(process.execPath, ['scripts/start.mjs', ...args], { cwd: root, stdio: 'inherit' });
  if (status !== 0) throw new Error(`figures: ${args.join(' ')} ended with ${status}`);
}
