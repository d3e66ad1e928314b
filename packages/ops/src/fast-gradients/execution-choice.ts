/** How each pass of a layer with cut weights is computed, and why: what choosing, profiling and their words share. */

/** How layers with cut weights are computed. */
export type Execution = 'auto' | 'dense' | 'sparse';

/** The computations of a layer in a training step; the filter is the kernel, whatever the layer. */
export type Pass = 'forward' | 'inputGradient' | 'filterGradient';

/** All passes, in the order in which a step runs them. */
export const PASSES = ['forward', 'inputGradient', 'filterGradient'] as const satisfies readonly Pass[];

/** Why a pass is computed as it is. Densities are shares of the weights, in [0, 1]. */
export type ExecutionReason =
  /** So few weights are left that leaving the others out is faster: at most `most`. */
  | { readonly code: 'sparse-enough' | 'too-dense'; readonly density: number; readonly most: number; against: string }
  /** Not chosen: `execution` says so. */
  | { readonly code: 'asked' }
  /** The method needs the gradient of every weight. */
  | { readonly code: 'whole-gradient' }
  | { readonly code: 'few-images'; readonly images: number; readonly least: number }
  /** A linear layer's x has so few rows, or its kernel so few weights. */
  | { readonly code: 'few-rows' | 'few-weights'; readonly count: number; readonly least: number }
  /** A size beyond those that the sparse form was made for. */
  | { readonly code: 'unusual-size'; readonly what: string; readonly size: number; readonly most: number }
  /** The layer has no cut weights, or its kernel was computed anew after weights were cut. */
  | { readonly code: 'nothing-cut' }
  /** There is no sparse form of such layers, of `what` about them. */
  | { readonly code: 'not-handled'; readonly what: string };

/** How one pass is computed. */
export interface Choice {
  readonly sparse: boolean;
  readonly reason: ExecutionReason;
}

/** How each pass of a layer is computed. */
export type Choices = Readonly<Record<Pass, Choice>>;

/** All passes alike. */
export const alike = (choice: Choice): Choices => ({
  forward: choice,
  inputGradient: choice,
  filterGradient: choice,
});

/** The largest density at which leaving weights out is faster, for each pass. */
export type Most = Readonly<Record<Pass, number>>;

const WHOLE_GRADIENT: Choice = { sparse: false, reason: { code: 'whole-gradient' } };

/** All passes as `execution` asks; a gradient of `'all'` weights has no sparse form. */
export function asAsked(execution: 'dense' | 'sparse', gradientDensity: number | 'all'): Choices {
  const sparse = execution === 'sparse';
  const choices = alike({ sparse, reason: { code: 'asked' } });
  return sparse && gradientDensity === 'all' ? { ...choices, filterGradient: WHOLE_GRADIENT } : choices;
}

/** Sparse where so few weights are left that it is faster than what it is compared `against`. */
export function byDensity(most: Most, against: string, density: number, gradientDensity: number | 'all'): Choices {
  const choose = (share: number, limit: number): Choice => {
    const sparse = share <= limit;
    return { sparse, reason: { code: sparse ? 'sparse-enough' : 'too-dense', density: share, most: limit, against } };
  };
  return {
    forward: choose(density, most.forward),
    inputGradient: choose(density, most.inputGradient),
    filterGradient: gradientDensity === 'all' ? WHOLE_GRADIENT : choose(gradientDensity, most.filterGradient),
  };
}

/** Whether any pass is sparse: otherwise a layer computes as ever. */
export const isAnySparse = (choices: Choices): boolean => PASSES.some((pass) => choices[pass].sparse);

const percent = (share: number) => `${Number((100 * share).toFixed(1))} %`;

/** A reason as a sentence. */
export function explainReason(reason: ExecutionReason): string {
  switch (reason.code) {
    case 'sparse-enough':
    case 'too-dense': {
      const { density, most, against } = reason;
      const left = `${percent(density)} of the weights are left`;
      return reason.code === 'sparse-enough'
        ? `${left}; leaving the others out is faster than ${against} from ${percent(most)} down.`
        : `Too dense: ${left}, and ${against} is faster above ${percent(most)}.`;
    }
    case 'asked':
      return "The setting 'execution' asks for it.";
    case 'whole-gradient':
      return 'The method needs the gradient of every weight, also of those that are cut.';
    case 'few-images':
      return (
        `Too few images: a vector takes ${reason.least}, one in each lane, ` +
        `and a batch of ${reason.images} leaves lanes empty.`
      );
    case 'few-rows':
      return `Too few rows: ${reason.count}, and below ${reason.least} a call's own cost outweighs what is left out.`;
    case 'few-weights':
      return `Too small a kernel: ${reason.count} weights, of at least ${reason.least} that were measured.`;
    case 'unusual-size':
      return `Its ${reason.what} of ${reason.size} is above ${reason.most}, the most the sparse form is meant for.`;
    case 'nothing-cut':
      return 'No weights of it are cut.';
    case 'not-handled':
      return `There is no sparse form of ${reason.what}.`;
  }
}
