import type { TopLevelSpec } from 'vega-lite';
import { CHART_CONFIG, GREY, TITLE_SIZE } from './chart-style.js';

/**
 * Curve panels side by side under one title. `spacing` is what the panels' end labels need; `colours`: whether they
 * have one legend.
 */
export function curveFigure(
  text: string | readonly string[],
  subtitle: readonly string[],
  spacing: number,
  panels: readonly object[],
  colours: 'shared' | 'independent',
): TopLevelSpec {
  return {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title: {
      text,
      subtitle,
      anchor: 'start',
      fontSize: TITLE_SIZE,
      subtitleFontSize: 13,
      subtitleColor: GREY,
      subtitlePadding: 8,
      subtitleLineHeight: 18,
      offset: 18,
    },
    spacing,
    hconcat: panels,
    resolve: { scale: { color: colours } },
    config: CHART_CONFIG,
  } as unknown as TopLevelSpec;
}
