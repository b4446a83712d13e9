// The networks' own thread: {id, task, options} in, {id, result} or {id, error} out. A picture is
// {key, pixels}: one of the same key is not run again for another map.
import * as tf from '@tensorflow/tfjs-core';
import {setWasmPaths} from '@tensorflow/tfjs-backend-wasm';
import {reduceChannels} from './maps.js';
import {Network} from './network.js';
import {NETWORKS} from './networks.js';
import {readWeights, unzip} from './weights.js';

const networks = {};

const tasks = {
  async start({wasm}) {
    const binary = await unzip(wasm);
    // The page has brought the binary along: nothing is fetched.
    tf.env().platform.fetch = async () => new Response(binary);
    tf.env().set('WASM_HAS_MULTITHREAD_SUPPORT', false);
    setWasmPaths('', true);
    await tf.setBackend('wasm');
  },
  async load({name, weights}) {
    networks[name] ??= new Network(NETWORKS[name](), await readWeights(weights));
  },
  scores: ({name, pixels}) => networks[name].scores(pixels),
  gradient: ({name, picture, index}) => {
    networks[name].look(picture);
    return reduceChannels(networks[name].gradient(index));
  },
  gradCam: ({name, picture, index}) => {
    networks[name].look(picture);
    return networks[name].gradCam(index);
  },
  memory: () => ({...tf.memory()}),
};

self.onmessage = async ({data: {id, task, options}}) => {
  try {
    self.postMessage({id, result: await tasks[task](options)});
  } catch (error) {
    self.postMessage({id, error: String(error?.message ?? error)});
  }
};
