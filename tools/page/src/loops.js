// The steps of the backward pass that a plain loop does faster than the wasm backend's kernels.

// A gradient passes where a rectifier's output lies between its ends.
export function maskInPlace(gradient, output, ceiling) {
  for (let n = 0; n < gradient.length; n++) {
    if (!(output[n] > 0 && output[n] < ceiling)) gradient[n] = 0;
  }
}

// Max pooling of 3 x 3, stride 2, no border: each gradient goes to the first largest of its window.
export function unpool(gradient, input, output, [, , width, channels], [count, rows, columns]) {
  const result = new Float32Array(input.length);
  const step = width * channels;
  const picture = input.length / count;
  let place = 0;
  for (let n = 0; n < count; n++) {
    for (let row = 0; row < rows; row++) {
      for (let column = 0; column < columns; column++) {
        const corner = n * picture + 2 * row * step + 2 * column * channels;
        for (let channel = 0; channel < channels; channel++, place++) {
          const start = corner + channel;
          result[largest(input, start, step, channels, output[place])] += gradient[place];
        }
      }
    }
  }
  return result;
}

function largest(input, start, step, channels, value) {
  for (let down = start; down <= start + 2 * step; down += step) {
    if (input[down] === value) return down;
    if (input[down + channels] === value) return down + channels;
    if (input[down + 2 * channels] === value) return down + 2 * channels;
  }
  return start; // no number at all
}

// The parts that were joined along the channels.
export function splitChannels(joined, sizes) {
  const all = sizes.reduce((a, b) => a + b);
  let first = 0;
  return sizes.map((size) => {
    const part = new Float32Array(joined.length / all * size);
    for (let from = first, to = 0; to < part.length; from += all, to += size) {
      for (let n = 0; n < size; n++) part[to + n] = joined[from + n];
    }
    first += size;
    return part;
  });
}

// Four kinds of pixels, each with all channels, to the places that they stand for.
export function interleave(kinds, [count, height, width, channels]) {
  const result = new Float32Array(count * height * width * channels);
  let from = 0;
  for (let row = 0; row < count * height; row += 2) {
    for (let column = 0; column < width; column += 2) {
      for (let kind = 0; kind < 4; kind++) {
        const to = ((row + (kind >> 1)) * width + column + (kind & 1)) * channels;
        for (let n = 0; n < channels; n++) result[to + n] = kinds[from++];
      }
    }
  }
  return result;
}
