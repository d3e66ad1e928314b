/**
 * Every option that affects a run's result, as plain JSON. Checkpoints store it to recognise runs with other options.
 */
export type RunIdentity = Readonly<Record<string, unknown>>;

/** Describes the first difference between two runs, such as `epochs was 1, is now 2`; undefined if they are equal. */
export function firstDifference(there: RunIdentity, here: RunIdentity): string | undefined {
  return difference(plain(there), plain(here), '');
}

/** The value as read back from a file: without undefined properties. */
function plain(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}

function difference(there: unknown, here: unknown, path: string): string | undefined {
  if (isRecord(there) && isRecord(here)) {
    for (const key of new Set([...Object.keys(there), ...Object.keys(here)])) {
      const found = difference(there[key], here[key], path === '' ? key : `${path}.${key}`);
      if (found) return found;
    }
    return undefined;
  }
  const [old, now] = [JSON.stringify(there), JSON.stringify(here)];
  return old === now ? undefined : `${path} was ${short(old)}, is now ${short(now)}`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function short(text: string | undefined): string {
  if (text === undefined) return 'absent';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
