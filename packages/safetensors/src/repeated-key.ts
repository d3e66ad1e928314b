/**
 * The first key that an object in a JSON text has twice, at any depth; undefined if there is none. `JSON.parse` keeps
 * the last of both and says nothing.
 *
 * @param json a text that `JSON.parse` has read
 */
export function repeatedKey(json: string): string | undefined {
  // One for each object or list that is open; lists have no keys.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < json.length; at++) {
    const character = json[at];
    if (character === '{') open.push(new Set());
    else if (character === '[') open.push(undefined);
    else if (character === '}' || character === ']') open.pop();
    if (character !== '"') continue;
    const end = endOfString(json, at);
    if (isKey(json, end)) {
      const key = JSON.parse(json.slice(at, end)) as string;
      if (open.at(-1)?.has(key)) return key;
      open.at(-1)?.add(key);
    }
    at = end - 1;
  }
  return undefined;
}

/** Where the string that begins at `start` is over. */
function endOfString(json: string, start: number): number {
  let at = start + 1;
  while (json[at] !== '"') at += json[at] === '\\' ? 2 : 1;
  return at + 1;
}

function isKey(json: string, end: number): boolean {
  let at = end;
  while (/\s/.test(json[at] ?? '')) at++;
  return json[at] === ':';
}
