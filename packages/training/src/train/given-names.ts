/** Names that tf.layers gives layers and models without one. It numbers them anew in every process. */

/** `dense_Dense12`; the halves of a Bidirectional are `forward_lstm_LSTM3` and `backward_lstm_LSTM3`. */
const LAYER = /^((?:forward_|backward_)?)([a-z0-9_]+)_([A-Z][A-Za-z0-9]*?)\d+$/;

/** `sequential_7`, `model3`, and so on for classes of models. */
const MODEL = /^([a-z][a-z0-9]*?)_?\d+$/;

/** What models are called without a name, before the number. */
const MODELS: ReadonlySet<string> = new Set(['sequential', 'model', 'functional']);

/**
 * What a given name is without its number: `dense` of `dense_Dense12`; undefined for a name of the user's.
 *
 * @param models lower-case names of the user's own classes of models
 */
function withoutNumber(name: string, models: ReadonlySet<string> = new Set()): string | undefined {
  const [, way = '', prefix, className] = LAYER.exec(name) ?? [];
  if (prefix !== undefined && prefix.replaceAll('_', '') === className?.toLowerCase()) return `${way}${prefix}`;
  const model = MODEL.exec(name)?.[1];
  return model !== undefined && (MODELS.has(model) || models.has(model)) ? model : undefined;
}

/** A path with given names numbered by their first use, so that it is the same in every process. */
export class SteadyNames {
  private readonly names = new Map<string, string>();
  private readonly counts = new Map<string, number>();

  constructor(private readonly models: ReadonlySet<string> = new Set()) {}

  of(path: string): string {
    return path
      .split('/')
      .map((segment) => this.steady(segment))
      .join('/');
  }

  private steady(segment: string): string {
    const kind = withoutNumber(segment, this.models);
    if (kind === undefined) return segment;
    let name = this.names.get(segment);
    if (name === undefined) {
      const count = (this.counts.get(kind) ?? 0) + 1;
      this.counts.set(kind, count);
      name = `${kind}#${count}`;
      this.names.set(segment, name);
    }
    return name;
  }
}

/** Those of some paths that have a given name in them. */
export function givenPaths(paths: readonly string[]): string[] {
  return paths.filter((path) => path.split('/').some((segment) => withoutNumber(segment) !== undefined));
}
