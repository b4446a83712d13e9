// The two networks as lists of operations. Node 0 is the picture, (n, 224, 224, 3), 0..255; every
// other node names the nodes it reads (`from`) and, where it has some, its weights. The last node
// holds the feature maps: their means times the weights `classes` are the class scores.

const MEAN = [123.68, 116.779, 103.939];
// Numbers of the fire modules between two poolings of SqueezeNet 1.1.
const FIRES = [[2, 3], [4, 5], [6, 7, 8, 9]];
// (expansion, kernel, stride of the first block, blocks, filters) of EfficientNet-Lite0's stages.
const STAGES = [
  [1, 3, 1, 1, 16], [6, 3, 2, 2, 24], [6, 5, 2, 2, 40], [6, 3, 2, 3, 80],
  [6, 5, 1, 3, 112], [6, 5, 2, 4, 192], [6, 3, 1, 1, 320],
];

class Graph {
  nodes = [{op: 'picture'}];

  add(op, from, options = {}) {
    this.nodes.push({op, from: [from].flat(), ...options});
    return this.nodes.length - 1;
  }

  conv(from, weights, kernel, stride, activation, op = 'conv') {
    return this.add(op, from, {weights, kernel, stride, activation});
  }
}

export function squeezenet() {
  const graph = new Graph();
  const fire = (x, name) => {
    const squeezed = graph.conv(x, `${name}_squeeze1x1`, 1, 1, 'relu');
    const parts = [1, 3].map((k) => graph.conv(squeezed, `${name}_expand${k}x${k}`, k, 1, 'relu'));
    return graph.add('concat', parts);
  };
  let x = graph.add('scale', 0, {factor: 1, offset: MEAN.map((mean) => -mean)});
  x = graph.conv(x, 'conv1', 3, 2, 'relu');
  for (const numbers of FIRES) {
    x = graph.add('maxpool', x, {kernel: 3, stride: 2});
    for (const number of numbers) x = fire(x, `fire${number}`);
  }
  return {nodes: graph.nodes, classes: 'conv10'};
}

export function efficientnetLite0() {
  const graph = new Graph();
  let filters = 32;
  let number = 0;
  const block = (start, expansion, kernel, stride, wanted) => {
    const name = `block${String(number++).padStart(2, '0')}`;
    let x = start;
    if (expansion > 1) x = graph.conv(x, `${name}_expand`, 1, 1, 'relu6');
    x = graph.conv(x, `${name}_depthwise`, kernel, stride, 'relu6', 'depthwise');
    x = graph.conv(x, `${name}_project`, 1, 1, 'linear');
    const same = stride === 1 && filters === wanted;
    filters = wanted;
    return same ? graph.add('add', [start, x]) : x;
  };
  let x = graph.add('scale', 0, {factor: 1 / 128, offset: -127 / 128});
  x = graph.conv(x, 'stem', 3, 2, 'relu6');
  for (const [expansion, kernel, stride, blocks, wanted] of STAGES) {
    for (let n = 0; n < blocks; n++) x = block(x, expansion, kernel, n ? 1 : stride, wanted);
  }
  graph.conv(x, 'head', 1, 1, 'relu6');
  return {nodes: graph.nodes, classes: 'logits'};
}

export const NETWORKS = {'squeezenet': squeezenet, 'efficientnet-lite0': efficientnetLite0};
