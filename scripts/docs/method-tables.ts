/** What the methods' pages say of each method that the registry knows: its parameters, and a page to begin with. */

import type { Method } from '@winnow/baselines';

const INDEX = ['| name | what it does | granularity | pruned by |', '|---|---|---|---|'];
const PARAMETERS = ['| parameter | default | range | |', '|---|---|---|---|'];

/** What stands for the part of a new page that its author has to write. */
export const UNWRITTEN = 'TODO: ';

const escaped = (text: string): string => text.replaceAll('|', '\\|');

function indexTable(methods: Iterable<Method>): string[] {
  const rows = Array.from(
    methods,
    ({ name, summary, granularities, pruned }) =>
      `| [\`${name}\`](${name}.md) | ${escaped(summary)} | ${granularities.join(', ')} | ${escaped(pruned)} |`,
  );
  return [...INDEX, ...rows];
}

function parameterTable({ hyperparameters }: Method): string[] {
  const rows = Object.entries(hyperparameters).map(([key, { default: standard, range, about }]) => {
    const value = typeof standard === 'object' ? `${standard.weight} (weight), ${standard.unit} (unit)` : standard;
    return `| \`${key}\` | ${value} | ${range} | ${escaped(about)} |`;
  });
  return rows.length === 0 ? [] : [...PARAMETERS, ...rows];
}

/** A text with the table that begins with a header's line replaced. @throws Error if it has none */
function withTable(text: string, table: readonly string[], file: string): string {
  const lines = text.split('\n');
  const begin = lines.indexOf(table[0] as string);
  if (begin < 0) throw new Error(`${file} has no table with the header ${table[0]}`);
  const length = lines.slice(begin).findIndex((line) => !line.startsWith('|'));
  lines.splice(begin, length < 0 ? lines.length : length, ...table);
  return lines.join('\n');
}

/** The index of the methods with the registry's rows. */
export function indexPage(text: string, methods: Iterable<Method>): string {
  return withTable(text, indexTable(methods), 'docs/methods/README.md');
}

/** A method's page with the registry's parameters; a new one if there is none. */
export function methodPage(text: string | undefined, method: Method): string {
  if (text === undefined) return newPage(method);
  const table = parameterTable(method);
  return table.length === 0 ? text : withTable(text, table, `docs/methods/${method.name}.md`);
}

function newPage(method: Method): string {
  const capital = (text: string) => text.slice(0, 1).toUpperCase() + text.slice(1);
  const { name, title, summary, granularities, pruned, reference } = method;
  const table = parameterTable(method);
  const lines = [
    ...[`# ${capital(title)}`, '', `${capital(summary)}.`, ''],
    ...['```sh', `npx -y pnpm@10.34.9 winnow train --method ${name}`, '```', ''],
    ...['## Definition', '', `${UNWRITTEN}the formulas.`, ''],
    ...[`Granularity: ${granularities.join(', ')}. Pruned by ${pruned}.`, ''],
    ...(table.length === 0 ? [] : ['## Parameters', '', ...table, '']),
    `Reference: ${reference}.`,
  ];
  return `${lines.join('\n')}\n`;
}
