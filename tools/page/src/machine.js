// The networks, in a thread of their own. Every answer is a promise.
import {bytes} from './files.js';

// Asks whether the smallest module with one SIMD instruction is valid.
const SIMD = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0, 1, 5, 1, 96, 0, 1, 123, 3, 2, 1, 0, 10, 10, 1, 8, 0, 65, 0, 253, 15,
  253, 98, 11);
const NEWER = 'use a newer browser (Chrome or Edge 91, Firefox 113, Safari 16.4, or later).';

// One sentence about what this browser lacks, or nothing.
export function lacking() {
  if (typeof WebAssembly !== 'object') {
    return 'This browser cannot run the networks, because WebAssembly is missing or switched off: '
      + `switch it on, or ${NEWER}`;
  }
  if (!WebAssembly.validate(SIMD)) {
    return `This browser cannot run the networks, because its WebAssembly has no SIMD: ${NEWER}`;
  }
  if (typeof DecompressionStream !== 'function') {
    return `This browser cannot unpack the networks: ${NEWER}`;
  }
  return '';
}

export class Machine {
  waiting = new Map();
  loading = {};
  number = 0;

  async start() {
    const [code, wasm] = await Promise.all([bytes('worker.js'), bytes('engine.wasm.gz')]);
    const address = URL.createObjectURL(new Blob([code], {type: 'text/javascript'}));
    this.worker = new Worker(address);
    this.worker.onmessage = ({data}) => this.settle(data);
    this.worker.onerror = ({message}) => {
      for (const id of this.waiting.keys()) this.settle({id, error: message || 'The network stopped.'});
    };
    await this.ask('start', {wasm}, [wasm.buffer]);
  }

  settle({id, result, error}) {
    const {resolve, reject} = this.waiting.get(id);
    this.waiting.delete(id);
    if (error === undefined) resolve(result);
    else reject(new Error(error));
  }

  ask(task, options, handed = []) {
    return new Promise((resolve, reject) => {
      this.waiting.set(++this.number, {resolve, reject});
      this.worker.postMessage({id: this.number, task, options}, handed);
    });
  }

  // Loads a network once; the second call waits for the first.
  load(name) {
    this.loading[name] ??= bytes(`${name}.weights`)
      .then((weights) => this.ask('load', {name, weights}, [weights.buffer]));
    this.loading[name].catch(() => { delete this.loading[name]; });
    return this.loading[name];
  }

  scores(name, pixels) { return this.ask('scores', {name, pixels}); }

  gradient(name, picture, index) { return this.ask('gradient', {name, picture, index}); }

  gradCam(name, picture, index) { return this.ask('gradCam', {name, picture, index}); }
}
