import { element } from './elements.js';
import { STATIONS } from './stations.js';
import { bytes, milliseconds } from './text.js';

const NAMES = { browser: 'Browser', edge: 'CloudFront edge', shield: 'Origin Shield', memory: 'Memory', redis: 'Redis', s3: 'S3' };
const WORDS = { hit: 'hit', miss: 'miss', read: 'read', away: 'unavailable', refused: 'refused' };

// The drawing of the README, as a list: each station a box, image-origin a box around its two tiers.
export class Diagram {

  #boxes = new Map();
  #origin;

  constructor(place) {
    for (const station of ['browser', ...STATIONS]) {
      this.#boxes.set(station, box(station));
    }
    this.#origin = element('span', { class: 'name' });
    const origin = element('li', { class: 'origin' }, this.#origin,
      element('ol', {}, this.#box('memory'), this.#box('redis')));
    place.replaceChildren(this.#box('browser'), this.#box('edge'), this.#box('shield'), origin, this.#box('s3'));
    this.clear();
  }

  clear() {
    this.#origin.textContent = 'image-origin';
    for (const station of this.#boxes.keys()) {
      this.#set(station, 'idle', '', '');
    }
  }

  asking(edge) {
    this.clear();
    this.#set('browser', 'asked', edge.name, 'asks …');
  }

  refused(edge) {
    this.clear();
    this.#set('browser', 'asked', edge.name, '');
    this.#set('edge', 'refused', edge.name, 'refused, or away');
  }

  show(result, found) {
    this.clear();
    this.#set('browser', 'asked', result.edge.name, `${milliseconds(result.total)}, ${bytes(result.transferred)}`);
    STATIONS.forEach((station, index) => this.#showStation(station, index, result, found));
    const region = result.headers.get('X-Served-Region');
    if (region && found.answered !== 'edge') {
      this.#origin.textContent = `image-origin, ${region}`;
    }
  }

  #showStation(station, index, result, found) {
    const place = station === 'edge' ? result.edge.name : '';
    if (!found[station]) {
      this.#set(station, 'idle', place, 'not asked');
      return;
    }
    const { outcome, time, bytes: sent } = found[station];
    const details = [WORDS[outcome]];
    if (time !== null) {
      details.push(milliseconds(time));
    }
    if (outcome !== 'away' && outcome !== 'refused') {
      details.push(station === found.answered ? `${bytes(sent)} from here` : `${bytes(sent)} through`);
    }
    this.#set(station, station === found.answered ? answer(outcome) : 'asked', place, details.join(', '));
    this.#box(station).dataset.step = String(index);
  }

  #box(station) {
    return this.#boxes.get(station);
  }

  #set(station, state, place, details) {
    const shown = this.#box(station);
    shown.dataset.state = state;
    shown.querySelector('.place').textContent = place;
    shown.querySelector('.details').textContent = details;
  }

}

function answer(outcome) {
  return outcome === 'refused' ? 'refused' : 'answered';
}

function box(station) {
  return element('li', { class: 'station', 'data-station': station }, element('span', { class: 'name' }, NAMES[station]),
    element('span', { class: 'place' }), element('span', { class: 'details' }));
}
