export { type Bleu, type BleuOptions, corpusBleu } from './bleu/bleu.js';
export { tokenize13a } from './bleu/tokenize-13a.js';
export {
  type EvaluateExamplesOptions,
  type EvaluateOptions,
  type Evaluation,
  type ExamplesEvaluation,
  evaluate,
} from './evaluate.js';
