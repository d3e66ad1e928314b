/**
 * Turns good arguments into bad ones: wrong numbers and types, memory that is shared, gone or elsewhere, getters that
 * lie.
 */

import type { Random } from './random.js';

type Floats = Float32Array | Int32Array | Uint8Array | Uint16Array;

const NUMBERS = [
  ...[0, -0, 1, -1, 0.5, 2, 3, 255, 256, 257, 2 ** 16, 2 ** 24, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 1, 2 ** 32],
  ...[2 ** 34, 2 ** 53 - 1, 2 ** 53, 2 ** 62, 2 ** 63, 2 ** 64, 1e300, Number.NaN, Infinity, -Infinity, -(2 ** 31)],
];

const OTHERS: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => 'global',
  () => '3',
  () => 3n,
  () => Symbol('s'),
  () => ({}),
  () => [],
  () => new Array(2 ** 32 - 1),
  () => [[]],
  () => () => 3,
  () => Object.create(null),
  () => Object.create(Float32Array.prototype),
  () => new Float64Array(3),
  () => new DataView(new ArrayBuffer(8)),
  () => new ArrayBuffer(8),
  () => new Float32Array(0),
  () => Buffer.from('abc'),
];

/** Memory that another thread writes to all the time. */
export const scribbled = new SharedArrayBuffer(2 ** 20);

const isView = (value: unknown): value is Floats => ArrayBuffer.isView(value) && !(value instanceof DataView);

/** Literals: a matrix whose readonly fields somebody overwrites is no matrix any more. */
function isPlain(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === Array.prototype;
}

/** Changes `args` at a few places, in place where they are objects of this call. */
export function makeHostile(random: Random, args: unknown[]): unknown[] {
  for (let changes = 1 + random.below(3); changes > 0; changes--) spoilEntry(random, args, viewsIn(args));
  if (random.chance(0.05)) args.length = random.below(args.length + 1);
  return args;
}

function viewsIn(value: unknown, depth = 0): Floats[] {
  if (isView(value)) return [value];
  if (depth > 3 || typeof value !== 'object' || value === null) return [];
  return Object.values(Object.getOwnPropertyDescriptors(value)).flatMap((property) =>
    viewsIn(property.value, depth + 1),
  );
}

/** Replaces one entry of an array or object, or one further down. */
function spoilEntry(random: Random, holder: object, views: readonly Floats[]): void {
  const keys = Object.keys(holder);
  if (keys.length === 0 || Object.isFrozen(holder) || isView(holder)) return;
  const key = random.pick(keys) as keyof typeof holder;
  const property = Object.getOwnPropertyDescriptor(holder, key);
  if (property === undefined || !('value' in property) || !property.configurable) return;
  const value: unknown = property.value;
  if (isPlain(value) && random.chance(0.8)) {
    spoilEntry(random, value, views);
    return;
  }
  if (random.chance(0.15)) {
    // Reflect: the holder may be a typed array behind a proxy, which takes no getter.
    Reflect.defineProperty(holder, key, { get: lyingGetter(random, value, views), configurable: true });
    return;
  }
  if (random.chance(0.03)) Reflect.deleteProperty(holder, key);
  else Reflect.defineProperty(holder, key, { ...property, value: spoil(random, value, views) });
}

/** Runs in the middle of reading the arguments: gives other values, or takes the memory of arrays away. */
function lyingGetter(random: Random, value: unknown, views: readonly Floats[]): () => unknown {
  const victim = views.length > 0 ? random.pick(views) : undefined;
  const other = spoil(random, value, views);
  const [detaches, alternates] = [random.chance(0.5), random.chance(0.5)];
  let reads = 0;
  return () => {
    if (detaches && victim?.buffer instanceof ArrayBuffer) detach(victim.buffer);
    return alternates && reads++ % 2 === 1 ? other : value;
  };
}

function spoil(random: Random, value: unknown, views: readonly Floats[]): unknown {
  if (random.chance(0.1)) return random.pick(OTHERS)();
  if (typeof value === 'number' || value === undefined) {
    return random.chance(0.5) && typeof value === 'number' ? value + random.pick([-1, 1, 0.5]) : random.pick(NUMBERS);
  }
  if (typeof value === 'boolean') return random.chance(0.5) ? !value : random.pick(NUMBERS);
  if (isView(value)) return spoilView(random, value, views);
  return random.pick(OTHERS)();
}

function spoilView(random: Random, view: Floats, views: readonly Floats[]): unknown {
  const Type = view.constructor as new (buffer: ArrayBufferLike | number, offset?: number, length?: number) => Floats;
  // Detached already, or empty: nothing to copy.
  if (view.length === 0) return new Type(random.below(2));
  switch (random.below(9)) {
    case 0:
      return new (random.pick([Float64Array, Int32Array, Uint32Array, Uint16Array, Uint8Array, Float32Array]))(
        view.length,
      );
    case 1:
      return new Type(Math.max(0, view.length + random.pick([-1, 1])));
    case 2: {
      // Over memory that changes under way.
      if (view.byteLength + 64 > scribbled.byteLength) return view;
      const shared = new Type(scribbled, 16 * random.below(4), view.length);
      shared.set(view);
      return shared;
    }
    case 3: {
      const shared = new Type(new SharedArrayBuffer(view.byteLength));
      shared.set(view);
      return shared;
    }
    case 4:
      if (view.buffer instanceof ArrayBuffer) detach(view.buffer);
      return view;
    case 5: {
      // Follows the length of its buffer, which shrinks.
      const Resizable = ArrayBuffer as unknown as new (size: number, options: object) => ArrayBuffer;
      const buffer = new Resizable(view.byteLength, { maxByteLength: view.byteLength + 64 });
      const tracking = random.chance(0.5) ? new Type(buffer) : new Type(buffer, 0, view.length);
      const resizable = buffer as unknown as { resize(size: number): void };
      if (random.chance(0.7)) resizable.resize(random.chance(0.5) ? 0 : Math.floor(view.byteLength / 2));
      return tracking;
    }
    case 6:
      return new Proxy(view, {});
    case 7: {
      // The memory of another argument.
      const other = views.length > 0 ? random.pick(views) : view;
      const offset = Math.floor(other.byteOffset / 4) * 4;
      return offset + view.byteLength <= other.buffer.byteLength ? new Type(other.buffer, offset, view.length) : view;
    }
    default: {
      // Wrong contents: indices out of range, NaN.
      if (view.length > 0) view[random.below(view.length)] = random.pick(NUMBERS);
      return view;
    }
  }
}

function detach(buffer: ArrayBuffer): void {
  if (buffer.byteLength === 0) return;
  try {
    structuredClone(null, { transfer: [buffer] });
  } catch (error) {
    // Node lends memory of its own, such as a Buffer's; newer ones do not let it go.
    if (!(error instanceof DOMException && error.name === 'DataCloneError')) throw error;
  }
}
