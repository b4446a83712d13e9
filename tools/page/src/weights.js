// Weights arrive as float16 numbers in one gzip file, behind a JSON header that says what is where.

function halfTable() {
  const table = new Float32Array(65536);
  for (let bits = 0; bits < 65536; bits++) {
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size = exponent ? (1 + fraction / 1024) * 2 ** (exponent - 15) : fraction * 2 ** -24;
    table[bits] = bits >> 15 ? -size : size;
  }
  return table;
}

export async function unzip(bytes) {
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}

// name of a layer -> {kernel, bias}, each {shape, values}
export async function readWeights(zipped) {
  const bytes = await unzip(zipped);
  const start = 4 + new DataView(bytes.buffer).getUint32(0, true);
  const header = JSON.parse(new TextDecoder().decode(bytes.subarray(4, start)));
  const halves = new Uint16Array(bytes.buffer.slice(start));
  const values = Float32Array.from(halves, (table => (bits) => table[bits])(halfTable()));
  const layers = {};
  let place = 0;
  for (const {layer, kind, shape} of header) {
    const count = shape.reduce((a, b) => a * b, 1);
    layers[layer] ??= {};
    layers[layer][kind] = {shape, values: values.subarray(place, place += count)};
  }
  return layers;
}
