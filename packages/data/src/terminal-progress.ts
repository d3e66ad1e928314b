import { type Progress, startProgress } from '@winnow/system/progress';
import type { DatasetProgress } from './declaration.js';

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/**
 * Shows on standard error what happens while a data set is found: a bar while bytes arrive, a line for what did not
 * work.
 */
export function terminalProgress(title: string): { onProgress: (event: DatasetProgress) => void; stop: () => void } {
  let bar: Progress | undefined;
  const stop = () => {
    bar?.stop();
    bar = undefined;
  };
  return {
    stop,
    onProgress(event) {
      if (event.kind === 'skipped') {
        stop();
        process.stderr.write(`${title}: not from ${event.source} (${event.reason})\n`);
      } else if (event.kind === 'fetched') {
        stop();
      } else {
        const { kind, total } = event;
        bar ??= startProgress(
          kind === 'download'
            ? { title: `Fetching ${title}`, total, unit: 'MB', format: megabytes }
            : { title: `Reading ${title}`, total, unit: 'images' },
        );
        bar.update(kind === 'download' ? event.received : event.done);
        if (kind === 'read' && event.done === total) stop();
      }
    },
  };
}
