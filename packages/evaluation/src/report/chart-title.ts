import { BOLD_WIDTH, PANEL, TITLE_SIZE } from './chart-style.js';

/** How wide the two panels with their axes are. */
const FIGURE_WIDTH = 2 * PANEL.width + 150;
/** A symbol of the legend with the room around it, and a letter behind it. */
const LEGEND_SYMBOL = 45;
const LEGEND_LETTER = 8.5;

/**
 * The clauses of a sentence as lines: on one if all fit the figure, else each on its own, broken where it is too long.
 */
export function titleLines(clauses: readonly string[]): string[] {
  const room = Math.floor((FIGURE_WIDTH + 80) / (TITLE_SIZE * BOLD_WIDTH));
  const whole = clauses.join(', ');
  if (whole.length <= room) return [whole];
  return clauses.flatMap((clause, i) => wrap(i < clauses.length - 1 ? `${clause},` : clause, room));
}

function wrap(text: string, room: number): string[] {
  const lines: string[] = [];
  for (const word of text.split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** How many names a line of the legend has: at most three, fewer if they are long. */
export function legendColumns(names: readonly string[]): number {
  const widest = LEGEND_SYMBOL + LEGEND_LETTER * Math.max(...names.map((name) => name.length));
  return Math.max(1, Math.min(3, Math.floor(FIGURE_WIDTH / widest)));
}
