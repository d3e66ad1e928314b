import { Resvg } from '@resvg/resvg-js';
import { fontOptions } from './fonts.js';

/** White space around the figure. */
const MARGIN = 24;

/**
 * Cuts an SVG to what is drawn on it, with a margin, and puts white behind. Vega guesses how wide texts are and leaves room for
 * its guess; here the texts are measured.
 */
export function cropSvg(svg: string): string {
  const box = new Resvg(svg, { font: fontOptions() }).getBBox();
  if (!box) return svg;
  const [x, y] = [Math.floor(box.x) - MARGIN, Math.floor(box.y) - MARGIN];
  const [width, height] = [Math.ceil(box.width) + 2 * MARGIN, Math.ceil(box.height) + 2 * MARGIN];
  const opening = svg.slice(0, svg.indexOf('>') + 1);
  const cut = opening
    .replace(/ width="[^"]*"/, ` width="${width}"`)
    .replace(/ height="[^"]*"/, ` height="${height}"`)
    .replace(/ viewBox="[^"]*"/, ` viewBox="${x} ${y} ${width} ${height}"`);
  const paper = `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="white"/>`;
  return cut + paper + svg.slice(opening.length);
}
