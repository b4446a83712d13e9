// A network that runs forward and, with a backward pass made of forward operations, back to the
// pixels. TensorFlow.js could differentiate by itself, but its wasm backend does so four times
// slower (and for depthwise convolutions not at all).
import * as tf from '@tensorflow/tfjs-core';
import {firstLargest, foldWindows, takeChannels, unpool} from './loops.js';

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

  // Keeps of one picture the feature maps and what gradients need on their way back, so that another
  // class costs a backward pass alone.
  look({key, pixels}) {
    if (this.key === key) return;
    tf.dispose([this.features, this.ways]);
    [this.features, this.ways] = tf.tidy(() => {
      const outputs = this.run(pixels);
      this.shapes = outputs.map(({shape}) => shape);
      return [outputs.at(-1), this.nodes.map((node, place) => wayBack(node, outputs, place))];
    });
    this.key = key;
  }

  // Gradient of a class logit by the pixels of the picture looked at: 224 x 224 x 3.
  gradient(index) {
    return this.read(() => backward(this, index));
  }

  // Grad-CAM of the picture looked at, before it is enlarged: {values, side}.
  gradCam(index) {
    const [, side, , channels] = this.features.shape;
    const values = this.read(() => {
      const features = tf.reshape(this.features, [side * side, channels]);
      return tf.relu(tf.matMul(features, tf.reshape(this.pull(index), [channels, 1])));
    });
    return {values, side};
  }

  // d logit / d feature maps, the same at every place: the class's weights over the places.
  pull(index) {
    const [channels, classes] = this.classWeights.shape;
    const [, height, width] = this.features.shape;
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

// What does not depend on the class: 1 for the units of a rectified node that let a gradient pass,
// between the ends, and 0 for the others; or the places that a pooled node has its values from.
function wayBack({op, activation, from}, outputs, place) {
  const output = outputs[place];
  if (activation === 'relu') return tf.step(output);
  if (activation === 'relu6') return tf.mul(tf.step(output), tf.step(tf.sub(6, output)));
  if (op !== 'maxpool') return null;
  const input = outputs[from[0]];
  return tf.tensor1d(firstLargest(heap(input), input.shape), 'int32');
}

function backward(network, index) {
  const {nodes, shapes, ways, layers} = network;
  const gradients = [];
  const give = (place, values) => {
    gradients[place] = gradients[place] ? tf.add(gradients[place], values) : values;
  };
  give(nodes.length - 1, tf.mul(tf.onesLike(network.features), network.pull(index)));
  for (let place = nodes.length - 1; place > 0; place--) {
    const node = nodes[place];
    const inputs = node.from.map((n) => shapes[n]);
    const own = {node, way: ways[place], back: layers[node.weights]?.back};
    const below = tf.tidy(() => {
      const rectified = node.activation?.startsWith('relu');
      const above = rectified ? tf.mul(gradients[place], own.way) : gradients[place];
      return BACKWARD[node.op](above, inputs, own);
    });
    node.from.forEach((n, part) => give(n, below[part]));
    gradients[place] = null;
  }
  return gradients[0];
}

// The values where they lie: to be used at once, before the memory grows and moves.
const heap = (tensor) => tf.backend().typedArrayFromHeap(tensor);

// A tensor that a loop writes where it lies.
function written(shape, write) {
  const made = tf.backend().makeOutput(shape, 'float32');
  write(heap(made));
  return tf.engine().makeTensorFromTensorInfo(made);
}

const BACKWARD = {
  scale: (gradient, inputs, {node}) => [node.factor === 1 ? gradient : tf.mul(gradient, node.factor)],
  conv: (gradient, [shape], {node, back}) => {
    const found = tf.conv2d(gradient, back, 1, 'same');
    if (node.stride === 1) return [found];
    return [written(shape, (values) => foldWindows(values, heap(found), shape))];
  },
  depthwise: (gradient, [shape], {node, back}) => {
    if (node.stride === 1) return [tf.depthwiseConv2d(gradient, back, 1, 'same')];
    const border = [1, (node.kernel - 3) / 2];
    return [interleaved(back.map(
      (filter) => tf.depthwiseConv2d(gradient, filter, 1, [NONE, border, border, NONE])), shape)];
  },
  maxpool: (gradient, [shape], {way}) =>
    [written(shape, (values) => unpool(values, heap(gradient), heap(way)))],
  add: (gradient) => [gradient, gradient],
  concat: (gradient, inputs) => inputs.map((shape, part) => {
    const first = inputs.slice(0, part).reduce((sum, {3: channels}) => sum + channels, 0);
    return written(shape, (values) => takeChannels(values, shape[3], heap(gradient), gradient.shape[3], first));
  }),
};

const NONE = [0, 0];

// The filter that carries gradients back: turned round, inputs and outputs exchanged.
const BACK = {
  conv: ({kernel, stride}, filter) => {
    if (stride === 2) return windows(filter);
    const turned = kernel > 1 ? tf.reverse(filter, [0, 1]) : filter;
    return tf.transpose(turned, [0, 1, 3, 2]);
  },
  depthwise: ({stride}, filter) => stride === 2 ? phases(filter) : tf.reverse(filter, [0, 1]),
};

// Of each place the gradients of the whole window that it reads: few, where the picture is read.
function windows(filter) {
  const [height, width, inputs, outputs] = filter.shape;
  return tf.reshape(tf.transpose(filter, [3, 0, 1, 2]), [1, 1, outputs, height * width * inputs]);
}

// Stride 2 over an even side: pixels of even and of odd rows and columns read the filter's taps in
// turn, so four small filters give the gradients of the four kinds of pixels, a quarter of the work
// of one filter over zeros put in between. Where a kind has no tap, the border of zeros is taken.
function phases(filter) {
  const kernel = filter.shape[0];
  const bordered = tf.pad(filter, [[0, 1], [0, 1], NONE, NONE]);
  const first = (kernel + 1) / 2;
  const taps = [0, 1].map((parity) => Array.from({length: first}, (_, n) => {
    const tap = first + parity - 2 * n;
    return tap >= 0 && tap < kernel ? tap : kernel;
  }));
  return taps.flatMap((rows) => taps.map((columns) => tf.gather(tf.gather(bordered, rows), columns, 1)));
}

// The four kinds of pixels to the places that they stand for: side by side, then row under row.
function interleaved(kinds, shape) {
  const row = ([left, right]) => tf.reshape(tf.concat([left, right], 3), [shape[1] / 2, shape[2] * shape[3]]);
  return tf.reshape(tf.concat([row(kinds.slice(0, 2)), row(kinds.slice(2))], 1), shape);
}
