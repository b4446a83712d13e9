// Pillow's bicubic filter, rounding as Pillow does: widths first, then heights, both to whole
// numbers, with weights of 22 binary digits. Browsers resize otherwise, by up to a logit.

const DIGITS = 2 ** 22;
const A = -0.5;

function cubic(distance) {
  const x = Math.abs(distance);
  if (x < 1) return ((A + 2) * x - (A + 3)) * x * x + 1;
  if (x < 2) return (((x - 5) * x + 8) * x - 4) * A;
  return 0;
}

// For each of `to` places: the first pixel it reads of [start, end) among `size`, and the weights.
function readers(size, to, start, end) {
  const scale = (end - start) / to;
  const stretch = Math.max(scale, 1);
  return Array.from({length: to}, (_, place) => {
    const middle = start + (place + 0.5) * scale;
    const first = Math.max(Math.trunc(middle - 2 * stretch + 0.5), 0);
    const last = Math.min(Math.trunc(middle + 2 * stretch + 0.5), size);
    const weights = Array.from({length: last - first}, (__, n) => cubic((first + n - middle + 0.5) / stretch));
    const sum = weights.reduce((a, b) => a + b, 0);
    return {first, weights: Float64Array.from(weights, (w) => Math.round(w / sum * DIGITS))};
  });
}

const rounded = (sum) => Math.min(Math.max(Math.floor((sum + DIGITS / 2) / DIGITS), 0), 255);

// One picture, row by row, so that a large photograph never lies in memory as a whole: `strip(top,
// rows)` gives RGBA. The part {left, top, right, bottom} becomes side x side x 3, RGB.
export function resized(strip, width, height, side, part = {left: 0, top: 0, right: width, bottom: height}) {
  const across = readers(width, side, part.left, part.right);
  const down = readers(height, side, part.top, part.bottom);
  const first = down[0].first;
  const rows = down.at(-1).first + down.at(-1).weights.length - first;
  const narrow = new Uint8Array(rows * side * 3);
  const atOnce = Math.max(1, Math.floor(4e6 / width));
  for (let row = 0; row < rows; row += atOnce) {
    const count = Math.min(atOnce, rows - row);
    narrowed(strip(first + row, count), width, across, narrow.subarray(row * side * 3), count);
  }
  return lowered(narrow, first, down, side);
}

function narrowed(rgba, width, across, result, rows) {
  let to = 0;
  for (let row = 0; row < rows; row++) {
    for (const {first, weights} of across) {
      let [r, g, b] = [0, 0, 0];
      let from = 4 * (row * width + first);
      for (let n = 0; n < weights.length; n++, from += 4) {
        r += weights[n] * rgba[from];
        g += weights[n] * rgba[from + 1];
        b += weights[n] * rgba[from + 2];
      }
      result[to++] = rounded(r);
      result[to++] = rounded(g);
      result[to++] = rounded(b);
    }
  }
}

function lowered(narrow, top, down, side) {
  const line = side * 3;
  const result = new Float32Array(side * line);
  down.forEach(({first, weights}, row) => {
    for (let n = 0; n < line; n++) {
      let sum = 0;
      for (let k = 0; k < weights.length; k++) sum += weights[k] * narrow[(first - top + k) * line + n];
      result[row * line + n] = rounded(sum);
    }
  });
  return result;
}

// The largest square in the middle, as Pillow's ImageOps.fit cuts it.
export function middle(width, height) {
  const side = Math.min(width, height);
  const [left, top] = [(width - side) / 2, (height - side) / 2];
  return {left, top, right: left + side, bottom: top + side};
}
