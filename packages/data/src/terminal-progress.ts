import { printable } from '@winnow/system/printable';
import { type Progress, startProgress } from '@winnow/system/progress';
import type { Copy, DatasetProgress, LeftOut } from './declaration.js';

const megabytes = (bytes: number) => (bytes / 1e6).toFixed(1);

/** So many files that are left out for one reason are named; of the others their number is enough. */
const NAMED = 3;

/** What is left out, by reason: how many files, and some of them. */
function leftOutLines(entries: readonly LeftOut[]): string {
  const byReason = new Map<string, LeftOut[]>();
  for (const entry of entries) {
    const some = byReason.get(entry.reason);
    if (some) some.push(entry);
    else byReason.set(entry.reason, [entry]);
  }
  const lines = [...byReason].map(([reason, some]) => {
    const more = some.length > NAMED ? ` and ${(some.length - NAMED).toLocaleString('en-US')} more` : '';
    const named = some.slice(0, NAMED).map(({ path }) => printable(path));
    return `  ${printable(reason)}: ${named.join(', ')}${more}\n`;
  });
  return lines.join('');
}

/** Which images lie in both splits or in two classes, and what that does. */
function copyLines(title: string, entries: readonly Copy[]): string {
  const lines = (['both splits', 'two classes'] as const).map((where) => {
    const some = entries.filter((entry) => entry.where === where);
    if (some.length === 0) return '';
    const named = some.slice(0, NAMED).map(({ path, of }) => `  ${printable(path)} is a copy of ${printable(of)}\n`);
    const count = `${some.length.toLocaleString('en-US')} ${some.length > 1 ? 'images are' : 'image is'}`;
    const effect =
      where === 'both splits'
        ? 'training images are tested on, so the measured accuracy is too high'
        : 'one picture has two labels';
    const more = some.length > NAMED ? `  and ${(some.length - NAMED).toLocaleString('en-US')} more\n` : '';
    return `${title}: warning: ${count} in ${where}: ${effect}\n${named.join('')}${more}`;
  });
  return lines.join('');
}

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
      } else if (event.kind === 'left-out') {
        process.stderr.write(`${title}: left out\n${leftOutLines(event.entries)}`);
      } else if (event.kind === 'copies') {
        stop();
        process.stderr.write(copyLines(title, event.entries));
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
