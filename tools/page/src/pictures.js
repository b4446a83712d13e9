// Pictures as the network reads them: Float32Array of 224 x 224 x 3, RGB, 0..255.
import {SIDE, smooth} from './maps.js';

const BLUR = 10;

export function filled(picture, fill) {
  if (fill === 'blur') return blurred(picture);
  const colour = fill === 'mean' ? meanColour(picture) : Array(3).fill(fill === 'white' ? 255 : 0);
  return Float32Array.from(picture, (_, n) => colour[n % 3]);
}

function meanColour(picture) {
  const sums = [0, 0, 0];
  picture.forEach((value, n) => { sums[n % 3] += value; });
  return sums.map((sum) => sum / (SIDE * SIDE));
}

function blurred(picture) {
  const result = new Float32Array(picture.length);
  for (let channel = 0; channel < 3; channel++) {
    const plane = smooth(Float32Array.from({length: SIDE * SIDE}, (_, n) => picture[3 * n + channel]), BLUR);
    plane.forEach((value, n) => { result[3 * n + channel] = value; });
  }
  return result;
}

// The picture with a box {top, left, height, width} of another one.
export function withBox(picture, filling, {top, left, height, width}) {
  const result = picture.slice();
  for (let y = top; y < top + height; y++) {
    const [from, to] = [3 * (y * SIDE + left), 3 * (y * SIDE + left + width)];
    result.set(filling.subarray(from, to), from);
  }
  return result;
}

// The pixels of a box alone.
export function partOf(picture, {top, left, height, width}) {
  const part = new Float32Array(3 * height * width);
  for (let y = 0; y < height; y++) {
    const from = 3 * ((top + y) * SIDE + left);
    part.set(picture.subarray(from, from + 3 * width), 3 * y * width);
  }
  return part;
}

// White laid over a picture where `mark` (224 x 224, 0..1) covers it.
export function withMark(picture, mark, opacity) {
  return picture.map((value, n) => {
    const share = opacity * mark[Math.floor(n / 3)];
    return value + share * (255 - value);
  });
}

// Places for the same box that do not overlap it, in an order drawn by lot but always the same.
export function elsewhere(box, most) {
  const places = [];
  for (let top = 0; top <= SIDE - box.height; top += 8) {
    for (let left = 0; left <= SIDE - box.width; left += 8) {
      const apart = Math.abs(left - box.left) >= box.width || Math.abs(top - box.top) >= box.height;
      if (apart) places.push({...box, left, top});
    }
  }
  let seed = 1;
  const drawn = () => (seed = (seed * 48271) % 2147483647) / 2147483647;
  return places.map((place) => [drawn(), place]).sort((a, b) => a[0] - b[0]).slice(0, most).map(([, place]) => place);
}
