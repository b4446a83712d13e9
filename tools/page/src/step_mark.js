// 5: faint writing over a cup of coffee, and what becomes of the class "carton".
import {complain, find, findAll, latest, make, say, signed} from './dom.js';
import {Figure} from './figure.js';
import {guess} from './parts.js';
import {withMark} from './pictures.js';
import {NAMES, place} from './scores.js';
import {NETWORKS, greys, loadPicture, machine, onChange, scores} from './store.js';

const CARTON = NAMES.indexOf('carton');
const LABELS = {chinese: 'Chinese characters', latin: 'Latin letters', shuffled: 'the same ink, shuffled', bar: 'an even bar'};

export function marks() {
  const section = find('#mark');
  const figure = new Figure(find('.stage', section));
  const opacity = find('#opacity');
  let [kind, rows, untouched] = ['none', [], {}];

  const refresh = latest(async () => {
    const cup = await loadPicture('coffee');
    const pixels = kind === 'none' ? cup.pixels : withMark(cup.pixels, await coverage(kind), opacity.value / 100);
    figure.show(pixels, kind === 'none' ? cup.alt : `${cup.alt} Faint white over it: ${LABELS[kind]}.`);
    if (find('.play', section).hidden) return;
    rows = await Promise.all(Object.keys(machine.loading).map(async (network) => {
      untouched[network] ??= await scores(cup.pixels, network);
      return {network, before: untouched[network], after: await scores(pixels, network)};
    }));
    table();
    await verdict();
  });

  function table() {
    find('tbody', section).replaceChildren(...rows.map(({network, before, after}) => make('tr', {},
      make('th', {scope: 'row', textContent: NETWORKS[network]}),
      make('td', {textContent: `${place(before, CARTON)}`}),
      make('td', {textContent: `${place(after, CARTON)}`}),
      make('td', {textContent: signed(after[CARTON] - before[CARTON])}))));
    find('.second', section).hidden = rows.length > 1;
    say(rows.map(({network, after}) => `${NETWORKS[network]}: carton at place ${place(after, CARTON)}`).join('. '));
  }

  const verdict = guess(section, () => {
    if (kind === 'none') return 'Lay the Chinese characters over the cup.';
    const parts = rows.map(({network, before, after}) => `with ${NETWORKS[network]} \u201ccarton\u201d goes from place `
      + `${place(before, CARTON)} to ${place(after, CARTON)}`);
    const more = rows.length > 1 ? '' : ' Now ask the other network.';
    return `${LABELS[kind][0].toUpperCase()}${LABELS[kind].slice(1)}: ${parts.join(', and ')}.${more}`;
  });

  section.addEventListener('opened', refresh);
  for (const choice of findAll('input[name="mark"]', section)) {
    choice.addEventListener('change', () => { kind = choice.value; refresh(); });
  }
  opacity.addEventListener('input', () => {
    find('#opacity-value').textContent = `${opacity.value} %`;
    refresh();
  });
  find('.second', section).addEventListener('click', async ({target}) => {
    target.classList.add('busy');
    try {
      await machine.load('efficientnet-lite0');
      await refresh();
    } catch (error) {
      complain(error);
    } finally {
      target.classList.remove('busy');
    }
  });
  let shown = false;
  onChange((what) => {
    if (what === 'network' || !shown) refresh();
    shown = true;
  });
}

const covers = {};

// How much of each pixel a mark covers, 0..1; the bar has the ink of the characters, spread evenly.
function coverage(kind) {
  covers[kind] ??= kind === 'bar' ? evenBar() : greys(`${kind}.mark.png`).then((v) => Float32Array.from(v, (n) => n / 255));
  return covers[kind];
}

async function evenBar() {
  const mark = await coverage('chinese');
  const [height, width] = [88, 176]; // of every mark, in the middle of the picture
  const mean = mark.reduce((a, b) => a + b, 0) / (height * width);
  return mark.map((_, n) => {
    const [x, y] = [n % 224 - (224 - width) / 2, Math.floor(n / 224) - (224 - height) / 2];
    return x >= 0 && x < width && y >= 0 && y < height ? mean : 0;
  });
}
