import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 200;
/** On another machine (a shared disk) a holder's life cannot be seen: no build takes this long. */
const FOREIGN_STALE_MS = 30 * 60_000;

/** The locks this process holds. */
const held = new Set<string>();

interface Holder {
  pid: number;
  host: string;
}

/** Runs `body` while holding the lock file: one process at a time. A holder that died is noticed and replaced. */
export async function withLock<T>(path: string, body: () => Promise<T>, onWait?: (pid: number) => void): Promise<T> {
  await mkdir(dirname(path), { recursive: true });
  const own = JSON.stringify({ pid: process.pid, host: hostname() } satisfies Holder);
  let waited = false;
  while (!(await create(path, own))) {
    const holder = await readHolder(path);
    if (holder && (await isDead(path, holder))) {
      await discard(path, holder);
      continue;
    }
    if (holder && !waited) onWait?.(holder.pid);
    waited ||= holder !== undefined;
    await sleep(POLL_MS);
  }
  held.add(path);
  try {
    return await body();
  } finally {
    held.delete(path);
    await rm(path, { force: true });
  }
}

async function create(path: string, content: string): Promise<boolean> {
  try {
    await writeFile(path, content, { flag: 'wx' });
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false;
    throw error;
  }
}

/** Undefined if the lock is gone, or its holder has not written its name yet. */
async function readHolder(path: string): Promise<Holder | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as Holder;
  } catch {
    // A holder killed between creating and writing leaves an empty file.
    const age = await stat(path).then(
      (info) => Date.now() - info.mtimeMs,
      () => 0,
    );
    return age > 10_000 ? { pid: 0, host: hostname() } : undefined;
  }
}

async function isDead(path: string, holder: Holder): Promise<boolean> {
  if (holder.host !== hostname()) {
    const info = await stat(path).catch(() => undefined);
    return info !== undefined && Date.now() - info.mtimeMs > FOREIGN_STALE_MS;
  }
  if (holder.pid === 0) return true;
  // Process ids repeat, in containers above all: a lock with our own id is an earlier process's unless we hold it.
  if (holder.pid === process.pid) return !held.has(path);
  try {
    process.kill(holder.pid, 0);
    return false;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'ESRCH';
  }
}

/** Takes a dead holder's lock away. Renaming is atomic: of several waiters only one gets the file it looked at. */
async function discard(path: string, holder: Holder): Promise<void> {
  const aside = `${path}.${process.pid}.stale`;
  try {
    await rename(path, aside);
  } catch {
    return;
  }
  const taken = await readHolder(aside);
  await rm(aside, { force: true });
  // Between reading and renaming another waiter may have replaced the dead lock by its own: give that back.
  if (taken && (taken.pid !== holder.pid || taken.host !== holder.host)) await create(path, JSON.stringify(taken));
}
