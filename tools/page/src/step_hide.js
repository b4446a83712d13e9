// 3: hide what you like, and hold it against the same box elsewhere.
import {Box} from './box.js';
import {draw, find, findAll, latest, make, number, say, signed} from './dom.js';
import {Figure, paint} from './figure.js';
import {SIDE, smooth} from './maps.js';
import {ClassSearch, bars, guess, markChosen, pictureStrip} from './parts.js';
import {elsewhere, filled, partOf, withBox} from './pictures.js';
import {NAMES} from './scores.js';
import {SHOWN, chooseClass, choosePicture, onChange, scores, state} from './store.js';
import {rawGradient} from './step_map.js';

const CONTROLS = 24;

export function hiding() {
  const section = find('#hide');
  const figure = new Figure(find('.stage', section));
  const strip = find('.thumbs', section);
  const search = new ClassSearch(find('.search', section), chooseClass);
  const trace = find('.elsewhere', section);
  let [fill, filling, others, run] = ['black', null, [], 0];
  let ours = null; // logits with our box

  let atBrightest = false;

  const box = new Box(figure.frame, () => {
    atBrightest = false;
    forget();
    refresh();
  });
  box.element.hidden = true;

  const cost = () => ours[state.index] - state.logits[state.index];

  function forget() {
    run++;
    others = [];
    trace.replaceChildren();
    find('.control', section).disabled = false;
  }

  const refresh = latest(async () => {
    if (!filling || find('.play', section).hidden) return;
    paintBox();
    const {picture, network} = state;
    const logits = await scores(withBox(picture.pixels, filling, box.box), network);
    if (picture !== state.picture || network !== state.network) return;
    ours = logits;
    report();
  });

  // The box shows its filling, so that the picture is what the network gets.
  function paintBox() {
    figure.clear();
    paint(figure.over, partOf(filling, box.box), box.box);
  }

  function report() {
    bars(find('.bars', section), ours, {also: state.index, before: state.logits});
    find('.cost', section).replaceChildren(
      make('b', {textContent: signed(cost())}), ` logits for \u201c${NAMES[state.index]}\u201d, which has `
      + `${number(state.logits[state.index])} without the box`);
    find('.figure-of-places', section).replaceChildren(...(others.length ? [places(cost(), others)] : []));
    find('.among', section).textContent = others.length ? among(cost(), others) : '';
    say(`${NAMES[state.index]} ${signed(cost())} logits. ${find('.among', section).textContent}`);
  }

  async function control() {
    const mine = ++run;
    const {picture, network, index, logits} = state;
    const wanted = elsewhere(box.box, CONTROLS);
    others = [];
    find('.control', section).disabled = true;
    if (!wanted.length) {
      find('.among', section).textContent = 'The box is so large that it fits nowhere else: make it smaller.';
      return;
    }
    for (const place of wanted) {
      const found = await scores(withBox(picture.pixels, filling, place), network);
      if (mine !== run) return;
      others.push(found[index] - logits[index]);
      trace.append(outline(place));
      report();
    }
    await verdict();
  }

  // Of the first control, if the box still lay where the guess was about.
  let verdictOf = '';
  const verdict = guess(section, () => {
    if (others.length && atBrightest) {
      const asMuch = others.filter((value) => cost() >= value).length;
      verdictOf = `Over the brightest place the box costs ${number(-cost())} logits; at ${asMuch} of `
        + `${others.length} other places it costs as much or more.`;
    }
    return verdictOf || 'Press \u201cThe same box elsewhere\u201d to see whether you were right.';
  });

  async function begin() {
    filling = filled(state.picture.pixels, fill);
    const map = smooth(await rawGradient(state.index), 12);
    const at = map.indexOf(map.reduce((a, b) => Math.max(a, b)));
    box.element.hidden = false;
    box.set({left: at % SIDE - 28, top: Math.floor(at / SIDE) - 28, width: 56, height: 56});
    atBrightest = true;
  }

  section.addEventListener('opened', begin);
  find('.control', section).addEventListener('click', control);
  find('.brightest', section).addEventListener('click', begin);
  for (const choice of findAll('input[name="fill"]', section)) {
    choice.addEventListener('change', () => {
      fill = choice.value;
      filling = filled(state.picture.pixels, fill);
      forget();
      refresh();
    });
  }
  pictureStrip(strip, SHOWN, choosePicture).then(() => markChosen(strip, state.picture?.key));
  onChange((what) => {
    if (what !== 'class') figure.show(state.picture.pixels, state.picture.alt);
    markChosen(strip, state.picture.key);
    search.show(state.index, state.logits);
    forget();
    if (find('.play', section).hidden) return;
    if (what === 'picture') begin();
    else if (what === 'class' && ours) report(); // the scores are there already
    else refresh();
  });
}

function among(own, others) {
  const lower = others.filter((value) => own < value).length;
  return `Lower than at ${lower} of ${others.length} other places, which lie from `
    + `${signed(Math.min(...others))} to ${signed(Math.max(...others))}.`;
}

function outline({left, top, width, height}) {
  const element = make('div', {className: 'ghost'});
  for (const [side, value] of Object.entries({left, top, width, height})) {
    element.style[side] = `${value / SIDE * 100}%`;
  }
  return element;
}

// A line with a dot for every other place, and a mark for ours.
function places(own, others) {
  const all = [own, 0, ...others];
  const [least, most] = [Math.min(...all), Math.max(...all)];
  const x = (value) => 14 + (value - least) / (most - least || 1) * 292;
  const label = `Change of the logit: ours ${signed(own)}, ${others.length} other places from `
    + `${signed(Math.min(...others))} to ${signed(Math.max(...others))}`;
  const dots = others.map((value, n) => draw('circle', {
    cx: x(value), cy: 30 + ((n * 7) % 5 - 2) * 4, r: 3.5, class: 'other'}));
  return draw('svg', {viewBox: '0 0 320 62', role: 'img', 'aria-label': label},
    draw('line', {x1: 8, x2: 312, y1: 30, y2: 30, class: 'axis'}),
    draw('line', {x1: x(0), x2: x(0), y1: 16, y2: 44, class: 'zero'}),
    words(x(0), 58, 'no change'), ...dots,
    draw('path', {d: `M${x(own)} 20 l6 10 l-6 10 l-6 -10 z`, class: 'ours'}),
    words(x(own), 12, `ours ${signed(own)}`));
}

function words(x, y, text) {
  const anchor = x < 40 ? 'start' : x > 280 ? 'end' : 'middle';
  const at = x < 40 ? Math.max(x - 8, 2) : x > 280 ? Math.min(x + 8, 318) : x;
  return draw('text', {x: at, y, 'text-anchor': anchor}, text);
}
