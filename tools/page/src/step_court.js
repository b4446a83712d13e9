// 4: the basketball scene, rendered with and without its ball and its hoop.
import {find, latest, number, say, signed} from './dom.js';
import {Figure} from './figure.js';
import {density, smooth} from './maps.js';
import {bars, guess} from './parts.js';
import {NAMES} from './scores.js';
import {NETWORKS, loadPicture, machine, onChange, scores, state} from './store.js';

const CLASS = NAMES.indexOf('basketball');
const nameOf = (ball, hoop) => ['basketball', ...(ball ? [] : ['no_ball']), ...(hoop ? [] : ['no_hoop'])].join('_');

export function court() {
  const section = find('#court');
  const figure = new Figure(find('.stage', section));
  const [ball, hoop] = [find('#ball'), find('#hoop')];
  let found = {}; // name of the variant -> logits, for the network that answers

  // What is known stands in the table, unless another network answers by now.
  const look = async (name) => {
    const {pixels} = await loadPicture(name);
    const asked = found[name] ??= scores(pixels);
    const logits = await asked;
    if (found[name] === asked) find(`[data-variant="${name}"]`, section).textContent = number(logits[CLASS]);
    return logits;
  };
  const logitOf = async (name) => (await look(name))[CLASS];

  const refresh = latest(async () => {
    const name = nameOf(ball.checked, hoop.checked);
    const picture = await loadPicture(name);
    figure.show(picture.pixels, picture.alt);
    if (find('.play', section).hidden) return;
    const logits = await look(name);
    bars(find('.bars', section), logits, {also: CLASS, before: await look('basketball')});
    say(`${picture.alt.split('.')[0]}. Basketball ${number(logits[CLASS])}`);
    await verdict();
  });

  const verdict = guess(section, async () => {
    const seen = ['basketball_no_ball', 'basketball_no_hoop'].every((name) => find(`[data-variant="${name}"]`, section).textContent !== '?');
    if (!seen) return 'Switch the ball off and on again, then the hoop.';
    const whole = await logitOf('basketball');
    const [a, b, both] = await Promise.all(
      ['no_ball', 'no_hoop', 'no_ball_no_hoop'].map(async (gone) => await logitOf(`basketball_${gone}`) - whole));
    return `${NETWORKS[state.network]}: without the ball ${signed(a)} logits, without the hoop ${signed(b)}, `
      + `without both ${signed(both)}. ${await mapSentence()}`;
  });

  async function mapSentence() {
    const picture = await loadPicture('basketball');
    const map = smooth(await machine.gradient(state.network, picture, CLASS), 5);
    const [onBall, onHoop] = [1, 2].map((label) => density(map, (n) => picture.labels[n] === label));
    return `Its smoothed gradient map gives the ball ${number(onBall)} times its area\u2019s share, the hoop ${number(onHoop)} times.`;
  }

  function forget() {
    found = {};
    for (const cell of section.querySelectorAll('[data-variant]')) cell.textContent = '?';
  }

  section.addEventListener('opened', refresh);
  for (const toggle of [ball, hoop]) toggle.addEventListener('change', () => refresh());
  onChange((what) => {
    if (what === 'network') forget();
    if (what === 'network' || !figure.shown) refresh();
    figure.shown = true;
  });
}
