import { arch, cpus, platform } from 'node:os';
import type { Command } from 'commander';

/** `winnow doctor`: what is here, and what is wrong with the command that mends it. Exits 1 if anything is. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('show Node, TensorFlow, the addon, instruction sets and GPU, and what is wrong')
    .action(async () => {
      const problems: string[] = [];
      const line = (name: string, text: string) => process.stdout.write(`${name.padEnd(16)}  ${text}\n`);
      line('Node', `${process.versions.node} on ${platform()} ${arch()}`);
      line('Processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`);
      await checkTensorflow(line, problems);
      await checkAddon(line, problems);
      line('Wrong', problems.length === 0 ? 'nothing' : '');
      for (const problem of problems) process.stdout.write(`  - ${problem}\n`);
      if (problems.length > 0) process.exitCode = 1;
    });
}

type Line = (name: string, text: string) => void;

async function checkTensorflow(line: Line, problems: string[]): Promise<void> {
  try {
    const { locateTensorflow } = await import('@winnow/tensorflow/setup');
    const { build, directory } = locateTensorflow();
    const { tf, tensorflowVersion } = await import('@winnow/tensorflow');
    const four = tf.tidy(() => tf.matMul(tf.ones([1, 4]), tf.ones([4, 1])).dataSync()[0]);
    if (four !== 4) problems.push(`TensorFlow computes 1·1 + 1·1 + 1·1 + 1·1 = ${four}`);
    line('TensorFlow', `${tensorflowVersion()} (${build}) in ${directory}`);
    const { isUsingGpuDevice } = tf.backend() as unknown as { isUsingGpuDevice: boolean };
    line('GPU', isUsingGpuDevice ? 'used by TensorFlow' : `not used (${build} build)`);
  } catch (error) {
    line('TensorFlow', 'does not load');
    problems.push(messageOf(error));
  }
}

async function checkAddon(line: Line, problems: string[]): Promise<void> {
  try {
    const { instructionSets, loadTensorFlowOps, operations } = await import('@winnow/native');
    const { selected, supported } = instructionSets();
    line('Addon', `operations ${operations().join(', ')}`);
    line('Instruction set', `${selected} of ${supported.join(', ')}`);
    if (problems.length === 0) {
      loadTensorFlowOps();
      line('Custom ops', 'loaded into TensorFlow');
    }
  } catch (error) {
    line('Addon', 'does not load');
    problems.push(messageOf(error));
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
