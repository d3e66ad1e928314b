import { type Granularity, targetedDropoutTransform, type WeightTransform } from '@winnow/ops';

/** Values of a method's hyperparameters by name. */
export type Hyperparameters = Record<string, number | string | boolean>;

/** What a method is told about the run that it is made for. */
export interface MethodContext {
  granularity: Granularity;
  seed: number;
  /** Steps of the whole run; schedules scale with it. */
  totalSteps: number;
}

/** A method of sparse training as the command line and experiments know it. */
export interface Method {
  readonly name: string;
  /** One line for lists. */
  readonly summary: string;
  /** Every hyperparameter with its default. */
  readonly defaults: Hyperparameters;
  /** The transform to train with; undefined for none. */
  create(hyperparameters: Hyperparameters, context: MethodContext): WeightTransform | undefined;
}

const none: Method = {
  name: 'none',
  summary: 'plain training; the network is pruned afterwards by magnitude',
  defaults: {},
  create: () => undefined,
};

const targetedDropout: Method = {
  name: 'targeted-dropout',
  summary: 'drops the weights of lowest magnitude at random while training (Gomez et al., arXiv 1905.13678)',
  defaults: { gamma: 0.9, alpha: 0.95, ramp: 0.5 },
  create({ gamma, alpha, ramp }, { granularity, seed, totalSteps }) {
    const isRamping = (ramp as number) > 0;
    return targetedDropoutTransform({
      targetFraction: gamma as number,
      dropRate: alpha as number,
      granularity,
      seed,
      // γ and α reach their values at 2T, which is this fraction of the run.
      ...(isRamping && { rampSteps: Math.max(1, Math.round(((ramp as number) * totalSteps) / 2)) }),
    });
  },
};

/** All methods by name. To add one, list it here. */
export const methods: ReadonlyMap<string, Method> = new Map(
  [none, targetedDropout].map((method) => [method.name, method]),
);

/**
 * The hyperparameters of a method with those given in place of their defaults.
 *
 * @throws RangeError if the method or a hyperparameter is unknown, or a number is outside [0, 1]
 */
export function resolveMethod(
  name: string,
  given: Hyperparameters,
): { method: Method; hyperparameters: Hyperparameters } {
  const method = methods.get(name);
  if (!method) throw new RangeError(`method must be one of ${[...methods.keys()].join(', ')}, got '${name}'`);
  for (const [key, value] of Object.entries(given)) {
    const standard = method.defaults[key];
    if (standard === undefined) {
      const known = Object.keys(method.defaults).join(', ') || 'no hyperparameters';
      throw new RangeError(`${name}: there is no hyperparameter '${key}'; it has ${known}`);
    }
    if (typeof value !== typeof standard) {
      throw new TypeError(`${name}: ${key} must be a ${typeof standard}, got '${value}'`);
    }
    if (typeof value === 'number' && !(value >= 0 && value <= 1)) {
      throw new RangeError(`${name}: ${key} must be in [0, 1], got ${value}`);
    }
  }
  return { method, hyperparameters: { ...method.defaults, ...given } };
}
