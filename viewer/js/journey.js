import { element } from './elements.js';
import { milliseconds } from './text.js';

const ROWS = [
  ['first', 'First user anywhere', '500–800'],
  ['again', 'Same edge again', '20–50'],
  ['other', 'First user at another edge', '800–1,200'],
  ['other-again', 'That edge again', '20–50'],
];
const ANSWERED = { edge: 'the edge', shield: 'Origin Shield', memory: 'memory', redis: 'Redis', s3: 'S3' };

// The four rows of the first design's table. Which row a request belongs to follows from what answered it, so that
// they fill in by themselves.
export class Journey {

  #cells = new Map();
  #images = new Map();

  constructor(body) {
    for (const [row, label, before] of ROWS) {
      const cold = element('td', { 'data-cell': `cold ${row}` }, '–');
      const warm = element('td', { 'data-cell': `warm ${row}` }, '–');
      this.#cells.set(`cold ${row}`, cold).set(`warm ${row}`, warm);
      body.append(element('tr', {}, element('th', { scope: 'row' }, label), element('td', {}, before), cold, warm));
    }
  }

  // After a purge or an upload the next request of the image is the first one.
  begin(key) {
    this.#images.delete(key);
  }

  record(result, found) {
    if (result.status !== 200) {
      return;
    }
    const row = this.#rowOf(result, found);
    if (row) {
      const column = this.#images.get(result.key).column;
      this.#cells.get(`${column} ${row}`).replaceChildren(element('strong', {}, milliseconds(result.total)), ' ',
        element('small', {}, `by ${ANSWERED[found.answered]}`));
    }
  }

  clear(column) {
    for (const [row] of ROWS) {
      this.#cells.get(`${column} ${row}`).replaceChildren('–');
    }
  }

  #rowOf(result, found) {
    const image = this.#images.get(result.key);
    const edgeHit = found.answered === 'edge';
    if (!image) {
      return edgeHit ? null : this.#first(result, found);
    }
    if (result.edge.name === image.edge) {
      return edgeHit ? 'again' : null;
    }
    if (!image.others.has(result.edge.name)) {
      image.others.add(result.edge.name);
      return edgeHit ? null : 'other';
    }
    return edgeHit ? 'other-again' : null;
  }

  // Nobody has asked for it since it was uploaded or purged, if the shield did not have it either.
  #first(result, found) {
    if (found.answered === 'shield') {
      return null;
    }
    this.#images.set(result.key, { edge: result.edge.name, others: new Set(), column: found.answered === 's3' ? 'cold' : 'warm' });
    return 'first';
  }

}
