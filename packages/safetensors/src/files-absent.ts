/** The browser build, which has no file system. `decodeSafetensors` and `encodeSafetensors` work on bytes. */

function absent(): never {
  throw new Error('@winnow/safetensors: files need Node.js; use decodeSafetensors and encodeSafetensors');
}

export const readSafetensors = absent;
export const writeSafetensors = absent;
