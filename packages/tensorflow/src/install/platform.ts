import { TensorFlowError } from '../errors.js';

/** The properties that decide whether TensorFlow's Linux wheels run on a machine. */
export interface Platform {
  readonly os: string;
  readonly arch: string;
  /** Version of glibc; undefined on musl. */
  readonly glibc: string | undefined;
}

/** The platform of this process. */
export function thisPlatform(): Platform {
  // Otherwise the report looks up the host name of every open connection. Node 20's types do not know this option yet.
  const reporter = process.report as NodeJS.ProcessReport & { excludeNetwork: boolean };
  reporter.excludeNetwork = true;
  const report = reporter.getReport() as unknown as { header: { glibcVersionRuntime?: string } };
  return { os: process.platform, arch: process.arch, glibc: report.header.glibcVersionRuntime };
}

/**
 * Checks that TensorFlow's wheels run on a platform.
 *
 * @throws TensorFlowError WRONG_PLATFORM
 */
export function requirePlatform(platform: Platform = thisPlatform()): void {
  const [major = 0, minor = 0] = (platform.glibc ?? '').split('.').map(Number);
  const isSupported = platform.os === 'linux' && platform.arch === 'x64' && (major > 2 || (major === 2 && minor >= 27));
  if (isSupported) return;
  const libc =
    platform.os === 'linux'
      ? ` with ${platform.glibc ? `glibc ${platform.glibc}` : 'a C library other than glibc'}`
      : '';
  throw new TensorFlowError(
    'WRONG_PLATFORM',
    `Winnow's TensorFlow runs on Linux x64 with glibc 2.27 or newer; this is ${platform.os} ${platform.arch}${libc}.`,
    "use such a machine, WSL 2 or a Debian or Ubuntu container; or the plain-JavaScript backend: tf.setBackend('cpu')",
  );
}
