// What follows from 1000 logits.
import {FACTS} from './files.js';

export const NAMES = FACTS.classes.map((name) => name.replaceAll('_', ' '));

export function probabilities(logits) {
  const most = logits.reduce((a, b) => Math.max(a, b));
  const sizes = Float64Array.from(logits, (value) => Math.exp(value - most));
  const sum = sizes.reduce((a, b) => a + b);
  return sizes.map((size) => size / sum);
}

export const ranked = (logits) => [...logits.keys()].sort((a, b) => logits[b] - logits[a]);

// 1 for the highest score.
export const place = (logits, index) => 1 + logits.filter((value) => value > logits[index]).length;
