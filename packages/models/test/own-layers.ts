/** Layer classes as users write them, registered for saving and loading. */

import { tf } from '@winnow/tensorflow';

type Inputs = tf.Tensor | tf.Tensor[];

/** The single tensor that a layer is given, alone or in a list. */
export const only = (inputs: Inputs) => (Array.isArray(inputs) ? inputs[0]! : inputs);

const { layers } = tf;
const classOf = (layer: tf.layers.Layer) =>
  Object.getPrototypeOf(layer).constructor as new (
    args: object,
  ) => tf.layers.Layer;

/** The class of stock dense layers. */
export const Dense = classOf(layers.dense({ units: 1 }));

/** A subclass of a stock layer, with weights and configuration of its own kind. */
export class DoubledDense extends Dense {
  static className = 'DoubledDense';
  override call(inputs: Inputs, kwargs: object) {
    return tf.mul(super.call(inputs, kwargs) as tf.Tensor, 2);
  }
}

export class HalvedConv2D extends classOf(layers.conv2d({ filters: 1, kernelSize: 1 })) {
  static className = 'HalvedConv2D';
  override call(inputs: Inputs, kwargs: object) {
    return tf.mul(super.call(inputs, kwargs) as tf.Tensor, 0.5);
  }
}

/** A layer that holds a dense one. */
export class Holding extends tf.layers.Layer {
  static className = 'Holding';
  readonly held: tf.layers.Layer;
  protected readonly units: number;

  constructor(args: { name?: string; units: number }) {
    super(args);
    this.units = args.units;
    this.held = this.makeHeld();
  }
  protected makeHeld(): tf.layers.Layer {
    return layers.dense({ units: this.units, name: 'held', activation: 'tanh' });
  }
  override build(shape: tf.Shape) {
    this.held.build(shape);
    this.trainableWeights = this.held.trainableWeights;
    super.build(shape);
  }
  override computeOutputShape(shape: tf.Shape) {
    return [...shape.slice(0, -1), this.units];
  }
  override call(inputs: Inputs): tf.Tensor {
    return this.held.apply(only(inputs)) as tf.Tensor;
  }
  override getConfig() {
    return { ...super.getConfig(), units: this.units };
  }
}

/** A layer with a kernel of its own, and one that nobody names. */
export class Mixing extends tf.layers.Layer {
  static className = 'Mixing';
  private mix!: tf.LayerVariable;
  private shift!: tf.LayerVariable;
  override build(shape: tf.Shape) {
    const size = shape.at(-1) as number;
    const normal = tf.initializers.glorotNormal({ seed: 3 });
    this.mix = this.addWeight('mix', [size, size], 'float32', normal);
    this.shift = this.addWeight('shift', [1, size], 'float32', normal);
    super.build(shape);
  }
  override call(inputs: Inputs): tf.Tensor {
    const mixed = tf.matMul(only(inputs) as tf.Tensor2D, this.mix.read() as tf.Tensor2D);
    return tf.add(mixed, this.shift.read());
  }
}

for (const made of [DoubledDense, HalvedConv2D, Holding, Mixing]) tf.serialization.registerClass(made as never);
