import { type Progress, startProgress } from '@winnow/system/progress';
import type { SetupProgress, SetupStage } from './stages.js';

const titles: Partial<Record<SetupStage, string>> = {
  download: 'Downloading TensorFlow',
  verify: 'Checking TensorFlow',
  extract: 'Unpacking TensorFlow',
  compile: 'Compiling the binding',
};

const mebibytes = (bytes: number): string => String(Math.round(bytes / 2 ** 20));

const inBytes = {
  unit: 'MiB',
  format: mebibytes,
  rate: (perSecond: number) => `${(perSecond / 2 ** 20).toFixed(1)} MiB/s`,
};

/** Shows a setup's progress on standard error: one bar per stage, and messages on lines of their own. */
export function drawProgress(): { show(progress: SetupProgress): void; stop(): void } {
  let current: { stage: SetupStage; bar: Progress | undefined } | undefined;
  const stop = () => current?.bar?.stop();
  return {
    stop,
    show({ stage, done, total, message }) {
      if (message !== undefined) {
        stop();
        current = undefined;
        process.stderr.write(`${message}\n`);
        return;
      }
      if (current?.stage !== stage) {
        stop();
        const title = titles[stage];
        const units = stage === 'compile' ? { unit: '%' } : inBytes;
        current = { stage, bar: title ? startProgress({ title, total, start: done, ...units }) : undefined };
      }
      current.bar?.update(done);
      if (done >= total) stop();
    },
  };
}
