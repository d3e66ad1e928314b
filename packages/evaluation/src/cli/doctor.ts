import { cpus } from 'node:os';
import { instructionSets, loadTensorFlowOps, operations, topKMask } from '@winnow/native';
import { diagnoseTensorflow } from '@winnow/tensorflow/setup';
import type { Command } from 'commander';

/** `winnow doctor`: what is here, and what is wrong with the command that mends it. Exits 1 if anything is. */
export function addDoctor(program: Command): void {
  program
    .command('doctor')
    .description('check Node, TensorFlow, the addon, instruction sets and GPU; say what is wrong and how to mend it')
    .action(async () => {
      const report = new Report();
      report.line('processor', `${cpus()[0]?.model.trim() ?? 'unknown'}, ${cpus().length} cores`);
      const { findings, ready } = diagnoseTensorflow();
      for (const { name, text, problem } of findings) report.line(name, text, problem?.message);
      const loads = ready && (await checkTensorflow(report));
      checkAddon(report, loads);
      report.end();
    });
}

class Report {
  private readonly problems: string[] = [];

  line(name: string, text: string, problem?: string): void {
    process.stdout.write(`${problem ? '✗' : '✓'} ${name.padEnd(16)} ${text}\n`);
    if (problem) this.problems.push(problem);
  }

  end(): void {
    if (this.problems.length === 0) {
      process.stdout.write('\nNothing is wrong.\n');
      return;
    }
    process.stdout.write(`\nWrong:\n${this.problems.map((problem) => `- ${problem}\n`).join('')}`);
    process.exitCode = 1;
  }
}

async function checkTensorflow(report: Report): Promise<boolean> {
  try {
    const { tf, tensorflowVersion } = await import('@winnow/tensorflow');
    const sum = tf.tidy(() => tf.matMul(tf.ones([1, 4]), tf.ones([4, 1])).dataSync()[0]);
    const wrong = sum === 4 ? undefined : `TensorFlow computes 1·1 + 1·1 + 1·1 + 1·1 = ${sum}`;
    report.line('TensorFlow runs', tensorflowVersion(), wrong);
    const { isUsingGpuDevice } = tf.backend() as unknown as { isUsingGpuDevice: boolean };
    report.line('GPU', isUsingGpuDevice ? 'used by TensorFlow' : 'none that TensorFlow uses');
    return wrong === undefined;
  } catch (error) {
    report.line('TensorFlow runs', 'no', messageOf(error));
    return false;
  }
}

function checkAddon(report: Report, withTensorflow: boolean): void {
  const examine = (name: string, look: () => string): boolean => {
    try {
      report.line(name, look());
      return true;
    } catch (error) {
      report.line(name, 'does not work', messageOf(error));
      return false;
    }
  };
  if (!examine('addon', () => `operations ${operations().join(', ')}`)) return;
  // These two read WINNOW_ISA and WINNOW_THREADS, whose errors name the range.
  examine('instruction set', () => {
    const { selected, supported } = instructionSets();
    return `${selected} of ${supported.join(', ')}`;
  });
  examine('kernels', () => {
    const mask = topKMask(new Float32Array([1, 2]), { fanIn: 2, units: 1, sparsity: 0.5, granularity: 'weight' });
    if (mask.join() !== '0,1') throw new Error(`topKMask keeps ${mask.join()} of 1 and 2, not the larger one`);
    return 'compute';
  });
  if (!withTensorflow) return;
  examine('custom ops', () => {
    loadTensorFlowOps();
    return 'loaded into TensorFlow';
  });
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
