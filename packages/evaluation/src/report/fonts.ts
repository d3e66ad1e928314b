import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const STYLES = ['DejaVuSans.ttf', 'DejaVuSans-Bold.ttf', 'DejaVuSans-Oblique.ttf'];

/** The fonts of the figure for resvg: from an npm package, so that every machine draws the same picture. */
export function fontOptions() {
  const folder = join(dirname(createRequire(import.meta.url).resolve('dejavu-fonts-ttf/package.json')), 'ttf');
  return {
    fontFiles: STYLES.map((file) => join(folder, file)),
    loadSystemFonts: false,
    defaultFontFamily: 'DejaVu Sans',
  };
}
