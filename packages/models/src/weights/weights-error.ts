/** What keeps weights from being imported. */
export interface WeightFaults {
  /** Tensors that variables need and the source lacks. */
  readonly missing: readonly string[];
  /** Tensors of the source that no variable needs. */
  readonly unexpected: readonly string[];
  /** Tensors with another shape or type than their variable. */
  readonly misshapen: readonly string[];
}

/** Weights do not fit; the message lists every fault. */
export class WeightsError extends RangeError implements WeightFaults {
  override readonly name = 'WeightsError';
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly string[];

  constructor(op: string, { missing, unexpected, misshapen }: WeightFaults) {
    const parts = Object.entries({ missing, unexpected, misshapen }).filter(([, list]) => list.length > 0);
    const lines = parts.map(([kind, list]) => `\n  ${kind} (${list.length}): ${list.join('; ')}`);
    super(`${op}: the weights do not fit the model, nothing was changed${lines.join('')}`);
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
  }
}
