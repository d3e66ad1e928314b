/** All that decides a run's result, as plain JSON: what tells its checkpoints from those of another run. */
export type RunIdentity = Readonly<Record<string, unknown>>;

/** Names the first difference of two runs: `epochs is 1 there and 2 here`; undefined if there is none. */
export function firstDifference(there: RunIdentity, here: RunIdentity): string | undefined {
  return difference(plain(there), plain(here), '');
}

/** As it comes back from a file: undefined values are left out. */
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
  return old === now ? undefined : `${path} is ${short(old)} there and ${short(now)} here`;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function short(text: string | undefined): string {
  if (text === undefined) return 'absent';
  return text.length > 60 ? `${text.slice(0, 60)}…` : text;
}
