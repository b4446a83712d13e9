// What the first three experiments share: a network, a picture, a class.
import {FACTS, bytes} from './files.js';
import {Machine} from './machine.js';
import {SIDE} from './maps.js';
import {ranked} from './scores.js';

export const machine = new Machine();

export const NETWORKS = {
  'squeezenet': 'SqueezeNet 1.1',
  'efficientnet-lite0': 'EfficientNet-Lite0',
};

export const state = {network: 'squeezenet', picture: null, logits: null, index: null};
const listeners = [];

// Hears of every change of network, picture or class.
export function onChange(listener) {
  listeners.push(listener);
}

function tell(what) {
  for (const listener of listeners) listener(what);
}

export const scores = (pixels, network = state.network) => machine.scores(network, pixels);

export async function chooseNetwork(network) {
  await machine.load(network);
  const logits = state.picture && await scores(state.picture.pixels, network);
  Object.assign(state, {network, logits});
  tell('network');
}

// With the class that comes first, unless a class is given.
export async function choosePicture(picture) {
  const logits = await scores(picture.pixels);
  Object.assign(state, {picture, logits, index: ranked(logits)[0]});
  tell('picture');
}

export function chooseClass(index) {
  state.index = index;
  tell('class');
}

// --- Pictures -----------------------------------------------------------------------------------

export const SHOWN = ['can_opener', 'chelsea', 'basketball', 'coffee', 'farmyard', 'fruit'];
export const TITLES = {
  can_opener: 'tin and opener', chelsea: 'cat', basketball: 'basketball', coffee: 'coffee',
  farmyard: 'farmyard', fruit: 'fruit', photo: 'your photo',
};
const loaded = {};

// {key, pixels, alt, labels, objects} of a picture that comes with the page.
export function loadPicture(name) {
  loaded[name] ??= readPicture(name);
  return loaded[name];
}

async function readPicture(name) {
  const objects = FACTS.objects[name] ?? [];
  const [rgba, labels] = await Promise.all([
    pixelsOf(`${name}.png`), objects.length ? greys(`${name}.labels.png`) : null]);
  return {key: name, pixels: withoutAlpha(rgba), alt: FACTS.alts[name], labels, objects};
}

export async function greys(file) {
  return (await pixelsOf(file)).filter((_, n) => n % 4 === 0);
}

export const withoutAlpha = (rgba) => Float32Array.from(rgba.filter((_, n) => n % 4 < 3));

async function pixelsOf(file) {
  const blob = new Blob([await bytes(file)], {type: 'image/png'});
  // As the file has them: no colour management, no premultiplied alpha.
  const bitmap = await createImageBitmap(blob, {colorSpaceConversion: 'none', premultiplyAlpha: 'none'});
  const canvas = Object.assign(document.createElement('canvas'), {width: SIDE, height: SIDE});
  const context = canvas.getContext('2d', {willReadFrequently: true});
  context.drawImage(bitmap, 0, 0);
  return context.getImageData(0, 0, SIDE, SIDE).data;
}
