/** What a layer of Keras computes otherwise than tf.layers' of the same name. */

type Config = Readonly<Record<string, unknown>>;

/** An option with which tf.layers computes something else, and the values with which it does not. */
interface Difference {
  readonly option: string;
  /** Layers with the option; undefined: any. */
  readonly layers?: readonly string[];
  readonly same: (value: unknown) => boolean;
  /** Only Keras 3 has it so. */
  readonly onlyKeras3?: boolean;
}

const isOff = (value: unknown): boolean => value === undefined || value === null || value === false || value === 0;
const isOne = (value: unknown): boolean => value === undefined || value === 1;

const DIFFERENCES: readonly Difference[] = [
  { option: 'groups', same: isOne },
  { option: 'negative_slope', layers: ['ReLU'], same: isOff },
  { option: 'threshold', layers: ['ReLU'], same: isOff },
  { option: 'rms_scaling', same: isOff },
  { option: 'renorm', same: isOff },
  { option: 'keepdims', same: isOff },
  { option: 'lora_rank', same: isOff },
  { option: 'quantization_config', same: isOff },
  { option: 'reset_after', same: isOff },
  // Keras 3 has relu6(x + 3) / 6, tf.layers clip(0.2 x + 0.5).
  ...['activation', 'recurrent_activation'].map((option) => ({
    option,
    same: (value: unknown) => value !== 'hard_sigmoid',
    onlyKeras3: true,
  })),
];

/**
 * Refuses a layer that tf.layers would compute otherwise.
 *
 * @param layer `layer 'conv1'`
 * @param isKeras3 whether Keras 3 wrote it
 * @throws RangeError naming the layer, the option and its value
 */
export function checkLayer(className: string, config: Config, layer: string, isKeras3: boolean): void {
  for (const { option, layers, same, onlyKeras3 } of DIFFERENCES) {
    if (onlyKeras3 && !isKeras3) continue;
    if ((layers !== undefined && !layers.includes(className)) || same(config[option])) continue;
    throw new RangeError(
      `loadModel: ${layer}, a ${className}, has ${option} = ${JSON.stringify(config[option])}, ` +
        'with which Keras computes something that tf.layers does not',
    );
  }
}

/**
 * Refuses what tf.layers would compute otherwise in a topology that it reads itself: Keras 2's.
 *
 * @throws RangeError naming the layer, the option and its value
 */
export function checkTopology(topology: unknown): void {
  if (typeof topology !== 'object' || topology === null) return;
  const { class_name, config, model_config } = topology as Readonly<Record<string, unknown>>;
  if (model_config !== undefined) checkTopology(model_config);
  if (typeof config !== 'object' || config === null) return;
  const { name, layers, layer } = config as Config;
  if (typeof class_name === 'string') checkLayer(class_name, config as Config, `layer '${name}'`, false);
  for (const inner of [Array.isArray(layers) ? layers : [], layer].flat()) checkTopology(inner);
}
