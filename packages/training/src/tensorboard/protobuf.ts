/**
 * The part of the Protocol Buffers wire format that event files need. Write fields in ascending order of their numbers.
 */

const WIRE = { varint: 0, fixed64: 1, bytes: 2, fixed32: 5 } as const;

/** Encodes one message. Zero and empty values are omitted, as in proto3 fields without presence. */
export class Message {
  private readonly parts: Uint8Array[] = [];

  /** Writes a double, unless it is 0. */
  double(field: number, value: number): this {
    return value === 0 ? this : this.add(field, WIRE.fixed64, float64(value));
  }

  /** Writes a float, even if it is 0: for fields of a oneof. */
  float(field: number, value: number): this {
    const bytes = new Uint8Array(4);
    new DataView(bytes.buffer).setFloat32(0, value, true);
    return this.add(field, WIRE.fixed32, bytes);
  }

  /** Writes an integer in [0, 2⁵³), unless it is 0. */
  integer(field: number, value: number): this {
    return value === 0 ? this : this.add(field, WIRE.varint, varint(value));
  }

  text(field: number, value: string): this {
    return this.bytes(field, new TextEncoder().encode(value));
  }

  message(field: number, value: Message): this {
    return this.bytes(field, value.encode());
  }

  /** Writes packed doubles, unless the list is empty. */
  doubles(field: number, values: readonly number[]): this {
    return values.length === 0 ? this : this.bytes(field, concatenated(values.map(float64)));
  }

  encode(): Uint8Array {
    return concatenated(this.parts);
  }

  private bytes(field: number, value: Uint8Array): this {
    return this.add(field, WIRE.bytes, concatenated([varint(value.length), value]));
  }

  private add(field: number, wire: number, value: Uint8Array): this {
    this.parts.push(varint(field * 8 + wire), value);
    return this;
  }
}

function float64(value: number): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setFloat64(0, value, true);
  return bytes;
}

function varint(value: number): Uint8Array {
  const bytes: number[] = [];
  let rest = value;
  while (rest >= 128) {
    bytes.push((rest % 128) + 128);
    rest = Math.floor(rest / 128);
  }
  return Uint8Array.from([...bytes, rest]);
}

function concatenated(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}
