/** TensorFlow's two builds. `cuda` also runs without a GPU, but is twice as large. */
export type TensorflowBuild = 'cpu' | 'cuda';

/** A wheel with a known hash, so that any index or mirror may serve it. */
export interface Release {
  readonly version: string;
  readonly build: TensorflowBuild;
  /** Project name on a package index. */
  readonly project: string;
  readonly filename: string;
  readonly sha256: string;
  /** Size of the wheel in bytes. */
  readonly size: number;
  /** Size in bytes of the three parts that are unpacked. */
  readonly unpackedSize: number;
}

/** The npm package to load TensorFlow with, and the version whose binding sources are compiled. */
export const tfjsVersion = '4.22.0';

/** N-API version of the binding. Every supported Node has it. */
export const napiVersion = 8;

/** The libraries in a TensorFlow wheel that the binding and custom operations link to. */
export const libraries = ['libtensorflow_cc.so.2', 'libtensorflow_framework.so.2'] as const;

export const releases: Readonly<Record<TensorflowBuild, Release>> = {
  cpu: {
    version: '2.21.0',
    build: 'cpu',
    project: 'tensorflow-cpu',
    filename: 'tensorflow_cpu-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
    sha256: '2b847d217b02ee7731ed91431daf3250daa0196c3c94614d23be27232e6e5b6c',
    size: 273_829_956,
    unpackedSize: 1_121_270_429,
  },
  cuda: {
    version: '2.21.0',
    build: 'cuda',
    project: 'tensorflow',
    filename: 'tensorflow-2.21.0-cp311-cp311-manylinux_2_27_x86_64.whl',
    sha256: '9056fbc9ba04235810b71ae6cbd958a196e8804fb53bbcffbf3e23b56155f124',
    size: 572_440_367,
    unpackedSize: 1_658_338_816,
  },
};
