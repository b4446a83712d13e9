// From a file to a picture: upright, on white where it is transparent, resized as Pillow does.
import {make} from './dom.js';
import {SIDE} from './maps.js';
import {middle, resized} from './resize.js';

const MOST = 178956970; // pixels; what the notebooks refuse as well
const HEIC = ['heic', 'heix', 'heim', 'heis', 'hevc', 'hevx', 'mif1', 'msf1'];

// {bitmap, width, height}, turned as its EXIF orientation says. Throws one sentence.
export async function openPhoto(file) {
  if (!file.size) throw new Error('This file is empty: choose a photo.');
  let bitmap;
  try {
    bitmap = await createImageBitmap(file, {imageOrientation: 'from-image'});
  } catch {
    throw new Error(await reason(file));
  }
  const {width, height} = bitmap;
  if (width * height > MOST) {
    bitmap.close();
    throw new Error(`This picture has ${Math.round(width * height / 1e6)} million pixels, more than the 178 million that can be read: make it smaller first.`);
  }
  return {bitmap, width, height};
}

async function reason(file) {
  const head = new Uint8Array(await file.slice(0, 12).arrayBuffer());
  const text = String.fromCharCode(...head);
  if (text.slice(4, 8) === 'ftyp' && HEIC.includes(text.slice(8, 12))) {
    return 'This is a HEIC photo, as iPhones take them, and this browser cannot read those: open the page '
      + 'in Safari, or send the photo to yourself as JPEG.';
  }
  const known = head[0] === 0xff || text.startsWith('\x89PNG') || text.startsWith('GIF8') || text.startsWith('RIFF');
  if (known) return 'This picture is damaged, or was not loaded to its end: choose it again, or another one.';
  return 'This is not a picture that the browser can read: choose a JPEG, PNG, GIF or WebP file.';
}

// The photo as the network reads it: squeezed to a square, or its middle.
export function squared({bitmap, width, height}, fit) {
  const part = fit === 'middle' ? middle(width, height) : undefined;
  return resized((top, rows) => strip(bitmap, top, rows), width, height, SIDE, part);
}

const canvas = make('canvas');

function strip(bitmap, top, rows) {
  Object.assign(canvas, {width: bitmap.width, height: rows});
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.fillStyle = '#fff';
  context.fillRect(0, 0, bitmap.width, rows);
  context.drawImage(bitmap, 0, -top);
  return context.getImageData(0, 0, bitmap.width, rows).data;
}
