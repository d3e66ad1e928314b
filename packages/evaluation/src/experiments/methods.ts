/** The methods of `@winnow/baselines`, as experiments and the command line use them. */

export { defaultsOf, type Hyperparameters, type Method, methods, resolveMethod } from '@winnow/baselines';
