import type { TextPairDataset } from './formats/text-lines.js';
import type { Split, UndigestedDataset } from './image-split.js';

/** A file that a data set consists of, and how to know that it is the right one. */
export interface DatasetFile {
  readonly name: string;
  /** Size in bytes. */
  readonly size: number;
  /** Hexadecimal. */
  readonly sha256: string;
}

/**
 * A place that files come from. They are tried in the order of the declaration, after the cache, where no directory is
 * given.
 */
export type Source =
  /** Downloads `base` + the file's name. */
  | { readonly kind: 'web'; readonly base: string }
  /** A Debian package: files that it has installed in `directory`, else the package itself, fetched without root. */
  | { readonly kind: 'debian'; readonly package: string; readonly directory: string };

/** What {@link DatasetDeclaration.read} may be asked. */
export interface ReadOptions {
  /** Resize images to this shape, each side in [1, 65535]; only for sets that declare `resizes`. */
  readonly size?: { readonly height: number; readonly width: number };
  /** Leave the images on disk where the format allows it. */
  readonly stream?: boolean;
  /** Called with what happens. */
  readonly onProgress?: (event: DatasetProgress) => void;
}

/** What any data set declares: what it is called, its files, and where they come from. */
export interface FilesDeclaration {
  /** The name it is loaded by; also its folder in the cache. */
  readonly name: string;
  /** What tables and figures call it. */
  readonly title: string;
  /** One line on what it holds. */
  readonly summary: string;
  readonly files: readonly DatasetFile[];
  readonly sources: readonly Source[];
  /** Layout of a directory that may be given in place of `files`, in words. */
  readonly layout?: string;
}

/** A data set of images, and how it is read. */
export interface DatasetDeclaration extends FilesDeclaration {
  readonly kind?: 'images';
  /** Whether `readDirectory` brings images to the size that is asked for; without it, a size is refused. */
  readonly resizes?: boolean;
  /**
   * Reads the set from verified files: `files` maps each declared name to a path. Absent if there are none to fetch.
   */
  read?(files: ReadonlyMap<string, string>): Promise<UndigestedDataset>;
  /**
   * Whether a directory has `layout`, by the names in it alone: asked before any work. May throw a DatasetError
   * `wrong-layout` that says what is missing, where there are no `files` to look for instead.
   */
  hasLayout?(directory: string): Promise<boolean>;
  /** Reads the set from a given directory that has `layout`; undefined if it has not. */
  readDirectory?(directory: string, options: ReadOptions): Promise<UndigestedDataset<Split> | undefined>;
  /** Makes the set without any file. */
  generate?(): UndigestedDataset;
}

/** A data set of translations, and how it is read. */
export interface TextPairDeclaration extends FilesDeclaration {
  readonly kind: 'text-pairs';
  /** Reads the set from verified files: `files` maps each declared name to a path. */
  read(files: ReadonlyMap<string, string>): Promise<Omit<TextPairDataset, 'digest'>>;
}

/** A file or folder that lies among a data set's images and is no part of it. */
export interface LeftOut {
  readonly path: string;
  /** Such as `hidden` or `no .jpg or .png`. */
  readonly reason: string;
}

/** An image whose file has the same bytes as another one's, but lies in another split or class. */
export interface Copy {
  readonly path: string;
  /** The image that it is a copy of. */
  readonly of: string;
  readonly where: 'both splits' | 'two classes';
}

/** What happens while a data set is being found. */
export type DatasetProgress =
  /** A source did not work and the next one is tried. */
  | { readonly kind: 'skipped'; readonly source: string; readonly reason: string }
  /** Bytes of all files that have arrived from a source, and how many there will be. */
  | { readonly kind: 'download'; readonly source: string; readonly received: number; readonly total: number }
  /** What lies among the images and is no part of the data set; never empty. */
  | { readonly kind: 'left-out'; readonly entries: readonly LeftOut[] }
  /** Images that lie in both splits or in two classes, as copies; never empty. */
  | { readonly kind: 'copies'; readonly entries: readonly Copy[] }
  /** Image files that have been decoded, or looked at before they are streamed, and how many there are. */
  | { readonly kind: 'read'; readonly done: number; readonly total: number }
  /** All files of a source are in the cache, verified. */
  | { readonly kind: 'fetched'; readonly source: string };
