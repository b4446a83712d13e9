// 1: the five classes with the highest scores.
import {find, say} from './dom.js';
import {Figure} from './figure.js';
import {bars, guess, markChosen, pictureStrip} from './parts.js';
import {NAMES, probabilities, ranked} from './scores.js';
import {NETWORKS, SHOWN, choosePicture, onChange, state} from './store.js';

export function answers() {
  const section = find('#answers');
  const figure = new Figure(find('.stage', section));
  const strip = find('.thumbs', section);
  const verdict = guess(section, () => {
    const [first] = ranked(state.logits);
    const chance = Math.round(100 * probabilities(state.logits)[first]);
    return `${NETWORKS[state.network]} says \u201c${NAMES[first]}\u201d and gives it ${chance} %.`;
  });
  pictureStrip(strip, SHOWN, choosePicture).then(() => markChosen(strip, state.picture?.key));
  onChange((what) => {
    if (what === 'class') return;
    figure.show(state.picture.pixels, state.picture.alt);
    bars(find('.bars', section), state.logits);
    markChosen(strip, state.picture.key);
    verdict();
    if (what === 'picture') say(`First answer: ${NAMES[ranked(state.logits)[0]]}`);
  });
}
