import { operations as nativeOperations } from '@winnow/native';
import { expect, it } from 'vitest';
import { operations } from '../src/register.js';

it('registers every operation that the addon has, and no other', () => {
  expect(Object.keys(operations).sort()).toEqual([...nativeOperations()].sort());
});

it('has a kernel per backend for every registered name', () => {
  for (const { kernels } of Object.values(operations)) {
    for (const { kernelName } of kernels) {
      const backends = kernels.filter((kernel) => kernel.kernelName === kernelName).map((kernel) => kernel.backendName);
      expect(backends.sort(), kernelName).toEqual(['cpu', 'tensorflow']);
    }
  }
});
