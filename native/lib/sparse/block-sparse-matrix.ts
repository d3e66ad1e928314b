import { productOf } from '../value-checks.js';
import { blockShapeOf, checkBlocks, checkBytes, checkDense, checkSize } from './checks.js';
import { CsrMatrix } from './csr-matrix.js';

/** Rows and columns of every block. */
export type BlockShape = readonly [rows: number, columns: number];

/** The arrays of a matrix of blocks. */
export interface BlockFields {
  rows: number;
  columns: number;
  block: BlockShape;
  /**
   * [blocks · block[0] · block[1]], block after block, each row-major. What lies beyond the matrix's edges is not read.
   */
  values: Float32Array;
  /** [blocks], counted in blocks, rising strictly within a row of blocks. */
  columnIndices: Int32Array;
  /** [⌈rows / block[0]⌉ + 1]: row of blocks r holds the blocks rowOffsets[r] to rowOffsets[r + 1] − 1. */
  rowOffsets: Int32Array;
}

/** A dense matrix's size, and the blocks to cut it into from its first row and column. */
export interface BlockOptions {
  rows: number;
  columns: number;
  block: BlockShape;
}

/**
 * A sparse matrix [rows, columns] of dense blocks (BSR), float32: what the pattern `{block: [r, c]}` of `topKMask`
 * leaves of a kernel.
 * Blocks at the lower and right edge may reach beyond the matrix. The arrays are kept, not copied.
 */
export class BlockSparseMatrix implements BlockFields {
  readonly rows: number;
  readonly columns: number;
  readonly block: BlockShape;
  readonly values: Float32Array;
  readonly columnIndices: Int32Array;
  readonly rowOffsets: Int32Array;

  /** @throws {TypeError | RangeError} if an invariant does not hold; the message names the first bad entry. */
  constructor(fields: BlockFields) {
    // Read once: a getter could give something else after the check.
    const { rows, columns, values, columnIndices, rowOffsets } = fields;
    const block: BlockShape = blockShapeOf('BlockSparseMatrix', fields.block);
    checkBlocks('BlockSparseMatrix', { rows, columns, block, values, columnIndices, rowOffsets });
    this.rows = rows;
    this.columns = columns;
    this.block = block;
    this.values = values;
    this.columnIndices = columnIndices;
    this.rowOffsets = rowOffsets;
  }

  /** How many blocks are stored. */
  get blocks(): number {
    return this.columnIndices.length;
  }

  /** blocks / all blocks of the matrix, 0 for an empty matrix. */
  get density(): number {
    const [r, c] = this.block;
    const all = Math.ceil(this.rows / r) * Math.ceil(this.columns / c);
    return all === 0 ? 0 : this.blocks / all;
  }

  /**
   * The blocks that hold a value other than 0.
   * @param dense row-major, [rows · columns]
   * @throws {TypeError | RangeError} if the length or the block does not fit.
   */
  static fromDense(dense: Float32Array, options: BlockOptions): BlockSparseMatrix {
    // Read once: a getter could give something else after the check.
    const once = { ...options };
    checkDense('BlockSparseMatrix.fromDense', 'dense', dense, once);
    return gather('BlockSparseMatrix.fromDense', dense, once, (i) => dense[i] !== 0);
  }

  /**
   * The blocks that a mask keeps, each whole.
   * @param dense row-major, [rows · columns]
   * @param mask of the same length, as `topKMask` gives it
   * @throws {TypeError | RangeError} if a length or the block does not fit, or naming the first block that is kept in
   * part.
   */
  static fromMask(dense: Float32Array, mask: Uint8Array, options: BlockOptions): BlockSparseMatrix {
    const op = 'BlockSparseMatrix.fromMask';
    const once = { ...options };
    checkDense(op, 'dense', dense, once);
    checkBytes(op, 'mask', mask, dense.length);
    return gather(op, dense, once, (i) => mask[i] !== 0, true);
  }

  /** The same matrix without blocks, every value of a block within the edges an entry; copies. */
  toCsr(): CsrMatrix {
    return this.expand().matrix;
  }

  /** toCsr(), and which of the blocks' values each of its entries is. */
  expand(): { matrix: CsrMatrix; sources: Int32Array } {
    const { rows, columns, values } = this;
    const [r, c] = this.block;
    // Typed arrays: a list of so many numbers would be more than JavaScript's heap holds.
    const sources = new Int32Array(values.length);
    const columnIndices = new Int32Array(values.length);
    const rowOffsets = new Int32Array(rows + 1);
    let count = 0;
    for (let row = 0; row < rows; row++) {
      const [blockRow, inner] = [Math.floor(row / r), row % r];
      for (let i = this.rowOffsets[blockRow]!; i < this.rowOffsets[blockRow + 1]!; i++) {
        const left = this.columnIndices[i]! * c;
        for (let column = left; column < Math.min(left + c, columns); column++) {
          columnIndices[count] = column;
          sources[count++] = (i * r + inner) * c + column - left;
        }
      }
      rowOffsets[row + 1] = count;
    }
    const used = sources.slice(0, count);
    const matrix = new CsrMatrix({
      rows,
      columns,
      values: Float32Array.from(used, (source) => values[source]!),
      columnIndices: columnIndices.slice(0, count),
      rowOffsets,
    });
    return { matrix, sources: used };
  }

  /** Row-major, [rows · columns]; 0 where no block is stored. */
  toDense(): Float32Array {
    return this.toCsr().toDense();
  }

  /** The transposed matrix [columns, rows] of blocks [c, r]; copies. */
  transpose(): BlockSparseMatrix {
    const [r, c] = this.block;
    // The blocks' numbers travel as values, as bits: floats count to 2^24 only.
    const numbers = Int32Array.from({ length: this.blocks }, (_, i) => i);
    const pattern = new CsrMatrix({
      rows: Math.ceil(this.rows / r),
      columns: Math.ceil(this.columns / c),
      values: new Float32Array(numbers.buffer),
      columnIndices: this.columnIndices,
      rowOffsets: this.rowOffsets,
    });
    const { values: order, columnIndices, rowOffsets } = pattern.transpose();
    const sources = new Int32Array(order.buffer);
    const values = new Float32Array(this.values.length);
    for (const [to, from] of sources.entries()) {
      for (let i = 0; i < r * c; i++) {
        values[to * r * c + (i % c) * r + Math.floor(i / c)] = this.values[from * r * c + i]!;
      }
    }
    const [rows, columns] = [this.columns, this.rows];
    return new BlockSparseMatrix({
      rows,
      columns,
      block: [c, r],
      values,
      columnIndices: Int32Array.from(columnIndices),
      rowOffsets,
    });
  }
}

function gather(
  op: string,
  dense: Float32Array,
  { rows, columns, block }: BlockOptions,
  keeps: (index: number) => boolean,
  wantsWhole = false,
): BlockSparseMatrix {
  checkSize(op, rows, columns);
  const [r, c] = blockShapeOf(op, block);
  const rowOffsets = new Int32Array(Math.ceil(rows / r) + 1);
  /** Whether a block is stored. Twice: how many there are, then where. Lists could outgrow JavaScript's heap. */
  const isKept = (top: number, left: number): boolean => {
    const [bottom, right] = [Math.min(top + r, rows), Math.min(left + c, columns)];
    let kept = 0;
    for (let row = top; row < bottom; row++) {
      for (let column = left; column < right; column++) if (keeps(row * columns + column)) kept++;
    }
    const size = (bottom - top) * (right - left);
    if (wantsWhole && kept !== 0 && kept !== size) {
      throw new RangeError(
        `${op}: mask must keep whole blocks, got ${kept} of ${size} in the block at row ${top}, column ${left}`,
      );
    }
    return kept > 0;
  };
  for (let top = 0, row = 0, count = 0; top < rows; top += r, row++) {
    for (let left = 0; left < columns; left += c) if (isKept(top, left)) count++;
    rowOffsets[row + 1] = count;
  }
  const blocks = rowOffsets.at(-1)!;
  const columnIndices = new Int32Array(blocks);
  const values = new Float32Array(productOf(op, 'the number of values', blocks, r, c));
  for (let top = 0, i = 0; top < rows; top += r) {
    for (let left = 0; left < columns; left += c) {
      if (!isKept(top, left)) continue;
      columnIndices[i] = left / c;
      for (let row = top; row < Math.min(top + r, rows); row++) {
        for (let column = left; column < Math.min(left + c, columns); column++) {
          values[(i * r + row - top) * c + column - left] = dense[row * columns + column]!;
        }
      }
      i++;
    }
  }
  return new BlockSparseMatrix({ rows, columns, block: [r, c], values, columnIndices, rowOffsets });
}
