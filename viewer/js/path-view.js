import { Diagram } from './diagram.js';
import { drawing } from './drawing.js';
import { byId, choices, choose, element } from './elements.js';
import { Journey } from './journey.js';
import { Management } from './management.js';
import { requestImage } from './request.js';
import { stationsOf } from './stations.js';
import { bytes, milliseconds } from './text.js';

const ANSWERS = { edge: 'the edge', shield: 'Origin Shield', memory: 'the memory of image-origin', redis: 'Redis', s3: 'S3' };
const BUTTONS = ['request', 'purge', 'upload', 'play-cold', 'play-warm'];

// The controls of the path, what a request has shown, and the journey.
export class PathView {

  #config;
  #gallery;
  #management;
  #diagram;
  #journey;
  #edge = 0;
  #uploads = 0;

  constructor(config, gallery) {
    this.#config = config;
    this.#gallery = gallery;
    this.#management = new Management(config);
    this.#diagram = new Diagram(byId('stations'));
    this.#journey = new Journey(byId('journey').tBodies[0]);
  }

  show() {
    byId('image').append(...[...this.#config.images, ...this.#config.more].map((key) => element('option', {}, key)));
    choices(byId('viewers'), 'viewer', this.#config.edges.map((edge) => edge.name), (index) => { this.#edge = index; });
    byId('emulated').textContent = this.#config.emulated ?? '';
    byId('hints').append(...this.#config.hints.map(hint));
    this.#on('request', () => this.#request());
    this.#on('purge', () => this.#purge());
    this.#on('upload', () => this.#upload());
    this.#on('play-cold', () => this.#play('cold', () => this.#purge()));
    this.#on('play-warm', () => this.#play('warm', () => this.#upload()));
    this.#enable(true);
  }

  #on(id, action) {
    byId(id).addEventListener('click', async () => {
      this.#enable(false);
      await action().catch((error) => { byId('management-state').textContent = error.message; });
      this.#enable(true);
      byId(id).focus();
    });
  }

  #enable(enabled) {
    const possible = { purge: this.#management.canPurge, upload: this.#management.canUpload,
      'play-cold': this.#management.canPurge && this.#config.edges.length > 1,
      'play-warm': this.#management.canUpload && this.#config.edges.length > 1,
      request: this.#config.edges.length > 0 };
    for (const id of BUTTONS) {
      byId(id).hidden = !possible[id];
      byId(id).disabled = !enabled;
    }
  }

  async #request() {
    const edge = this.#config.edges[this.#edge];
    this.#diagram.asking(edge);
    let result;
    try {
      result = await requestImage(this.#config, edge, byId('image').value);
    }
    catch {
      this.#refused(edge);
      return;
    }
    const found = stationsOf(result);
    this.#diagram.show(result, found);
    this.#journey.record(result, found);
    this.#describe(result, found);
  }

  // A refusal of CloudFront has no CORS headers, so that a script cannot tell it from an edge that is away.
  #refused(edge) {
    this.#diagram.refused(edge);
    byId('picture').hidden = true;
    byId('headers').replaceChildren();
    byId('summary').textContent = `${edge.name}’s edge refused the request without looking into its cache, or it is away.`;
  }

  #describe(result, found) {
    const picture = byId('picture');
    URL.revokeObjectURL(picture.src);
    picture.hidden = result.status !== 200;
    picture.src = URL.createObjectURL(result.body);
    picture.alt = result.key;
    const who = found.answered === 'edge' ? `the edge in ${result.edge.name}` : ANSWERS[found.answered];
    const first = result.firstByte === null ? '' : `, first byte after ${milliseconds(result.firstByte)}`;
    byId('summary').textContent = result.status === 200
      ? `${bytes(result.body.size)} from ${who} in ${milliseconds(result.total)}${first}.`
      : `${result.status} from ${who}.`;
    byId('headers').replaceChildren(...[...result.headers].flatMap(([name, value]) =>
      [element('dt', {}, name), element('dd', {}, value)]));
  }

  async #purge() {
    const key = byId('image').value;
    await this.#management.purge(key);
    this.#journey.begin(key);
    this.#tell(`${key} was purged from memory, from Redis and from every edge. The next request reads S3.`);
  }

  async #upload() {
    this.#uploads += 1;
    const project = this.#config.users[0].projects[0];
    const key = `projects/${project}/blocks/uploads/${new Date().toISOString().replace(/[:.]/g, '-')}.png`;
    await this.#management.upload(key, await drawing(`upload ${this.#uploads}`));
    const option = element('option', {}, key);
    byId('image').prepend(option);
    option.selected = true;
    this.#journey.begin(key);
    const warm = await this.#management.warmAfter(key);
    this.#tell(warm ? `${key} was uploaded. ${milliseconds(warm.elapsed)} later, and before anybody asks for it, it is in `
      + `${warm.tiers.map((tier) => ({ memory: 'memory', redis: 'Redis' })[tier]).join(' and ')}.`
      : `${key} was uploaded. No event has warmed it.`);
  }

  async #play(column, prepare) {
    this.#journey.clear(column);
    await prepare();
    for (const edge of [0, 0, 1, 1]) {
      this.#edge = edge;
      choose(byId('viewers'), edge);
      await this.#request();
      await pause();
    }
  }

  #tell(text) {
    byId('management-state').textContent = text;
  }

}

// So that a person sees each of them.
function pause() {
  const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
  return new Promise((resolve) => { setTimeout(resolve, still ? 0 : 900); });
}

function hint({ text, command }) {
  return element('li', {}, text, ...(command ? [' ', element('code', {}, command)] : []));
}
