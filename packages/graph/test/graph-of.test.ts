import * as tf from '@tensorflow/tfjs';
import { allNodes, type Graph, type GraphNode, graphOf, STOCK_LAYERS } from '@winnow/graph';
import { describe, expect, it } from 'vitest';

const { layers } = tf;
type Tensor = tf.SymbolicTensor;

const edges = (node: GraphNode) => node.inputs.map(({ node: id, output }) => (output === 0 ? id : `${id}:${output}`));
/** `id <- inputs` of every node, those within wrappers indented. */
const outline = ({ nodes }: Pick<Graph, 'nodes'>, indent = ''): string[] =>
  nodes.flatMap((node) => [
    `${indent}${node.id}${node.inputs.length > 0 ? ` <- ${edges(node).join(', ')}` : ''}`,
    ...(node.inner ? outline(node.inner, `${indent}  `) : []),
  ]);
const nodeOf = (graph: Graph, id: string) =>
  allNodes(graph)
    .map(({ node }) => node)
    .find((node) => node.id === id) as GraphNode;
const weightsOf = (graph: Graph, id: string) =>
  graph.layers.find((layer) => layer.id === id)?.weights.map(({ role, shape }) => `${role} [${shape}]`);

describe('a functional model', () => {
  const a = tf.input({ shape: [8, 8, 3], name: 'image' });
  const b = tf.input({ shape: [4], name: 'extra' });
  const conv = layers.conv2d({ filters: 4, kernelSize: 3, name: 'conv', strides: 2 }).apply(a) as Tensor;
  const norm = layers.batchNormalization({ name: 'norm' }).apply(conv) as Tensor;
  const pooled = layers.globalAveragePooling2d({ name: 'pool' } as never).apply(norm) as Tensor;
  const joined = layers.concatenate({ name: 'join' }).apply([b, pooled]) as Tensor;
  const logits = layers.dense({ units: 2, name: 'logits' }).apply(joined) as Tensor;
  const model = tf.model({ inputs: [a, b], outputs: [logits, norm], name: 'two' });
  const graph = graphOf(model);

  it('becomes nodes with edges, in an order in which they can run', () => {
    expect(outline(graph)).toEqual([
      'image',
      'extra',
      'conv <- image',
      'norm <- conv',
      'pool <- norm',
      'join <- extra, pool',
      'logits <- join',
    ]);
    expect(graph.name).toBe('two');
    expect(graph.inputs.map(({ node }) => node)).toEqual(['image', 'extra']);
    expect(graph.outputs).toEqual([
      { node: 'logits', output: 0 },
      { node: 'norm', output: 0 },
    ]);
    expect(graph.models).toEqual([]);
  });

  it('has shapes with an open batch, options, and the source of every layer', () => {
    const node = nodeOf(graph, 'conv');
    expect(node.inputShapes).toEqual([[null, 8, 8, 3]]);
    expect(node.outputShapes).toEqual([[null, 3, 3, 4]]);
    expect(node.layer).toMatchObject({ kind: 'Conv2D', className: 'Conv2D', path: 'conv' });
    expect(node.layer.config).toMatchObject({ strides: [2, 2], filters: 4 });
    expect(node.layer.source).toBe(model.getLayer('conv'));
    expect(graph.layers.map(({ id }) => id).sort()).toEqual(model.layers.map(({ name }) => name).sort());
  });

  it('has the variables themselves, with what they are', () => {
    expect(weightsOf(graph, 'conv')).toEqual(['kernel [3,3,3,4]', 'bias [4]']);
    expect(weightsOf(graph, 'norm')).toEqual(['gamma [4]', 'beta [4]', 'movingMean [4]', 'movingVariance [4]']);
    const { weights } = nodeOf(graph, 'norm').layer;
    expect(weights.map(({ trainable }) => trainable)).toEqual([true, true, false, false]);
    const [kernel] = nodeOf(graph, 'conv').layer.weights;
    expect(kernel).toMatchObject({ name: 'kernel', size: 108, dtype: 'float32' });
    expect(kernel?.read()).toBe(model.getLayer('conv').weights[0]?.read());
  });

  it('calls the weights of a frozen layer not trainable', () => {
    const frozen = tf.sequential({ layers: [layers.dense({ units: 2, inputShape: [3], name: 'd' })] });
    (frozen.getLayer('d') as tf.layers.Layer).trainable = false;
    expect(
      graphOf(frozen)
        .layers.at(-1)
        ?.weights.map(({ trainable }) => trainable),
    ).toEqual([false, false]);
  });
});

describe('nested models', () => {
  /** Called twice by the model around it; its own nested model begins it. */
  const core = tf.sequential({
    name: 'core',
    layers: [layers.dense({ units: 4, inputShape: [4], name: 'a' }), layers.reLU({ name: 'r' })],
  });
  const open = tf.input({ shape: [null, 4], name: 'open' });
  const along = tf.model({
    inputs: open,
    outputs: layers.dense({ units: 5, name: 'each' }).apply(open) as Tensor,
    name: 'along',
  });
  const x = tf.input({ shape: [4], name: 'x' });
  const once = core.apply(x) as Tensor;
  const twice = core.apply(once) as Tensor;
  const sequence = layers.reshape({ targetShape: [1, 4], name: 'sequence' }).apply(twice) as Tensor;
  const inner = tf.model({ inputs: x, outputs: along.apply(sequence) as Tensor, name: 'inner' });
  const y = tf.input({ shape: [4], name: 'y' });
  const model = tf.model({ inputs: y, outputs: inner.apply(y) as Tensor });
  const graph = graphOf(model);

  it('are flattened, with paths; a second call is a node of its own that refers to the same layer', () => {
    expect(outline(graph)).toEqual([
      'y',
      'inner/core/a <- y',
      'inner/core/r <- inner/core/a',
      'inner/core/a#1 <- inner/core/r',
      'inner/core/r#1 <- inner/core/a#1',
      'inner/sequence <- inner/core/r#1',
      'inner/along/each <- inner/sequence',
    ]);
    const [first, second] = [nodeOf(graph, 'inner/core/a'), nodeOf(graph, 'inner/core/a#1')];
    expect(second.layer).toBe(first.layer);
    expect([first.call, second.call]).toEqual([0, 1]);
    expect(graph.layers.filter(({ id }) => id === 'inner/core/a')).toHaveLength(1);
    expect(graph.outputs).toEqual([{ node: 'inner/along/each', output: 0 }]);
  });

  it('are recorded as calls, inner ones first', () => {
    expect(graph.models.map(({ id, className }) => `${id}: ${className}`)).toEqual([
      'inner/core: Sequential',
      'inner/core#1: Sequential',
      'inner/along: Model',
      'inner: Model',
    ]);
    expect(graph.models[1]).toMatchObject({
      path: 'inner/core',
      inputs: [{ node: 'inner/core/r', output: 0 }],
      outputs: [{ node: 'inner/core/r#1', output: 0 }],
    });
    expect(nodeOf(graph, 'inner/core/a#1').model).toBe('inner/core#1');
    expect(nodeOf(graph, 'inner/sequence').model).toBe('inner');
    expect(nodeOf(graph, 'y').model).toBe('');
  });

  it('have the shapes that they are called with, where they leave them open themselves', () => {
    expect(nodeOf(graph, 'inner/along/each').inputShapes).toEqual([[null, 1, 4]]);
    expect(nodeOf(graph, 'inner/along/each').outputShapes).toEqual([[null, 1, 5]]);
  });

  it('are one node each with nested: keep', () => {
    const kept = graphOf(model, { nested: 'keep' });
    expect(outline(kept)).toEqual([
      'y',
      'inner <- y',
      '  inner/core <- y',
      '    inner/core/a <- y',
      '    inner/core/r <- inner/core/a',
      '  inner/core#1 <- inner/core',
      '    inner/core/a#1 <- inner/core',
      '    inner/core/r#1 <- inner/core/a#1',
      '  inner/sequence <- inner/core#1',
      '  inner/along <- inner/sequence',
      '    inner/along/each <- inner/sequence',
    ]);
    expect(nodeOf(kept, 'inner').layer).toMatchObject({ kind: 'Model', weights: [] });
    expect(nodeOf(kept, 'inner').inner).toMatchObject({ outputs: [{ node: 'inner/along', output: 0 }], runs: 1 });
    expect(kept.models).toEqual([]);
  });

  it('may begin a Sequential, which does not call them', () => {
    const first = tf.sequential({ name: 'first', layers: [layers.dense({ units: 3, inputShape: [2], name: 'a' })] });
    const outer = tf.sequential({ name: 'outer', layers: [first, layers.dense({ units: 1, name: 'b' })] });
    expect(outline(graphOf(outer))).toEqual(['a_input', 'first/a <- a_input', 'b <- first/a']);
    expect(graphOf(outer).models).toMatchObject([{ id: 'first' }]);
    expect(outline(graphOf(outer, { nested: 'keep' }))).toEqual([
      'a_input',
      'first <- a_input',
      '  first/a <- a_input',
      'b <- first',
    ]);
  });

  it('may have several inputs and outputs', () => {
    const p = tf.input({ shape: [2], name: 'p' });
    const q = tf.input({ shape: [3], name: 'q' });
    const left = layers.dense({ units: 3, name: 'left' }).apply(p) as Tensor;
    const sum = layers.add({ name: 'sum' }).apply([left, q]) as Tensor;
    const pair = tf.model({ inputs: [p, q], outputs: [sum, left], name: 'pair' });
    const [u, v] = [tf.input({ shape: [3], name: 'u' }), tf.input({ shape: [2], name: 'v' })];
    const [first, second] = pair.apply([v, u]) as [Tensor, Tensor];
    const outer = tf.model({
      inputs: [u, v],
      outputs: layers.multiply({ name: 'end' }).apply([second, first]) as Tensor,
    });
    const flat = graphOf(outer);
    expect(outline(flat)).toEqual([
      'u',
      'v',
      'pair/left <- v',
      'pair/sum <- pair/left, u',
      'end <- pair/left, pair/sum',
    ]);
    expect(flat.models).toMatchObject([
      { inputs: [{ node: 'v' }, { node: 'u' }], outputs: [{ node: 'pair/sum' }, {}] },
    ]);
    expect(outline(graphOf(outer, { nested: 'keep' }))).toEqual([
      'u',
      'v',
      'pair <- v, u',
      '  pair/left <- v',
      '  pair/sum <- pair/left, u',
      'end <- pair:1, pair',
    ]);
  });

  it('give the same graph when they are loaded from JSON', async () => {
    const loaded = await tf.models.modelFromJSON(model.toJSON(null, false) as never);
    expect(outline(graphOf(loaded))).toEqual(outline(graph));
    expect(weightsOf(graphOf(loaded), 'inner/core/a')).toEqual(['kernel [4,4]', 'bias [4]']);
  });

  it('may have a layer that is named as a path', () => {
    const x = tf.input({ shape: [2], name: 'x' });
    const inner = tf.model({ inputs: x, outputs: layers.reLU({ name: 'b' }).apply(x) as Tensor, name: 'a' });
    const y = layers.reLU({ name: 'a/b' }).apply(inner.apply(x) as Tensor) as Tensor;
    expect(outline(graphOf(tf.model({ inputs: x, outputs: y })))).toEqual(['x', 'a/b <- x', 'a/b#1 <- a/b']);
  });

  it('may share a layer with the model around them', () => {
    const shared = layers.dense({ units: 4, name: 'shared' });
    const p = tf.input({ shape: [4] });
    const within = tf.model({ inputs: p, outputs: shared.apply(p) as Tensor, name: 'within' });
    const q = tf.input({ shape: [4], name: 'q' });
    const both = graphOf(tf.model({ inputs: q, outputs: within.apply(shared.apply(q) as Tensor) as Tensor }));
    expect(outline(both)).toEqual(['q', 'shared <- q', 'shared#1 <- shared']);
    expect(both.layers.map(({ id }) => id)).toEqual(['q', 'shared']);
  });
});

describe('wrappers', () => {
  it('TimeDistributed holds its layer, which reads one step, as often as there are steps', () => {
    const graph = graphOf(
      tf.sequential({
        layers: [
          layers.timeDistributed({
            layer: layers.conv1d({ filters: 2, kernelSize: 3 }),
            inputShape: [7, 9, 5],
            name: 'each',
          }),
        ],
      }),
    );
    expect(outline(graph).slice(1)).toEqual([
      expect.stringMatching(/^each <- /),
      expect.stringMatching(/^ {2}each\/inner <- /),
    ]);
    const { inner, layer } = nodeOf(graph, 'each');
    expect(layer).toMatchObject({ kind: 'TimeDistributed', weights: [] });
    expect(inner).toMatchObject({ runs: 7, outputs: [{ node: 'each/inner', output: 0 }] });
    const conv = nodeOf(graph, 'each/inner');
    expect(conv.layer).toMatchObject({ kind: 'Conv1D', id: 'each/inner', path: 'each' });
    expect(conv.inputs).toEqual(nodeOf(graph, 'each').inputs);
    expect(conv.inputShapes).toEqual([[null, 9, 5]]);
    expect(conv.outputShapes).toEqual([[null, 7, 2]]);
    expect(weightsOf(graph, 'each/inner')).toEqual(['kernel [3,5,2]', 'bias [2]']);
  });

  it('TimeDistributed holds all of a model', () => {
    const small = tf.sequential({
      layers: [layers.dense({ units: 3, inputShape: [5], name: 'a' }), layers.dense({ units: 2, name: 'b' })],
    });
    const graph = graphOf(
      tf.sequential({
        layers: [layers.timeDistributed({ layer: small, inputShape: [null, 5], name: 'each' } as never)],
      }),
    );
    expect(nodeOf(graph, 'each').inner?.nodes.map(({ id }) => id)).toEqual(['each/a', 'each/b']);
    expect(nodeOf(graph, 'each').inner?.runs).toBeNull();
    expect(nodeOf(graph, 'each/b').inputShapes).toEqual([[null, 3]]);
    expect(graph.models).toMatchObject([{ id: 'each/inner', className: 'Sequential' }]);
  });

  it('Bidirectional holds both directions', () => {
    const graph = graphOf(
      tf.sequential({
        layers: [
          layers.bidirectional({
            layer: layers.lstm({ units: 3, returnSequences: true }) as never,
            inputShape: [6, 5],
            name: 'both',
            mergeMode: 'concat',
          }),
        ],
      }),
    );
    const { inner, outputShapes } = nodeOf(graph, 'both');
    expect(outputShapes).toEqual([[null, 6, 6]]);
    expect(inner?.nodes.map(({ id, layer }) => `${id}: ${layer.kind}`)).toEqual([
      'both/forward: LSTM',
      'both/backward: LSTM',
    ]);
    expect(inner?.runs).toBe(1);
    expect(inner?.outputs).toEqual([
      { node: 'both/forward', output: 0 },
      { node: 'both/backward', output: 0 },
    ]);
    expect(nodeOf(graph, 'both/backward').outputShapes).toEqual([[null, 6, 3]]);
    expect(nodeOf(graph, 'both/backward').layer.config['goBackwards']).toBe(true);
    for (const id of ['both/forward', 'both/backward']) {
      expect(weightsOf(graph, id)).toEqual(['kernel [5,12]', 'recurrentKernel [3,12]', 'bias [12]']);
    }
  });

  it('a plain RNN holds its cells, each of which reads the one before', () => {
    const cell = [layers.lstmCell({ units: 3 }), layers.gruCell({ units: 2 })];
    const rnn = layers.rnn({ cell: cell as never, inputShape: [6, 5], name: 'stack' }) as tf.layers.Layer;
    const model = tf.sequential({ layers: [rnn] });
    const graph = graphOf(model);
    const { inner } = nodeOf(graph, 'stack');
    expect(inner?.runs).toBe(6);
    expect(inner?.nodes.map((node) => `${node.id} <- ${edges(node)} [${node.inputShapes[0]}]`)).toEqual([
      expect.stringMatching(/^stack\/cell0 <- .*_input \[,5\]$/),
      'stack/cell1 <- stack/cell0 [,3]',
    ]);
    expect(weightsOf(graph, 'stack/cell1')).toEqual(['kernel [3,6]', 'recurrentKernel [2,6]', 'bias [6]']);
    expect(weightsOf(graph, 'stack')).toEqual([]);
    rnn.trainable = false;
    const cellWeights = graphOf(model).layers.flatMap(({ weights }) => weights);
    expect(cellWeights.map(({ trainable }) => trainable)).toEqual(new Array(6).fill(false));
  });

  it('lists every variable of the model once', () => {
    const graph = graphOf(
      tf.sequential({
        layers: [
          layers.timeDistributed({ layer: layers.dense({ units: 4 }), inputShape: [7, 5] }),
          layers.bidirectional({ layer: layers.gru({ units: 3, returnSequences: true }) as never, mergeMode: 'sum' }),
          layers.rnn({ cell: layers.simpleRNNCell({ units: 2 }) }) as tf.layers.Layer,
        ],
      }),
    );
    const read = graph.layers.flatMap(({ weights }) => weights.map((weight) => weight.read()));
    expect(new Set(read).size).toBe(read.length);
    expect(read).toHaveLength(2 + 6 + 3);
  });
});

describe('recurrent layers', () => {
  it.each([
    ['simpleRNN', layers.simpleRNN, 'SimpleRNN', 1],
    ['gru', layers.gru, 'GRU', 3],
    ['lstm', layers.lstm, 'LSTM', 4],
  ] as const)('%s has its weights itself', (_, make, kind, gates) => {
    const graph = graphOf(
      tf.sequential({
        layers: [(make as typeof layers.lstm)({ units: 3, inputShape: [6, 5], name: 'r' }) as tf.layers.Layer],
      }),
    );
    expect(nodeOf(graph, 'r').layer.kind).toBe(kind);
    expect(weightsOf(graph, 'r')).toEqual([
      `kernel [5,${3 * gates}]`,
      `recurrentKernel [3,${3 * gates}]`,
      `bias [${3 * gates}]`,
    ]);
  });

  it('have several outputs, and states as inputs', () => {
    const x = tf.input({ shape: [6, 5], name: 'x' });
    const [, h, c] = layers.lstm({ units: 3, returnState: true, name: 'encoder' }).apply(x) as Tensor[];
    const y = layers.lstm({ units: 3, name: 'decoder' }).apply([x, h, c] as Tensor[]) as Tensor;
    const graph = graphOf(tf.model({ inputs: x, outputs: y }));
    expect(outline(graph)).toEqual(['x', 'encoder <- x', 'decoder <- x, encoder:1, encoder:2']);
    expect(nodeOf(graph, 'encoder').outputShapes).toEqual([
      [null, 3],
      [null, 3],
      [null, 3],
    ]);
  });
});

it.each<[string, () => tf.layers.Layer, string[]]>([
  ['Conv1D', () => layers.conv1d({ filters: 4, kernelSize: 2, inputShape: [5, 3] }), ['kernel [2,3,4]', 'bias [4]']],
  [
    'Conv3D',
    () => layers.conv3d({ filters: 4, kernelSize: 2, inputShape: [5, 5, 5, 3], useBias: false }),
    ['kernel [2,2,2,3,4]'],
  ],
  [
    'Conv2DTranspose',
    () => layers.conv2dTranspose({ filters: 4, kernelSize: 2, inputShape: [5, 5, 3] }),
    ['kernel [2,2,4,3]', 'bias [4]'],
  ],
  [
    'Conv3DTranspose',
    () => layers.conv3dTranspose({ filters: 4, kernelSize: 2, inputShape: [5, 5, 5, 3] }) as tf.layers.Layer,
    ['kernel [2,2,2,4,3]', 'bias [4]'],
  ],
  [
    'DepthwiseConv2D',
    () => layers.depthwiseConv2d({ kernelSize: 3, depthMultiplier: 2, inputShape: [5, 5, 3] }),
    ['depthwiseKernel [3,3,3,2]', 'bias [6]'],
  ],
  [
    'SeparableConv2D',
    () => layers.separableConv2d({ filters: 4, kernelSize: 3, depthMultiplier: 2, inputShape: [5, 5, 3] }),
    ['depthwiseKernel [3,3,3,2]', 'pointwiseKernel [1,1,6,4]', 'bias [4]'],
  ],
  ['Embedding', () => layers.embedding({ inputDim: 9, outputDim: 4, inputLength: 6 }), ['embeddings [9,4]']],
  ['PReLU', () => layers.prelu({ inputShape: [3] } as never), ['alpha [3]']],
  ['LayerNormalization', () => layers.layerNormalization({ inputShape: [3] } as never), ['gamma [3]', 'beta [3]']],
])('%s has its weights', (kind, make, weights) => {
  const graph = graphOf(tf.sequential({ layers: [make()] }));
  const layer = graph.layers.at(-1);
  expect(layer?.kind).toBe(kind);
  expect(weightsOf(graph, layer?.id as string)).toEqual(weights);
});

describe('a layer of a user’s own', () => {
  class Scale extends layers.Layer {
    static className = 'Scale';
    override build(): void {
      this.addWeight('kernel', [2, 3], 'float32', tf.initializers.ones());
    }
    override getConfig(): never {
      throw new Error('no config');
    }
  }

  it('is a custom node with its weights, of which the graph claims to know nothing', () => {
    const graph = graphOf(
      tf.sequential({ layers: [layers.dense({ units: 3, inputShape: [2] }), new Scale({ name: 'scale' })] }),
    );
    const { layer } = nodeOf(graph, 'scale');
    expect(layer).toMatchObject({ kind: 'custom', className: 'Scale' });
    expect(layer.weights).toMatchObject([{ name: 'kernel', role: 'other', shape: [2, 3], trainable: true }]);
    expect(() => layer.config).toThrow('no config');
  });
});

it('reads a network that is deeper than JavaScript’s stack', () => {
  const input = tf.input({ shape: [1] });
  const relu = layers.reLU({ name: 'r' });
  let x = input;
  for (let i = 0; i < 4000; i++) x = relu.apply(x) as Tensor;
  const graph = graphOf(tf.model({ inputs: input, outputs: x }));
  expect(graph.nodes.at(-1)?.id).toBe('r#3999');
});

it('takes an empty Sequential', () => {
  expect(graphOf(tf.sequential({ name: 'empty' }))).toMatchObject({
    name: 'empty',
    layers: [],
    nodes: [],
    outputs: [],
  });
});

it('refuses what is no model', () => {
  expect(() => graphOf(undefined as never)).toThrow(
    new TypeError('graphOf: model must be a tf.LayersModel, got undefined'),
  );
  expect(() => graphOf(layers.flatten() as never)).toThrow(
    'graphOf: model must be a tf.LayersModel, got an object of class Flatten',
  );
  const model = tf.sequential({ layers: [layers.flatten({ inputShape: [2, 2] })] });
  expect(() => graphOf(model, { nested: 'drop' as 'keep' })).toThrow(
    new RangeError("graphOf: nested must be 'flatten' or 'keep', got 'drop'"),
  );
});

it('knows every layer that tf.layers makes', () => {
  // Their options: whatever any of them needs, so that each can be made.
  const options = {
    units: 1,
    filters: 1,
    kernelSize: 1,
    inputDim: 1,
    outputDim: 1,
    axes: 1,
    n: 1,
    rate: 0.5,
    stddev: 1,
    height: 1,
    width: 1,
    numTokens: 1,
    scale: 1,
    factor: 0.5,
    inputShape: [1],
    targetShape: [1],
    dims: [1],
    padding: undefined,
    activation: 'relu',
    cropping: [
      [1, 1],
      [1, 1],
    ],
  };
  const wrapped = () => ({ layer: layers.lstm({ units: 1, returnSequences: true }) });
  const special: Record<string, () => object> = {
    rnn: () => ({ cell: layers.lstmCell({ units: 1 }) }),
    stackedRNNCells: () => ({ cells: [] }),
    bidirectional: wrapped,
    timeDistributed: wrapped,
    zeroPadding2d: () => ({}),
  };
  const made = Object.entries(layers as unknown as Record<string, (args: object) => tf.layers.Layer>)
    .filter(([name]) => /^[a-z]/.test(name) && !['input', 'stackedRNNCells'].includes(name))
    .map(([name, make]) => make(special[name]?.() ?? options).getClassName());
  expect(made.length).toBeGreaterThan(60);
  expect(made.filter((name) => !(STOCK_LAYERS as readonly string[]).includes(name))).toEqual([]);
});
