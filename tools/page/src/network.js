// A network that runs forward and, with a backward pass made of forward operations, back to the
// pixels. TensorFlow.js could differentiate by itself, but its wasm backend does so four times
// slower (and for depthwise convolutions not at all).
import * as tf from '@tensorflow/tfjs-core';
import {interleave, maskInPlace, splitChannels, unpool} from './loops.js';

export const SIDE = 224;

export class Network {
  constructor({nodes, classes}, layers) {
    this.nodes = nodes;
    this.layers = {};
    for (const node of nodes) if (node.weights) this.layers[node.weights] = load(node, layers);
    const {kernel, bias} = layers[classes];
    const shape = kernel.shape.slice(-2);
    this.classWeights = {shape, values: kernel.values};
    this.classKernel = tf.tensor2d(kernel.values, shape);
    this.classBias = tf.tensor1d(bias.values);
  }

  // Logits of pictures, Float32Array of n x 224 x 224 x 3, RGB, 0..255.
  scores(pixels) {
    return this.read(() => this.logits(this.run(pixels).at(-1)));
  }

  // Keeps the activations of one picture, so that another class costs a backward pass alone.
  look({key, pixels}) {
    if (this.key === key) return;
    this.kept?.forEach((tensor) => tensor.dispose());
    this.kept = tf.tidy(() => this.run(pixels));
    this.key = key;
  }

  // Gradient of a class logit by the pixels of the picture looked at: 224 x 224 x 3.
  gradient(index) {
    return this.read(() => backward(this, index));
  }

  // Grad-CAM of the picture looked at, before it is enlarged: {values, side}.
  gradCam(index) {
    const [, side, , channels] = this.kept.at(-1).shape;
    const values = this.read(() => {
      const features = tf.reshape(this.kept.at(-1), [side * side, channels]);
      return tf.relu(tf.matMul(features, tf.reshape(this.pull(index), [channels, 1])));
    });
    return {values, side};
  }

  // d logit / d feature maps, the same at every place: the class's weights over the places.
  pull(index) {
    const [channels, classes] = this.classWeights.shape;
    const [, height, width] = this.kept.at(-1).shape;
    const column = new Float32Array(channels);
    for (let k = 0; k < channels; k++) {
      column[k] = this.classWeights.values[k * classes + index] / (height * width);
    }
    return tf.tensor1d(column);
  }

  run(pixels) {
    const outputs = [tf.tensor4d(pixels, [pixels.length / (3 * SIDE ** 2), SIDE, SIDE, 3])];
    for (const node of this.nodes.slice(1)) {
      outputs.push(FORWARD[node.op](node, node.from.map((n) => outputs[n]), this.layers[node.weights]));
    }
    return outputs;
  }

  logits(features) {
    return tf.add(tf.matMul(tf.mean(features, [1, 2]), this.classKernel), this.classBias);
  }

  read(compute) {
    const tensor = tf.tidy(compute);
    const values = tensor.dataSync();
    tensor.dispose();
    return values;
  }
}

function load(node, layers) {
  const {kernel, bias} = layers[node.weights];
  const filter = tf.tensor4d(kernel.values, kernel.shape);
  return {filter, bias: tf.tensor1d(bias.values), back: tf.tidy(() => BACK[node.op](node, filter))};
}

const FORWARD = {
  scale: (node, [x]) => tf.add(node.factor === 1 ? x : tf.mul(x, node.factor), node.offset),
  conv: (node, [x], layer) => tf.fused.conv2d(fused(node, x, layer)),
  depthwise: (node, [x], layer) => tf.fused.depthwiseConv2d(fused(node, x, layer)),
  maxpool: (node, [x]) => tf.maxPool(x, node.kernel, node.stride, 'valid'),
  add: (node, [a, b]) => tf.add(a, b),
  concat: (node, parts) => tf.concat(parts, 3),
};

function fused({stride, activation}, x, {filter, bias}) {
  return {x, filter, bias, strides: stride, pad: 'same', activation};
}

// --- Backward ---------------------------------------------------------------------------------

function backward(network, index) {
  const {nodes, kept} = network;
  const gradients = [];
  const give = (place, values) => {
    gradients[place] = gradients[place] ? tf.add(gradients[place], values) : values;
  };
  const last = kept.at(-1);
  give(nodes.length - 1, tf.mul(tf.onesLike(last), network.pull(index)));
  for (let place = nodes.length - 1; place > 0; place--) {
    const node = nodes[place];
    const inputs = node.from.map((n) => kept[n]);
    const above = throughActivation(node.activation, gradients[place], kept[place]);
    const below = BACKWARD[node.op](node, above, inputs, kept[place], network.layers[node.weights]);
    node.from.forEach((n, part) => give(n, below[part]));
    gradients[place] = null;
  }
  return gradients[0];
}

// In place: what a rectified node gets is made for it alone, since a gradient that two nodes share
// comes from an `add`, which reads linear nodes only.
function throughActivation(activation, gradient, output) {
  if (activation?.startsWith('relu')) {
    maskInPlace(heap(gradient), heap(output), activation === 'relu6' ? 6 : Infinity);
  }
  return gradient;
}

// The values where they lie: to be used at once, before the memory grows and moves.
const heap = (tensor) => tf.backend().typedArrayFromHeap(tensor);

const BACKWARD = {
  scale: (node, gradient) => [node.factor === 1 ? gradient : tf.mul(gradient, node.factor)],
  conv: (node, gradient, [x], y, {back}) => [transposed(tf.conv2d, node, gradient, back, x)],
  depthwise: (node, gradient, [x], y, {back}) =>
    [transposed(tf.depthwiseConv2d, node, gradient, back, x)],
  maxpool: (node, gradient, [x], y) =>
    [tf.tensor4d(unpool(heap(gradient), heap(x), heap(y), x.shape, y.shape), x.shape)],
  add: (node, gradient) => [gradient, gradient],
  concat: (node, gradient, parts) =>
    splitChannels(heap(gradient), parts.map(({shape}) => shape[3])).map(
      (values, n) => tf.tensor4d(values, parts[n].shape)),
};

// The filter that carries gradients back: turned round, inputs and outputs exchanged.
const BACK = {
  conv: ({kernel, stride}, filter) => {
    if (stride === 2) return phases(filter);
    const turned = kernel > 1 ? tf.reverse(filter, [0, 1]) : filter;
    return tf.transpose(turned, [0, 1, 3, 2]);
  },
  depthwise: ({kernel}, filter) => tf.reverse(filter, [0, 1]),
};

function transposed(convolve, node, gradient, back, input) {
  if (node.stride === 1) return convolve(gradient, back, 1, 'same');
  if (node.op === 'conv') {
    const kinds = convolve(padded(gradient), back, 1, 'valid');
    return tf.tensor4d(interleave(heap(kinds), input.shape), input.shape);
  }
  return convolve(spread(gradient, node.kernel, input.shape[1]), back, 1, 'valid');
}

// Stride 2 and a kernel of 3 over an even side: pixel 2m reads outputs m - 1 (weight 2) and m
// (weight 0), pixel 2m + 1 output m alone (weight 1). So one convolution of 2 x 2 gives the
// gradients of all four kinds of pixels, a quarter of the work of one over zeros put in between.
function phases(filter) {
  const taps = [[2, 0], [null, 1]];
  const nothing = tf.zeros(filter.shape.slice(2));
  const pick = (row, column) => row === null || column === null ? nothing
    : tf.squeeze(tf.slice(filter, [row, column, 0, 0], [1, 1, -1, -1]), [0, 1]);
  const kinds = [0, 1].flatMap((down) => [0, 1].map((right) => tf.stack(
    taps[down].map((row) => tf.stack(taps[right].map((column) => pick(row, column)))))));
  return tf.concat(kinds.map((kind) => tf.transpose(kind, [0, 1, 3, 2])), 3);
}

const padded = (gradient) => tf.pad(gradient, [[0, 0], [1, 0], [1, 0], [0, 0]]);

// Zeros between the values, so that a convolution of stride 1 becomes the transpose of stride 2.
function spread(gradient, kernel, side) {
  const [count, height, width, channels] = gradient.shape;
  const before = Math.max((height - 1) * 2 + kernel - side, 0) >> 1;
  const left = kernel - 1 - before;
  let x = tf.pad(tf.reshape(gradient, [count * height * width, channels]), [[0, 0], [0, channels]]);
  x = tf.reshape(x, [count * height, 2 * width * channels]);
  x = tf.pad(x, [[0, 0], [0, 2 * width * channels]]);
  x = tf.reshape(x, [count, 2 * height, 2 * width, channels]);
  return tf.pad(x, [[0, 0], [left, before], [left, before], [0, 0]]);
}
