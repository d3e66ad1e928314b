/**
 * Runs `work` for 0 … count − 1, at most `width` of them at the same time. Once one has failed, no further one begins.
 * @throws what the first that fails throws
 */
export async function sideBySide(count: number, width: number, work: (index: number) => Promise<void>): Promise<void> {
  let next = 0;
  const worker = async () => {
    while (next < count) {
      await work(next++).catch((error: unknown) => {
        next = count;
        throw error;
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(width, count) }, worker));
}
