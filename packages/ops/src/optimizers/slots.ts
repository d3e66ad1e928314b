import * as tf from '@tensorflow/tfjs';

/** Tensors by the names of the variables they belong to, such as an optimizer's momenta. */
export class Slots {
  private readonly tensors = new Map<string, tf.Tensor>();

  /** @param prefix prefix of the names in a checkpoint, such as `momentum` */
  constructor(readonly prefix: string) {}

  /**
   * The slots of some variables; new ones are zero.
   *
   * @throws RangeError if the shape of a restored slot differs from its variable's
   */
  of(op: string, variables: readonly tf.Variable[]): tf.Tensor[] {
    for (const { name, shape } of variables) {
      const slot = this.tensors.get(name);
      if (slot === undefined || tf.util.arraysEqual(slot.shape, shape)) continue;
      throw new RangeError(
        `${op}: ${this.prefix} of variable '${name}' must have its shape [${shape}], got [${slot.shape}]`,
      );
    }
    return variables.map(({ name, shape }) => {
      let slot = this.tensors.get(name);
      if (slot === undefined) {
        slot = tf.keep(tf.zeros(shape));
        this.tensors.set(name, slot);
      }
      return slot;
    });
  }

  /** Sets a variable's slot and takes ownership of `tensor`. */
  set(name: string, tensor: tf.Tensor): void {
    this.tensors.get(name)?.dispose();
    this.tensors.set(name, tf.keep(tensor));
  }

  /** Sets the entries of a variable's slot to zero where `entries` is true; without a slot there is nothing to do. */
  clear(name: string, entries: tf.Tensor): void {
    const slot = this.tensors.get(name);
    // Not a product: a slot may hold infinities, which times zero are NaN.
    if (slot !== undefined)
      this.set(
        name,
        tf.tidy(() => tf.where(entries, tf.zerosLike(slot), slot)),
      );
  }

  /** `[prefix/variable, tensor]` for every slot. */
  *entries(): Iterable<[string, tf.Tensor]> {
    for (const [name, tensor] of this.tensors) yield [`${this.prefix}/${name}`, tensor];
  }

  dispose(): void {
    tf.dispose([...this.tensors.values()]);
    this.tensors.clear();
  }
}

/**
 * Restores slots from a checkpoint's tensors, after checking all of them.
 *
 * @param scalars other names that may occur
 */
export function restoreSlots(
  op: string,
  state: ReadonlyMap<string, tf.Tensor>,
  slots: readonly Slots[],
  scalars: readonly string[] = [],
): void {
  if (!(state instanceof Map)) throw new TypeError(`${op}: state must be a Map of names to tensors, got ${state}`);
  const found: [Slots, string, tf.Tensor][] = [];
  for (const [name, tensor] of state as ReadonlyMap<string, tf.Tensor>) {
    if (scalars.includes(name)) continue;
    const slot = slots.find(({ prefix }) => name.startsWith(`${prefix}/`));
    if (slot === undefined) {
      const expected = [...slots.map(({ prefix }) => `${prefix}/<variable>`), ...scalars].join(', ') || 'nothing';
      throw new RangeError(`${op}: state must hold ${expected} alone, got '${name}'`);
    }
    if (!(tensor instanceof tf.Tensor) || tensor.dtype !== 'float32') {
      throw new TypeError(`${op}: state '${name}' must be a float32 tensor`);
    }
    found.push([slot, name.slice(slot.prefix.length + 1), tensor]);
  }
  const copies = found.map(([slot, name, tensor]) => [slot, name, copy(tensor)] as const);
  for (const slot of slots) slot.dispose();
  for (const [slot, name, tensor] of copies) slot.set(name, tensor);
}

/** The same tensor as a new handle. Tensors are immutable, so the memory can be shared. */
function copy(tensor: tf.Tensor): tf.Tensor {
  return tf.keep(tf.clone(tensor));
}
