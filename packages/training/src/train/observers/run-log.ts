import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { obstacleToFile, writeFileAtomicSync, writing } from '@winnow/system/files';
import { checkOptions, checkText } from '../../arguments.js';
import type { EvaluationReport, RunObserver, StepReport } from '../task-options.js';

/** One line of the log: the mean over several steps. */
export interface StepRecord {
  kind: 'steps';
  /** The last of these steps. */
  step: number;
  /** From 0. */
  epoch: number;
  /** Mean loss over the steps since the previous such line. */
  loss: number;
  learningRate: number;
  examplesPerSecond: number;
}

/** One line of the log: an evaluation. */
export interface EvaluationRecord {
  kind: 'evaluation';
  step: number;
  /** Epochs done. */
  epoch: number;
  learningRate: number;
  /** Wall-clock seconds of all steps so far, without evaluations. */
  seconds: number;
  metrics: Record<string, number>;
}

/** One line of the log. */
export type LogRecord = StepRecord | EvaluationRecord;

/** Options of `RunLog`. */
export interface RunLogOptions {
  /** Steps per line, an integer ≥ 1. Default 50. */
  everySteps?: number;
}

/**
 * A log of JSON lines, rewritten atomically at every checkpoint and evaluation and at the end. A run that resumes from
 * a checkpoint continues its log from the same step.
 */
export class RunLog implements RunObserver {
  records: LogRecord[] = [];
  private readonly everySteps: number;
  private isStarted = false;
  private pending = { loss: 0, steps: 0, examples: 0, seconds: 0 };

  /** @throws TypeError or RangeError for a file that is no string, or an option out of range */
  constructor(
    private readonly file: string,
    options: RunLogOptions = {},
  ) {
    checkText('RunLog', 'file', file);
    checkOptions('RunLog', options, ['everySteps']);
    const { everySteps = 50 } = options;
    if (!Number.isInteger(everySteps) || everySteps < 1) {
      throw new RangeError(`RunLog: everySteps must be an integer ≥ 1, got ${everySteps}`);
    }
    this.everySteps = everySteps;
  }

  onStart({ step }: { step: number }): void {
    const obstacle = obstacleToFile(this.file);
    if (obstacle !== undefined) throw new RangeError(`RunLog: file must be one that can be written: ${obstacle}`);
    writing(this.file, () => mkdirSync(dirname(this.file), { recursive: true }));
    // Steps after the checkpoint run again, so drop their lines.
    this.records = step === 0 || !existsSync(this.file) ? [] : this.kept(step);
    this.isStarted = true;
  }

  onStep({ step, epoch, loss, learningRate, examples, seconds }: StepReport): void {
    const { pending } = this;
    pending.loss += loss();
    pending.steps++;
    pending.examples += examples;
    pending.seconds += seconds;
    if (step % this.everySteps !== 0) return;
    this.records.push({
      kind: 'steps',
      step,
      epoch,
      loss: rounded(pending.loss / pending.steps),
      learningRate: rounded(learningRate),
      examplesPerSecond: rounded(pending.examples / pending.seconds),
    });
    this.pending = { loss: 0, steps: 0, examples: 0, seconds: 0 };
  }

  onEvaluation({ step, epoch, learningRate, seconds, metrics }: EvaluationReport): void {
    const values = Object.entries(metrics).map(([name, value]) => [name, rounded(value)]);
    this.records.push({
      kind: 'evaluation',
      step,
      epoch: rounded(epoch),
      learningRate: rounded(learningRate),
      seconds: rounded(seconds),
      metrics: Object.fromEntries(values),
    });
    this.write();
  }

  onCheckpoint(): void {
    this.write();
  }

  onEnd(): void {
    this.write();
  }

  private kept(step: number): LogRecord[] {
    const { records, hasCutEnd } = parseRunLog(this.file);
    if (hasCutEnd) {
      process.stderr.write(`${this.file}: line ${records.length + 1}, the last one, breaks off and is dropped\n`);
    }
    return records.filter((line) => line.step <= step);
  }

  private write(): void {
    // If an existing log could not be read, do not overwrite it.
    if (!this.isStarted) return;
    writeFileAtomicSync(this.file, this.records.map((record) => `${JSON.stringify(record)}\n`).join(''));
  }
}

/**
 * Reads a log. A last line that breaks off, as a full disk or an incomplete copy leaves it, is left out.
 *
 * @throws Error naming the file and the line that is no record; the file system's own error if it cannot be read
 */
export function readRunLog(file: string): LogRecord[] {
  checkText('readRunLog', 'file', file);
  return parseRunLog(file).records;
}

function parseRunLog(file: string): { records: LogRecord[]; hasCutEnd: boolean } {
  const lines = readFileSync(file, 'utf8').split('\n');
  // What follows the last newline: nothing, or a line without its end.
  const end = lines.pop() as string;
  const hasCutEnd = end !== '' && !isJson(end);
  if (end !== '' && !hasCutEnd) lines.push(end);
  const records = lines.map((line, i) => {
    let record: LogRecord | null;
    try {
      record = JSON.parse(line) as LogRecord | null;
    } catch (cause) {
      const advice = 'put the line right or delete it; without the file a run resumes with an empty log';
      throw new Error(`${file}: line ${i + 1} is not JSON; ${advice}`, { cause });
    }
    const isRecord = (record?.kind === 'steps' || record?.kind === 'evaluation') && Number.isSafeInteger(record.step);
    if (!isRecord) throw new Error(`${file}: line ${i + 1} is no record of steps or an evaluation`);
    return record as LogRecord;
  });
  return { records, hasCutEnd };
}

function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** Six digits: measurements are no more precise, and people read the log. */
function rounded(value: number): number {
  return Number(value.toPrecision(6));
}
