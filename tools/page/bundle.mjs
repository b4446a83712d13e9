// node bundle.mjs FOLDER: the page's scripts, and a list of the packages that went into them.
import {build} from 'esbuild';
import {readFileSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {fileURLToPath} from 'node:url';
import {gzipSync} from 'node:zlib';

const here = dirname(fileURLToPath(import.meta.url));
const folder = process.argv[2];
const {metafile} = await build({
  absWorkingDir: here,
  entryPoints: {page: 'src/page.js', worker: 'src/worker.js'},
  outdir: folder,
  bundle: true,
  minify: true,
  format: 'iife',
  target: ['chrome91', 'firefox113', 'safari16.4'],
  legalComments: 'none', // the licences stand on the page, with their texts
  metafile: true,
  logLevel: 'error',
});

const wasm = 'node_modules/@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm';
writeFileSync(join(folder, 'engine.wasm.gz'), gzipSync(readFileSync(join(here, wasm)), {level: 9}));

const used = Object.keys(metafile.inputs).map((path) => path.match(/node_modules\/((@[^/]+\/)?[^/]+)/));
const names = [...new Set(used.filter(Boolean).map((match) => match[1]))].sort();
const packages = names.map((name) => {
  const {version, license, author} = JSON.parse(
    readFileSync(join(here, 'node_modules', name, 'package.json'), 'utf-8'));
  return {name, version, license, author: author?.name ?? author ?? ''};
});
writeFileSync(join(folder, 'packages.json'), JSON.stringify(packages));
