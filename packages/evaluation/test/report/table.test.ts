import { describe, expect, it } from 'vitest';
import { bar, spread, summaries, sweepMarkdown, sweepTable, wantsColour } from '../../src/report/index.js';
import { exampleResult, seededResult } from './example-result.js';

const short = {
  ...exampleResult,
  runs: exampleResult.runs.map((run) => ({ ...run, rows: run.rows.filter(({ sparsity }) => sparsity % 0.45 < 0.06) })),
};

describe('bar', () => {
  it('fills cells by eighths', () => {
    expect(bar(0, 4)).toBe('    ');
    expect(bar(1 / 32, 4)).toBe('▏   ');
    expect(bar(0.5, 4)).toBe('██  ');
    expect(bar(0.53125, 4)).toBe('██▏ ');
    expect(bar(1, 4)).toBe('████');
  });

  it('stays inside its width', () => {
    expect(bar(-1, 3)).toBe('   ');
    expect(bar(2, 3)).toBe('███');
    for (let i = 0; i <= 100; i++) expect(bar(i / 100, 7)).toHaveLength(7);
  });
});

describe('spread', () => {
  it('is the sample standard deviation', () => {
    // 2, 4, 9: mean 5, squares 9 + 1 + 16 = 26, over n − 1 = 2.
    expect(spread([2, 4, 9])).toEqual({ mean: 5, std: Math.sqrt(13), low: 2, high: 9, n: 3 });
    expect(spread([0.3])).toEqual({ mean: 0.3, std: 0, low: 0.3, high: 0.3, n: 1 });
  });

  it('is taken over the seeds of a label', () => {
    const [plain, ramped] = summaries(seededResult);
    expect(plain!.seeds).toEqual([0, 1, 2]);
    expect(plain!.rows[9]!.asIs.mean).toBeCloseTo((0.096 + 0.106 + 0.092) / 3, 12);
    expect(ramped!.masked).toMatchObject({ targetFraction: 0.9, asIs: { n: 3 } });
  });
});

describe('the table', () => {
  it('keeps raw, γ-masked and pruned networks apart', () => {
    expect(`\n${sweepTable(short, { colour: false, width: 86 })}\n`).toBe(`
Fashion-MNIST · ResNet-8 (16/32/64) · 2 epochs · single weights pruned · one seed each · 10,000 test images
Accuracy in %, BatchNorm statistics as training left them and re-estimated after pruning

                    plain                             targeted dropout (ramped)
                    as they are      re-estimated     as they are      re-estimated
──────────────────────────────────────────────────────────────────────────────────────
raw, all weights    91.1 █████████▏  91.1 █████████▏  14.2 █▍          87.8 ████████▊
──────────────────────────────────────────────────────────────────────────────────────
γ-masked, γ = 90 %  –                –                88.9 ████████▉   89.6 █████████
──────────────────────────────────────────────────────────────────────────────────────
 0 % pruned         91.1 █████████▏  91.1 █████████▏  14.2 █▍          87.8 ████████▊
50 % pruned         83.3 ████████▍   90.8 █████████▏  18.6 █▉          88.1 ████████▊
90 % pruned          9.6 █           60.8 ██████▏     88.9 ████████▉   89.6 █████████
95 % pruned          9.1 ▉           27.9 ██▊         28.3 ██▉         85.0 ████████▌
`);
  });

  it('fits the terminal: shorter bars, then none', () => {
    for (const width of [120, 100, 86, 80]) {
      const lines = sweepTable(exampleResult, { colour: false, width }).split('\n').slice(3);
      expect(Math.max(...lines.map((line) => line.length))).toBeLessThanOrEqual(width);
      expect(lines.join('')).toContain('█');
    }
    expect(sweepTable(exampleResult, { colour: false, width: 60 })).not.toContain('█');
  });

  it('shows mean and deviation when there are several seeds', () => {
    const table = sweepTable(seededResult, { colour: false, width: 100 });
    expect(table).toContain('3 seeds each');
    expect(table).toMatch(/^90 % pruned {10}9\.8 ± 0\.7 /m);
  });

  it('colours what was kept and what was lost, and nothing without colour', () => {
    const table = sweepTable(short, { colour: true, width: 100 });
    expect(table).toContain('\u001b[32m88.9 ');
    expect(table).toContain('\u001b[31m 9.6 ');
    expect(sweepTable(short, { colour: false, width: 100 })).not.toContain('\u001b');
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
    expect(table.replace(/\u001b\[\d+m/g, '')).toContain('90 % pruned');
  });

  it('asks the terminal whether it wants colour', () => {
    expect(wantsColour({ isTTY: true }, {})).toBe(true);
    expect(wantsColour({ isTTY: true }, { NO_COLOR: '1' })).toBe(false);
    expect(wantsColour({ isTTY: true }, { TERM: 'dumb' })).toBe(false);
    expect(wantsColour({}, {})).toBe(false);
  });

  it('is markdown as well', () => {
    expect(sweepMarkdown(short).split('\n').slice(0, 8)).toEqual([
      '| accuracy in % | plain, statistics as they are | plain, re-estimated ' +
        '| targeted dropout (ramped), statistics as they are | targeted dropout (ramped), re-estimated |',
      '| --- | ---: | ---: | ---: | ---: |',
      '| raw, all weights | 91.1 | 91.1 | 14.2 | 87.8 |',
      '| γ-masked, γ = 90 % | – | – | 88.9 | 89.6 |',
      '| 0 % pruned | 91.1 | 91.1 | 14.2 | 87.8 |',
      '| 50 % pruned | 83.3 | 90.8 | 18.6 | 88.1 |',
      '| 90 % pruned | 9.6 | 60.8 | 88.9 | 89.6 |',
      '| 95 % pruned | 9.1 | 27.9 | 28.3 | 85.0 |',
    ]);
    expect(sweepMarkdown(short)).toContain(
      'Test CPU, 2 cores, avx512, TensorFlow 2.21.0, Node 20.20.2. Made by `winnow demo`.',
    );
  });
});
