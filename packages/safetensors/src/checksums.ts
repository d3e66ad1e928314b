/** SHA-256 of each tensor and of the metadata, kept in the metadata: the format would not notice changed bytes. */

import { createHash } from 'node:crypto';
import type { Refuse } from './header.js';

/** The metadata's key. Tools that copy the metadata of a file to other tensors would copy it, too: they must not. */
const KEY = 'winnow.checksums';

/** What is summed of a tensor: a changed type or shape gives the same bytes another meaning. */
interface Summed {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly bytes: Uint8Array;
}

/** The metadata with checksums of the tensors and of the metadata itself. */
export function withChecksums(
  tensors: Iterable<readonly [name: string, tensor: Summed]>,
  metadata: Record<string, string>,
): Record<string, string> {
  const sums = [...tensors].map(([name, tensor]) => [name, sumOf(tensor)] as const);
  const own = withoutChecksums(metadata);
  // An array, for a tensor may be named '__proto__'.
  return { ...own, [KEY]: JSON.stringify({ metadata: sumOfMetadata(own), tensors: sums }) };
}

/** The metadata as its writer gave it. */
export function withoutChecksums({ [KEY]: _, ...metadata }: Record<string, string>): Record<string, string> {
  return metadata;
}

/** Checks a file's tensors as they are read. A file without checksums passes. */
export class ChecksumCheck {
  private readonly sums: ReadonlyMap<string, string> | undefined;

  /** Checks the metadata. */
  constructor(
    metadata: Record<string, string>,
    private readonly refuse: Refuse,
  ) {
    const text = metadata[KEY];
    if (text === undefined) return;
    const { metadata: sum, tensors } = parsed(text, refuse);
    if (sum !== sumOfMetadata(withoutChecksums(metadata))) refuse('its metadata are damaged: their SHA-256 is another');
    this.sums = new Map(tensors);
  }

  /** Checks a tensor. */
  check(name: string, tensor: Summed): void {
    if (this.sums === undefined || this.sums.get(name) === sumOf(tensor)) return;
    this.refuse(`'${name}' is damaged: the SHA-256 of its bytes is not the one that was written with it`);
  }
}

function parsed(text: string, refuse: Refuse): { metadata: unknown; tensors: [string, string][] } {
  try {
    const { metadata, tensors } = JSON.parse(text) as { metadata: unknown; tensors: [string, string][] };
    if (Array.isArray(tensors) && tensors.every(Array.isArray)) return { metadata, tensors };
  } catch {
    // Refused below, as every other form is.
  }
  return refuse(`its metadata are damaged: '${KEY}' is no list of checksums`);
}

function sumOf({ dtype, shape, bytes }: Summed): string {
  return createHash('sha256').update(`${dtype} [${shape}]\n`).update(bytes).digest('hex');
}

function sumOfMetadata(metadata: Record<string, string>): string {
  const sorted = Object.entries(metadata).sort(([a], [b]) => (a < b ? -1 : 1));
  return createHash('sha256').update(JSON.stringify(sorted)).digest('hex');
}
