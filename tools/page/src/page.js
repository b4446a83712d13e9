// The page: gets the small network going, then opens six experiments.
import {complain, find, findAll, say} from './dom.js';
import {court} from './step_court.js';
import {answers} from './step_answers.js';
import {hiding} from './step_hide.js';
import {maps} from './step_map.js';
import {marks} from './step_mark.js';
import {ownPhoto} from './step_photo.js';
import {lacking} from './machine.js';
import {NETWORKS, chooseNetwork, choosePicture, loadPicture, machine, onChange, state} from './store.js';

async function begin() {
  const sentence = lacking();
  if (sentence) {
    complain({message: sentence});
    find('main').inert = true;
    return;
  }
  await machine.start();
  await machine.load('squeezenet');
  for (const step of [answers, maps, hiding, court, marks, ownPhoto]) step();
  await choosePicture(await loadPicture('can_opener'));
  networkChoice();
  document.documentElement.dataset.ready = 'squeezenet';
}

function networkChoice() {
  const buttons = findAll('#networks button');
  const mark = () => {
    for (const button of buttons) {
      button.disabled = false;
      button.setAttribute('aria-pressed', String(button.value === state.network));
    }
  };
  for (const button of buttons) {
    button.addEventListener('click', async () => {
      const loaded = button.value in machine.loading;
      if (!loaded) say(`Loading ${NETWORKS[button.value]}`);
      button.classList.add('busy');
      try {
        await chooseNetwork(button.value);
        say(`${NETWORKS[button.value]} answers now`);
      } catch (error) {
        complain(error);
      } finally {
        button.classList.remove('busy');
      }
    });
  }
  onChange((what) => what === 'network' && mark());
  mark();
}

begin().catch(complain);
