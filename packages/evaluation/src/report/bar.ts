/** Blocks that fill 0/8 … 7/8 of a character cell from the left. */
const EIGHTHS = [' ', '▏', '▎', '▍', '▌', '▋', '▊', '▉'];

/** A horizontal bar for `fraction` in [0, 1] in `width` character cells, with a resolution of an eighth of a cell. */
export function bar(fraction: number, width: number): string {
  const eighths = Math.round(Math.min(1, Math.max(0, fraction)) * width * 8);
  const full = Math.floor(eighths / 8);
  return ('█'.repeat(full) + (full < width ? EIGHTHS[eighths % 8] : '')).padEnd(width);
}
