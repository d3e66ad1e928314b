/** Okabe and Ito's palette, which people with any kind of colour blindness can tell apart. */
export const COLOURS = ['#d55e00', '#0072b2', '#009e73', '#e69f00', '#cc79a7', '#56b4e9', '#000000'];
export const SHAPES = ['circle', 'square', 'triangle-up', 'diamond', 'triangle-down', 'cross', 'triangle-right'];
const FONT = 'DejaVu Sans, Verdana, sans-serif';
export const GREY = '#666666';
/** What all figures have in common. */
export const CHART_CONFIG = {
  background: 'transparent',
  font: FONT,
  view: { stroke: null },
  axis: {
    labelFontSize: 13,
    titleFontSize: 13,
    titleFontWeight: 'normal',
    titleColor: '#333333',
    labelColor: '#333333',
    gridColor: '#e8e8e8',
    domainColor: '#999999',
    tickColor: '#999999',
  },
};
export const PANEL = { width: 400, height: 310 };
export const TITLE_SIZE = 19;
/** Mean width of a letter of the bold font, as a part of its size. */
export const BOLD_WIDTH = 0.6;

export const X = {
  field: 'sparsity',
  type: 'quantitative',
  title: 'pruned after training (%)',
  scale: { domain: [0, 100] },
  axis: { values: [0, 20, 40, 60, 80, 100] },
} as const;
export const Y = {
  field: 'accuracy',
  type: 'quantitative',
  title: 'test accuracy (%)',
  scale: { domain: [0, 100] },
  axis: { values: [0, 20, 40, 60, 80, 100] },
} as const;
