import { tf } from '@winnow/tensorflow';

/** Moves variables along gradients and keeps what it needs for that. */
export interface Optimizer {
  readonly name: string;
  /** Moves all variables by one step; gradients[i] belongs to variables[i]; the caller keeps ownership of the gradients. */
  step(variables: readonly tf.Variable[], gradients: readonly tf.Tensor[], learningRate: number): void;
  /** Everything a checkpoint needs, by name (`momentum/<variable>`, `step`); owned by the optimizer. */
  state(): ReadonlyMap<string, tf.Tensor>;
  /** Puts back what state() gave; copies. */
  restore(state: ReadonlyMap<string, tf.Tensor>): void;
  dispose(): void;
}

/** Options of stochastic gradient descent. */
export interface SgdOptions {
  momentum?: number;
  nesterov?: boolean;
  weightDecay?: number;
  decoupled?: boolean;
  decayed?: (variable: tf.Variable) => boolean;
  clipNorm?: number;
}

/** Stochastic gradient descent from tfjs operations. */
export function sgd(options: SgdOptions = {}): Optimizer {
  const { momentum = 0.9, nesterov = false, weightDecay = 0, decoupled = false, clipNorm } = options;
  const isDecayed = options.decayed ?? ((variable: tf.Variable) => variable.rank >= 2);
  const velocities = new Map<string, tf.Variable>();
  const velocityOf = (variable: tf.Variable) => {
    let velocity = velocities.get(variable.name);
    if (velocity === undefined) {
      velocity = tf.tidy(() => tf.variable(tf.zeros(variable.shape), false));
      velocities.set(variable.name, velocity);
    }
    return velocity;
  };
  return {
    name: 'sgd',
    step(variables, gradients, learningRate) {
      tf.tidy(() => {
        const decays = variables.map((variable) => weightDecay > 0 && isDecayed(variable));
        const total = variables.map((variable, i) => {
          const gradient = gradients[i] as tf.Tensor;
          return decays[i] && !decoupled ? tf.add(gradient, tf.mul(variable, weightDecay)) : gradient;
        });
        const factor = clipNorm === undefined ? undefined : clipFactor(total, clipNorm);
        variables.forEach((variable, i) => {
          tf.tidy(() => {
            const gradient = factor ? tf.mul(total[i] as tf.Tensor, factor) : (total[i] as tf.Tensor);
            const velocity = velocityOf(variable);
            velocity.assign(tf.add(tf.mul(velocity, momentum), gradient));
            const direction = nesterov ? tf.add(gradient, tf.mul(velocity, momentum)) : velocity;
            const kept = decays[i] && decoupled ? tf.mul(variable, 1 - learningRate * weightDecay) : variable;
            variable.assign(tf.sub(kept, tf.mul(direction, learningRate)));
          });
        });
      });
    },
    state: () => new Map([...velocities].map(([name, velocity]) => [`momentum/${name}`, velocity])),
    restore(state) {
      for (const [name, value] of state) {
        const variable = name.slice('momentum/'.length);
        velocities.get(variable)?.dispose();
        velocities.set(
          variable,
          tf.tidy(() => tf.variable(tf.clone(value), false)),
        );
      }
    },
    dispose() {
      for (const velocity of velocities.values()) velocity.dispose();
      velocities.clear();
    },
  };
}

function clipFactor(gradients: readonly tf.Tensor[], maximum: number): tf.Tensor {
  const norm = tf.sqrt(tf.addN(gradients.map((gradient) => tf.sum(tf.square(gradient)))));
  return tf.minimum(1, tf.div(maximum, tf.add(norm, 1e-12)));
}
