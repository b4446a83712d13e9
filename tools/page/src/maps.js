// Maps of 224 x 224 values, one a pixel, in the units of the notebooks' methods.
export const SIDE = 224;

// The largest size over the three channels.
export function reduceChannels(gradient) {
  const map = new Float32Array(gradient.length / 3);
  for (let n = 0; n < map.length; n++) {
    const [r, g, b] = [gradient[3 * n], gradient[3 * n + 1], gradient[3 * n + 2]];
    map[n] = Math.max(Math.abs(r), Math.abs(g), Math.abs(b));
  }
  return map;
}

// A Gaussian of standard deviation sigma, cut off at four, the edges mirrored.
export function smooth(map, sigma) {
  if (!sigma) return map;
  const weights = gaussian(sigma);
  return alongRows(alongRows(map, weights), weights);
}

function gaussian(sigma) {
  const reach = Math.floor(4 * sigma + 0.5);
  const weights = Array.from({length: 2 * reach + 1}, (_, n) => Math.exp(-0.5 * ((n - reach) / sigma) ** 2));
  const sum = weights.reduce((a, b) => a + b);
  return Float64Array.from(weights, (weight) => weight / sum);
}

// Filters rows and writes them as columns, so that twice is both.
function alongRows(map, weights) {
  const reach = weights.length >> 1;
  const row = new Float64Array(SIDE + 2 * reach);
  const result = new Float32Array(map.length);
  for (let y = 0; y < SIDE; y++) {
    for (let x = -reach; x < SIDE + reach; x++) row[x + reach] = map[y * SIDE + mirrored(x)];
    for (let x = 0; x < SIDE; x++) {
      const middle = x + reach;
      let sum = weights[reach] * row[middle];
      for (let n = 1; n <= reach; n++) sum += weights[reach + n] * (row[middle - n] + row[middle + n]);
      result[x * SIDE + y] = sum;
    }
  }
  return result;
}

function mirrored(x) {
  const place = ((x % (2 * SIDE)) + 2 * SIDE) % (2 * SIDE);
  return place < SIDE ? place : 2 * SIDE - 1 - place;
}

// A coarse square map, enlarged bilinearly between the middles of its cells.
export function enlarge({values, side}) {
  const map = new Float32Array(SIDE * SIDE);
  const places = Array.from({length: SIDE}, (_, n) => between((n + 0.5) * side / SIDE - 0.5, side));
  for (let y = 0; y < SIDE; y++) {
    const [up, down, v] = places[y];
    for (let x = 0; x < SIDE; x++) {
      const [left, right, u] = places[x];
      const above = values[up * side + left] * (1 - u) + values[up * side + right] * u;
      const below = values[down * side + left] * (1 - u) + values[down * side + right] * u;
      map[y * SIDE + x] = above * (1 - v) + below * v;
    }
  }
  return map;
}

function between(place, side) {
  const low = Math.floor(place);
  const clamp = (n) => Math.min(Math.max(n, 0), side - 1);
  return [clamp(low), clamp(low + 1), place - low];
}

// --- Occlusion ----------------------------------------------------------------------------------

export const PATCH = 32;
const STRIDE = 16;

// Corners (top, left) of all patches, those far apart first, so that a coarse map comes early.
export function patchCorners() {
  const edges = [];
  for (let edge = 0; edge <= SIDE - PATCH; edge += STRIDE) edges.push(edge);
  const depth = (n) => Math.min(2, Math.log2((n & -n) || 4));
  const corners = edges.flatMap((top, row) => edges.map((left, column) => (
    {top, left, coarse: Math.min(depth(row), depth(column))})));
  return corners.sort((a, b) => b.coarse - a.coarse).map(({top, left}) => [top, left]);
}

// The mean fall over all patches that cover a pixel; NaN where none does yet.
export function spreadDrops(corners, drops) {
  const sums = new Float32Array(SIDE * SIDE);
  const counts = new Float32Array(SIDE * SIDE);
  drops.forEach((drop, n) => {
    const [top, left] = corners[n];
    for (let y = top; y < top + PATCH; y++) {
      for (let x = left; x < left + PATCH; x++) {
        sums[y * SIDE + x] += drop;
        counts[y * SIDE + x] += 1;
      }
    }
  });
  return sums.map((sum, n) => sum / counts[n]);
}

// Share of a map over share of the area, for the pixels where `inside` holds.
export function density(map, inside) {
  let [all, within, area] = [0, 0, 0];
  for (let n = 0; n < map.length; n++) {
    all += map[n];
    if (inside(n)) [within, area] = [within + map[n], area + 1];
  }
  return (within / all) / (area / map.length);
}
