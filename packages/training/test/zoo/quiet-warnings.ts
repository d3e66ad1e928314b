/**
 * Keeps one warning of tf.layers from the console: it says of every initial state that it is not saved, and saves it as
 * an input nevertheless.
 *
 * @returns a function that lets it through again
 */
export function quietWarnings(): () => void {
  const { warn } = console;
  console.warn = (...words: unknown[]) => {
    if (!/non-serializable keyword arguments/.test(String(words[0]))) warn(...words);
  };
  return () => {
    console.warn = warn;
  };
}
