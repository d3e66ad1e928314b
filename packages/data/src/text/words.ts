/**
 * Splits text into the pieces that subwords never cross: letters, digits, other signs, each with the one space before it, and
 * other white space. The pieces joined are the text.
 */
export function splitWords(text: string): string[] {
  return text.match(/ ?\p{L}[\p{L}\p{M}]*| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu) ?? [];
}
