// Columns of programs from the bytes that the server sends of them.

const TYPES = { i4: Int32Array, f8: Float64Array, u2: Uint16Array, u1: Uint8Array };

// Columns as cladogen/view/columns.py packs them.
export function unpacked(buffer) {
  const length = new DataView(buffer).getUint32(0, true);
  const head = JSON.parse(new TextDecoder().decode(new Uint8Array(buffer, 4, length)));
  let at = 4 + length;
  for (const [name, type, many] of head.columns) {
    head[name] = new TYPES[type](buffer, at, many);
    at += Math.ceil(head[name].byteLength / 8) * 8;
  }
  return head;
}
