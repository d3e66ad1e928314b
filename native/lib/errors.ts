export type NativeAddonErrorCode =
  /** No addon where it was looked for. */
  | 'ADDON_MISSING'
  /** There is one, but it does not load. */
  | 'ADDON_UNLOADABLE'
  /** There is one, but it was built from other sources than this TypeScript. */
  | 'ADDON_OUTDATED'
  | 'TENSORFLOW_OPS_MISSING'
  /** Most often: TensorFlow is not loaded yet, or is another version than the library was built for. */
  | 'TENSORFLOW_OPS_UNLOADABLE'
  /** The directory given holds no TensorFlow with headers. */
  | 'TENSORFLOW_DIRECTORY'
  | 'CMAKE_MISSING'
  | 'COMPILER_MISSING'
  | 'BUILD_FAILED'
  | 'PLATFORM_UNSUPPORTED';

export interface NativeAddonErrorDetails {
  /** What was tried, one line each: a path and why it failed. */
  tried?: readonly string[];
  /** The command that mends it. */
  command?: string;
  cause?: unknown;
}

/** The addon or its TensorFlow ops cannot be built or loaded. The message holds all that the fields say. */
export class NativeAddonError extends Error {
  readonly code: NativeAddonErrorCode;
  readonly tried: readonly string[];
  readonly command: string | undefined;

  constructor(code: NativeAddonErrorCode, message: string, details: NativeAddonErrorDetails = {}) {
    const tried = details.tried ?? [];
    const lines = [message, ...tried.map((line) => `  - ${line}`)];
    if (details.command) lines.push(`To mend it: ${details.command}`);
    super(lines.join('\n'), { cause: details.cause });
    this.name = 'NativeAddonError';
    this.code = code;
    this.tried = tried;
    this.command = details.command;
  }
}
