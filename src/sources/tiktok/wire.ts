/** An honest frame has some dozens of messages, and they have some dozens of fields. */
const mostFields = 10_000;

/**
 * Throws a RangeError when a protobuf message has more fields than can be meant, its repeated ones counted each time. An
 * empty one takes two bytes on the wire and hundreds when it is decoded: a small frame would fill the memory. What is
 * no protobuf passes; to decode it throws.
 */
export function checkFields(bytes: Uint8Array): void {
  let at = 0;
  for (let fields = 0; at < bytes.length; fields += 1) {
    if (fields === mostFields) throw new RangeError(`more than ${mostFields} fields`);
    const tag = varint();
    const wire = tag & 7;
    if (wire === 0) varint();
    else if (wire === 1) at += 8;
    else if (wire === 2) at += varint();
    else if (wire === 5) at += 4;
  }

  /** Exact for what is as long as the message at most. */
  function varint(): number {
    let value = 0;
    for (let factor = 1; at < bytes.length; factor *= 128) {
      const byte = bytes[at] ?? 0;
      at += 1;
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) break;
    }
    return value;
  }
}
