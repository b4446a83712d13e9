// 2: the map of a class, by three methods.
import {find, findAll, latest, number, say, small} from './dom.js';
import {Figure} from './figure.js';
import {density, enlarge, patchCorners, smooth, spreadDrops, PATCH} from './maps.js';
import {ClassSearch, guess, markChosen, pictureStrip} from './parts.js';
import {filled, withBox} from './pictures.js';
import {NAMES} from './scores.js';
import {SHOWN, chooseClass, choosePicture, machine, onChange, scores, state} from './store.js';

// A class that is in none of the pictures.
const ABSENT = NAMES.indexOf('volcano');
const UNITS = {
  gradient: 'logits per grey level',
  gradcam: 'weight of the place, no unit',
  occlusion: 'logits lost when the place is hidden',
};

const kept = {}; // raw maps by what they are of
const nameOf = (method, index) => [state.network, state.picture.key, method, index].join(' ');

export function rawGradient(index) {
  return kept[nameOf('gradient', index)] ??= machine.gradient(state.network, state.picture, index);
}

export function maps() {
  const section = find('#map');
  const figure = new Figure(find('.stage', section));
  const slider = find('#sigma');
  const strip = find('.thumbs', section);
  const search = new ClassSearch(find('.search', section), chooseClass);
  let method = 'gradient';
  let run = 0; // of occlusion; a newer one ends an older one

  const readout = find('.readout', section);
  figure.probe((value, x, y) => {
    if (value === undefined || Number.isNaN(value)) return;
    readout.textContent = `${small(value)} at ${x}, ${y}`;
    say(`${small(value)} at ${x} from the left, ${y} from the top`);
  });

  const put = (map, options) => {
    figure.overlay(map, options);
    figure.reread();
    find('.objects', section).textContent = objectsSentence(map, method);
    describe(figure, map, method);
  };

  const painters = {
    async gradient() {
      put(smooth(await rawGradient(state.index), Number(slider.value)), {unit: UNITS.gradient});
    },
    async gradcam() {
      put(enlarge(await machine.gradCam(state.network, state.picture, state.index)), {unit: UNITS.gradcam});
    },
    async occlusion() { await occlude(++run); },
  };

  async function occlude(mine) {
    const {network, picture, index, logits} = state;
    const corners = patchCorners();
    const filling = filled(picture.pixels, 'mean');
    const name = nameOf('occlusion', index);
    const drops = kept[name] ??= [];
    const draw = () => put(spreadDrops(corners, drops), {unit: UNITS.occlusion, centred: true});
    while (drops.length < corners.length) {
      const [top, left] = corners[drops.length];
      const hidden = withBox(picture.pixels, filling, {top, left, height: PATCH, width: PATCH});
      const score = (await scores(hidden, network))[index];
      if (mine !== run) return;
      drops.push(logits[index] - score);
      find('.progress', section).textContent = `${drops.length} of ${corners.length} places hidden`;
      if (drops.length % 4 === 0) draw();
    }
    draw();
    find('.progress', section).textContent = `all ${corners.length} places hidden`;
  }

  const refresh = latest(async () => {
    if (find('.play', section).hidden) return;
    run++;
    find('.smoothing', section).hidden = method !== 'gradient';
    find('.progress', section).textContent = '';
    // Occlusion takes seconds, and must not hold up what comes next.
    if (method === 'occlusion') painters.occlusion().catch(() => {});
    else await painters[method]();
  });

  const verdict = guess(section, async () => {
    const sigma = Number(slider.value);
    const [own, other] = await Promise.all([state.index, ABSENT].map(rawGradient));
    const [a, b] = [own, other].map((map) => smooth(map, sigma));
    const ratio = peak(b) / peak(a);
    return `\u201cVolcano\u201d gets a map as well: its peak is ${number(ratio, 1)} times that of `
      + `\u201c${NAMES[state.index]}\u201d, and the two maps correlate at ${number(correlation(a, b), 2)}. `
      + 'Bright does not mean \u201cfor the class\u201d.';
  });
  section.addEventListener('opened', () => refresh());

  for (const button of findAll('.methods button', section)) {
    button.addEventListener('click', () => {
      method = button.value;
      for (const other of findAll('.methods button', section)) {
        other.setAttribute('aria-pressed', String(other === button));
      }
      for (const note of findAll('[data-method]', section)) note.hidden = note.dataset.method !== method;
      refresh();
    });
  }
  slider.addEventListener('input', () => {
    find('#sigma-value').textContent = `${slider.value} pixels`;
    refresh();
  });
  find('#blend').addEventListener('input', (event) => {
    figure.over.style.opacity = event.target.value / 100;
  });
  find('.absent', section).addEventListener('click', () => chooseClass(ABSENT));

  pictureStrip(strip, SHOWN, choosePicture).then(() => markChosen(strip, state.picture?.key));
  onChange((what) => {
    if (what === 'picture') figure.clear();
    if (what !== 'class') figure.show(state.picture.pixels, state.picture.alt);
    markChosen(strip, state.picture.key);
    search.show(state.index, state.logits);
    find('.class-score', section).textContent = `its logit is ${number(state.logits[state.index])}`;
    if (what !== 'class') verdict();
    refresh();
  });
}

const peak = (map) => map.reduce((a, b) => Math.max(a, b), 0);

function correlation(a, b) {
  const mean = (map) => map.reduce((x, y) => x + y, 0) / map.length;
  const [ma, mb] = [mean(a), mean(b)];
  let [ab, aa, bb] = [0, 0, 0];
  for (let n = 0; n < a.length; n++) {
    const [x, y] = [a[n] - ma, b[n] - mb];
    ab += x * y;
    aa += x * x;
    bb += y * y;
  }
  return ab / Math.sqrt(aa * bb);
}

// How much of the map each object of a rendered scene gets, for its size.
export function objectsSentence(map, method) {
  const {labels, objects} = state.picture;
  if (!labels || method === 'occlusion' || !peak(map)) return '';
  const shares = objects.map((name, n) => `${name} ${number(density(map, (at) => labels[at] === n + 1), 1)}`);
  return `Share of the map over share of the area (1 is what any place gets): ${shares.join(', ')}.`;
}

function describe(figure, map, method) {
  let at = 0;
  map.forEach((value, n) => { if (value > map[at] || Number.isNaN(map[at])) at = n; });
  const [x, y] = [at % 224, Math.floor(at / 224)];
  const where = `${['upper', 'middle', 'lower'][Math.floor(y / 75)]} ${['left', 'centre', 'right'][Math.floor(x / 75)]}`;
  figure.picture.setAttribute('aria-label', `${state.picture.alt} Over it the ${method} map for `
    + `${NAMES[state.index]}, strongest in the ${where}, peak ${small(map[at])} ${UNITS[method]}.`);
}
