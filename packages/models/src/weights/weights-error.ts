/** The reasons why weights cannot be imported. */
export interface WeightFaults {
  /** Tensors that a variable needs but the source lacks. */
  readonly missing: readonly string[];
  /** Tensors of the source that belong to no variable. */
  readonly unexpected: readonly string[];
  /** Tensors whose shape or type differs from the variable's. */
  readonly misshapen: readonly string[];
  /** Variables whose form in the source's layout is not known, and why. */
  readonly unknown: readonly string[];
}

/** The weights do not fit the model. The message lists every fault. */
export class WeightsError extends RangeError implements WeightFaults {
  override readonly name = 'WeightsError';
  readonly missing: readonly string[];
  readonly unexpected: readonly string[];
  readonly misshapen: readonly string[];
  readonly unknown: readonly string[];

  constructor(op: string, { missing, unexpected, misshapen, unknown }: WeightFaults) {
    const parts = Object.entries({ missing, unexpected, misshapen, unknown }).filter(([, list]) => list.length > 0);
    const lines = parts.map(([kind, list]) => `\n  ${kind} (${list.length}): ${list.join('; ')}`);
    super(`${op}: the weights do not fit the model, nothing was changed${lines.join('')}`);
    this.missing = missing;
    this.unexpected = unexpected;
    this.misshapen = misshapen;
    this.unknown = unknown;
  }
}
