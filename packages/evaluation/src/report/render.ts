/** Vega-Lite charts as SVG and PNG that look the same on every machine. */

import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { TopLevelSpec } from 'vega-lite';

const require = createRequire(import.meta.url);

/** Pixels of the PNG for one unit of the SVG: sharp on screens with a high resolution. */
const SCALE = 2;
/** White space around the figure. */
const MARGIN = 24;
const STYLES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSans-Oblique.ttf'];

/** A Vega-Lite chart as SVG, cut to what is drawn. */
export async function chartSvg(spec: TopLevelSpec): Promise<string> {
  // They take a while to load, and most users of this package draw nothing.
  const [{ compile }, vega] = await Promise.all([import('vega-lite'), import('vega')]);
  const view = new vega.View(vega.parse(compile(spec).spec), { renderer: 'none' });
  try {
    return await cropSvg(await view.toSVG());
  } finally {
    view.finalize();
  }
}

/** Draws an SVG as PNG, twice its size. */
export async function renderPng(svg: string): Promise<Uint8Array> {
  const { Resvg } = await import('@resvg/resvg-js');
  const image = new Resvg(svg, { fitTo: { mode: 'zoom', value: SCALE }, font: fontOptions() });
  return image.render().asPng();
}

/**
 * Cuts an SVG to what is drawn on it, with a margin, and puts white behind. Vega guesses how wide texts are and leaves
 * room for its guess; here the texts are measured.
 */
async function cropSvg(svg: string): Promise<string> {
  const { Resvg } = await import('@resvg/resvg-js');
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

/** The fonts of the figure for resvg: from an npm package, so that every machine draws the same picture. */
function fontOptions() {
  const folder = join(dirname(require.resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  return {
    fontFiles: STYLES.map((file) => join(folder, file)),
    loadSystemFonts: false,
    defaultFontFamily: 'DejaVu Sans',
  };
}
