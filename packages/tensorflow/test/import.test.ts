import { winnowCommand } from '@winnow/system/command';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/temporary-folder.js';
import { startChild } from './support/world.js';

test('tsx and plain Node import it', async () => {
  expect(await startChild('import-child.ts', [], process.env).ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^2\.21\.0 6 /),
  });
});

test('works on Nodes without util.isNullOrUndefined', async () => {
  expect(await startChild('import-child.ts', ['--as-node-23'], process.env).ended).toMatchObject({
    code: 0,
    stdout: expect.stringMatching(/^2\.21\.0 6 /),
  });
});

test('without a setup the import throws and names the command', async () => {
  const env = {
    ...process.env,
    WINNOW_CACHE: temporaryFolder(),
    WINNOW_TENSORFLOW_DIR: '',
  };
  const { code, stderr } = await startChild('import-child.ts', [], env).ended;
  expect(code).toBe(1);
  expect(stderr).toContain('TensorFlow is not installed');
  expect(stderr).toContain(`To mend it: ${winnowCommand(['setup'])}`);
  expect(stderr).toContain("code: 'NOT_INSTALLED'");
});
