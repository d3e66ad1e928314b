import { afterEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { main } from '../src/cli.js';

afterEach(() => {
  vi.unstubAllEnvs();
  vi.restoreAllMocks();
});

function capture(): { out: () => string; err: () => string } {
  const [out, err] = [process.stdout, process.stderr].map((stream) => vi.spyOn(stream, 'write').mockReturnValue(true));
  const text = (spy: typeof out) => () => spy!.mock.calls.map(([data]) => data).join('');
  return { out: text(out), err: text(err) };
}

test('setup does nothing but print the path if everything is set up', async () => {
  const { out } = capture();
  expect(await main(['setup', '--quiet'])).toBe(0);
  expect(out()).toMatch(/^TensorFlow 2\.21\.0 \(\w+\) is ready in \//);
});

test('doctor lists what is installed', async () => {
  const { out } = capture();
  expect(await main(['doctor'])).toBe(0);
  expect(out()).toMatch(/✓ Node {7}v\d+[\s\S]*✓ TensorFlow 2\.21\.0/);
});

test('doctor says what is wrong and what to do', async () => {
  vi.stubEnv('WINNOW_CACHE', temporaryFolder());
  vi.stubEnv('WINNOW_TENSORFLOW_DIR', '');
  const { out } = capture();
  expect(await main(['doctor'])).toBe(1);
  expect(out()).toMatch(/✗ TensorFlow TensorFlow is not installed[\s\S]*NOT_INSTALLED; to mend it: npx .* setup/);
});

test('a failed setup exits with 1 and says why', async () => {
  vi.stubEnv('WINNOW_TENSORFLOW_BUILD', 'tpu');
  const { err } = capture();
  expect(await main(['setup'])).toBe(1);
  expect(err()).toMatch(/^INVALID_SETTING: WINNOW_TENSORFLOW_BUILD must be cpu or cuda/);
});

test.each([[[]], [['dance']], [['setup', '--build', 'tpu']], [['setup', 'now']], [['doctor', 'now']]])(
  'wrong arguments %j show the usage',
  async (args) => {
    const { err } = capture();
    expect(await main(args)).toBe(2);
    expect(err()).toContain('Usage: winnow-tensorflow');
  },
);

test('help is not an error', async () => {
  const { out } = capture();
  expect(await main(['--help'])).toBe(0);
  expect(out()).toContain('Usage: winnow-tensorflow');
});
