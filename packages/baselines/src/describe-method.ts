import type { Hyperparameter } from './hyperparameter.js';
import type { Method } from './method.js';

/** A method with its reference and a line for each hyperparameter, as `winnow methods` prints it. */
export function describeMethod(method: Method): string {
  const { name, summary, pruned, granularities, hyperparameters, reference } = method;
  const rows = Object.entries(hyperparameters).map(
    ([key, hyperparameter]) =>
      [`${key}=${standard(hyperparameter)}`, hyperparameter.range, hyperparameter.about] as const,
  );
  const widths = [0, 1].map((column) => Math.max(0, ...rows.map((row) => (row[column] as string).length)));
  return [
    `${name}  ${summary}`,
    `  ${granularities.join(', ')}; pruned by ${pruned}`,
    ...rows.map((row) => `  ${row[0].padEnd(widths[0]!)}  ${row[1].padEnd(widths[1]!)}  ${row[2]}`),
    `  ${reference}`,
  ].join('\n');
}

function standard({ default: value }: Hyperparameter): string {
  return typeof value === 'object' ? `${value.weight} (weight), ${value.unit} (unit)` : String(value);
}
