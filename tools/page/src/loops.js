// The steps of the backward pass for which the wasm backend has no kernel, or a slow one.

// Max pooling of 3 x 3, stride 2, no border: where the first largest of each window lies.
export function firstLargest(input, [count, height, width, channels]) {
  const [rows, columns] = [height, width].map((length) => (length - 1) >> 1);
  const places = new Int32Array(count * rows * columns * channels);
  let n = 0;
  for (let row = 0; row < count * rows; row++) {
    const line = Math.floor(row / rows) * height + 2 * (row % rows);
    for (let column = 0; column < columns; column++) {
      const corner = (line * width + 2 * column) * channels;
      for (let channel = 0; channel < channels; channel++) {
        places[n++] = largestFrom(input, corner + channel, width * channels, channels);
      }
    }
  }
  return places;
}

function largestFrom(input, start, line, channels) {
  let best = start;
  for (let down = start; down <= start + 2 * line; down += line) {
    for (let place = down; place <= down + 2 * channels; place += channels) {
      // Without a branch, which would often be guessed wrong.
      best ^= (best ^ place) & -(input[place] > input[best]);
    }
  }
  return best;
}

// Each gradient goes to the place that gave the pooled value.
export function unpool(result, gradient, places) {
  result.fill(0);
  for (let n = 0; n < places.length; n++) result[places[n]] += gradient[n];
}

// Adds up windows of 3 x 3, stride 2, that begin in the upper left corner; those at the lower and
// right edge reach one pixel over it.
export function foldWindows(result, windows, [, height, width, channels]) {
  result.fill(0);
  let from = 0;
  for (let top = 0; top < height; top += 2) {
    for (let left = 0; left < width; left += 2, from += 9 * channels) {
      const wide = Math.min(3, width - left) * channels;
      for (let down = 0; down < Math.min(3, height - top); down++) {
        const to = ((top + down) * width + left) * channels;
        for (let n = 0; n < wide; n++) result[to + n] += windows[from + 3 * down * channels + n];
      }
    }
  }
}

// So many channels from the first one on, out of all that were joined.
export function takeChannels(result, count, joined, all, first) {
  for (let from = first, to = 0; to < result.length; from += all, to += count) {
    result.set(joined.subarray(from, from + count), to);
  }
}
