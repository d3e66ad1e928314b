import type { LayerExecution, Pass } from '@winnow/ops';
import { startProgress } from '@winnow/system/progress';

/** The passes of a layer, in the order of a training step. */
export const PASSES: readonly Pass[] = ['forward', 'inputGradient', 'filterGradient'];

/** Milliseconds of a pass in both forms; null where there is none. */
export type Times = Readonly<Record<Pass, { readonly dense: number | null; readonly sparse: number | null }>>;

const NONE: Times = {
  forward: { dense: null, sparse: null },
  inputGradient: { dense: null, sparse: null },
  filterGradient: { dense: null, sparse: null },
};

const WARM_UP = 2;

/** The middle of some numbers. */
function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}

/** Runs work in turns, so that whatever else the machine does meets all of it; medians, after some turns to warm up. */
export async function inTurns(
  works: readonly (() => number)[],
  rounds: number,
  onTurn: () => void,
  warmUp = WARM_UP,
): Promise<number[]> {
  const times = works.map((): number[] => []);
  for (let round = -warmUp; round < rounds; round++) {
    for (const [i, work] of works.entries()) {
      const milliseconds = work();
      if (round >= 0) times[i]!.push(milliseconds);
      onTurn();
      // Lets the progress bar be drawn and Ctrl-C be heard.
      await new Promise(setImmediate);
    }
  }
  return times.map(median);
}

/** Times every pass of layers that have a sparse form, dense and sparse in turns. */
export async function timeLayers(layers: readonly LayerExecution[], rounds: number): Promise<Times[]> {
  const plans = layers.map(formsOf);
  const turns = plans.reduce((sum, forms) => sum + forms.length * (rounds + WARM_UP), 0);
  const progress = startProgress({ title: 'Timing layers', total: Math.max(1, turns), unit: 'passes' });
  const all: Times[] = [];
  try {
    for (const [i, forms] of plans.entries()) {
      const { passes } = layers[i] as LayerExecution;
      const works = forms.map(({ pass, sparse }) => () => {
        const run = passes!(sparse)[pass];
        const began = performance.now();
        run().dispose();
        return performance.now() - began;
      });
      const medians = await inTurns(works, rounds, () => progress.increment());
      const times = structuredClone(NONE) as Record<Pass, { dense: number | null; sparse: number | null }>;
      forms.forEach(({ pass, sparse }, k) => {
        times[pass][sparse ? 'sparse' : 'dense'] = medians[k]!;
      });
      all.push(times);
      layers[i]!.dispose();
    }
    return all;
  } finally {
    progress.stop();
  }
}

/** Sizes that the sparse form is not meant for may take it forever, or be refused. */
function formsOf({ passes, choices }: LayerExecution): { pass: Pass; sparse: boolean }[] {
  if (passes === undefined) return [];
  return PASSES.flatMap((pass) => {
    const { code } = choices[pass].reason;
    const hasSparse = code !== 'unusual-size' && code !== 'whole-gradient';
    return [false, ...(hasSparse ? [true] : [])].map((sparse) => ({ pass, sparse }));
  });
}
