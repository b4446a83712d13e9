// Parts that several experiments use: guesses, bars, pictures to choose from, classes to search.
import {find, findAll, make, number, percent, say, signed} from './dom.js';
import {NAMES, probabilities, ranked} from './scores.js';
import {TITLES, loadPicture} from './store.js';
import {paint} from './figure.js';

// The experiment opens with a guess (or without one); then `answer()` says what came out.
export function guess(section, answer) {
  const asked = find('.guess', section);
  const play = find('.play', section);
  const verdict = make('p', {className: 'verdict', hidden: true});
  verdict.setAttribute('role', 'status');
  asked.after(verdict);
  let opened = false;
  const refresh = async () => {
    if (!opened) return;
    verdict.textContent = await answer();
    verdict.hidden = !verdict.textContent;
  };
  for (const button of findAll('button', asked)) {
    button.addEventListener('click', async () => {
      opened = true;
      play.hidden = false;
      asked.classList.add('given');
      for (const other of findAll('button', asked)) other.hidden = true;
      if (!button.classList.contains('without')) {
        find('.yours', asked).replaceChildren('Your guess: ', make('b', {textContent: button.textContent}));
      }
      section.dispatchEvent(new Event('opened'));
      await refresh();
      const first = find('button, input, [tabindex="0"]', play) ?? find('[tabindex="0"]', section);
      first?.focus({preventScroll: true});
    });
  }
  return refresh;
}

// The five highest classes, and `also` if it is none of them; with `before`, by how much each moved.
export function bars(list, logits, {also = null, before = null} = {}) {
  const chances = probabilities(logits);
  const shown = ranked(logits).slice(0, 5);
  if (also !== null && !shown.includes(also)) shown.push(also);
  list.replaceChildren(...shown.map((index) => {
    const fill = make('span', {className: 'fill'});
    fill.style.width = `${100 * chances[index]}%`;
    const moved = before ? ` (${signed(logits[index] - before[index])})` : '';
    return make('li', {className: index === also ? 'asked' : '', dataset: {class: index, logit: logits[index]}},
      make('span', {className: 'name', textContent: NAMES[index]}),
      make('span', {className: 'logit', textContent: `${number(logits[index])}${moved}`}),
      make('span', {className: 'chance', textContent: percent(chances[index])}),
      make('span', {className: 'track'}, fill));
  }));
}

// Small pictures to choose from. `choose(picture)` is called with the loaded picture.
export async function pictureStrip(place, names, choose) {
  const buttons = await Promise.all(names.map(async (name) => {
    const picture = await loadPicture(name);
    return thumbnail(picture, TITLES[name], () => choose(picture));
  }));
  place.replaceChildren(...buttons);
}

export function thumbnail(picture, title, choose) {
  const canvas = make('canvas', {width: 56, height: 56});
  paint(canvas, Float32Array.from({length: 3 * 56 * 56}, (_, n) => {
    const [row, column] = [Math.floor(n / 168), Math.floor(n / 3) % 56];
    return picture.pixels[3 * ((4 * row + 1) * 224 + 4 * column + 1) + n % 3];
  }));
  const button = make('button', {type: 'button', className: 'thumb', onclick: choose, dataset: {key: picture.key}},
    canvas, make('span', {textContent: title}));
  canvas.setAttribute('aria-hidden', 'true');
  return button;
}

export function markChosen(place, key) {
  for (const button of findAll('.thumb', place)) {
    button.setAttribute('aria-pressed', String(button.dataset.key === key));
  }
}

// --- Classes to search ----------------------------------------------------------------------------

const MOST = 8;

// A combobox over the 1000 names; `choose(index)` when one is taken.
export class ClassSearch {
  constructor(root, choose) {
    this.input = find('input', root);
    this.list = find('ul', root);
    this.choose = choose;
    this.found = [];
    this.active = -1;
    this.input.addEventListener('input', () => this.open());
    this.input.addEventListener('focus', () => { this.input.select(); this.open(true); });
    this.input.addEventListener('blur', () => { this.close(); this.input.value = this.shown ?? ''; });
    this.input.addEventListener('keydown', (event) => this.key(event));
  }

  show(index, logits) {
    this.shown = NAMES[index];
    this.logits = logits;
    if (document.activeElement !== this.input) this.input.value = this.shown;
  }

  // The names that hold what was typed, best scores first; at first the highest of all.
  open(everything = false) {
    const typed = everything ? '' : this.input.value.trim().toLowerCase();
    this.found = ranked(this.logits).filter((n) => NAMES[n].toLowerCase().includes(typed)).slice(0, MOST);
    this.list.replaceChildren(...this.found.map((index, n) => {
      const option = make('li', {id: `${this.list.id}-${n}`, textContent: NAMES[index]});
      option.setAttribute('role', 'option');
      option.addEventListener('pointerdown', (event) => { event.preventDefault(); this.take(n); });
      return option;
    }));
    if (!this.found.length) {
      const none = make('li', {textContent: `None of the 1000 classes has \u201c${typed}\u201d in its name.`});
      none.setAttribute('role', 'option');
      none.setAttribute('aria-disabled', 'true');
      this.list.append(none);
    }
    this.mark(typed && this.found.length ? 0 : -1);
    this.toggle(true);
    if (typed) say(`${this.found.length || 'no'} classes found`);
  }

  close() { this.toggle(false); }

  toggle(open) {
    this.list.hidden = !open;
    this.input.setAttribute('aria-expanded', String(open));
    if (!open) this.input.removeAttribute('aria-activedescendant');
  }

  mark(n) {
    this.active = n;
    [...this.list.children].forEach((option, at) => option.setAttribute('aria-selected', String(at === n)));
    if (n >= 0) this.input.setAttribute('aria-activedescendant', `${this.list.id}-${n}`);
    else this.input.removeAttribute('aria-activedescendant');
    this.list.children[n]?.scrollIntoView({block: 'nearest'});
  }

  key(event) {
    if (event.key === 'Escape') return this.close();
    if (event.key === 'Enter') {
      event.preventDefault();
      return this.active >= 0 && this.take(this.active);
    }
    const step = {ArrowDown: 1, ArrowUp: -1}[event.key];
    if (!step) return;
    event.preventDefault();
    if (this.list.hidden) this.open();
    else if (this.found.length) this.mark((this.active + step + this.found.length) % this.found.length);
  }

  take(n) {
    const index = this.found[n];
    this.shown = NAMES[index];
    this.input.value = this.shown;
    this.close();
    this.choose(index);
  }
}
