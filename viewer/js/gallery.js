import { pathOf, projectOf } from './config.js';
import { element } from './elements.js';

// Plain img elements, a group for each project.
export class Gallery {

  #config;
  #session;
  #place;
  #round = 0;
  #pictures = [];

  constructor(config, session, place) {
    this.#config = config;
    this.#session = session;
    this.#place = place;
  }

  show() {
    const projects = Map.groupBy(this.#config.images, projectOf);
    this.#place.replaceChildren(...[...projects].map(([project, keys]) => this.#group(project, keys)));
    this.load();
  }

  // Everything is asked for anew: another query is another address to the browser's caches, and the same image to
  // image-origin and to every edge.
  load() {
    this.#round += 1;
    for (const picture of this.#pictures) {
      this.#load(picture, 0);
    }
  }

  add(key) {
    const group = this.#place.querySelector(`[data-project="${CSS.escape(projectOf(key))}"] .figures`);
    if (group) {
      const picture = this.#picture(key);
      group.append(picture.figure);
      this.#load(picture, 0);
    }
  }

  #group(project, keys) {
    const figures = element('div', { class: 'figures' });
    const group = element('section', { 'data-project': project, 'aria-label': `Project ${project}` },
      element('h3', {}, `Project ${project}`), figures);
    for (const key of keys) {
      figures.append(this.#picture(key).figure);
    }
    return group;
  }

  #picture(key) {
    const image = element('img', { alt: key, 'data-key': key });
    const state = element('span', { class: 'state' });
    const figure = element('figure', {}, image, element('figcaption', {}, key.split('/').at(-1), ' ', state));
    const picture = { key, image, state, figure, attempt: 0 };
    image.addEventListener('load', () => this.#tell(picture, 'shown', ''));
    image.addEventListener('error', () => this.#failed(picture));
    this.#pictures.push(picture);
    return picture;
  }

  #load(picture, attempt) {
    picture.attempt = attempt;
    this.#tell(picture, 'loading', '');
    picture.image.src = `${pathOf(this.#config, picture.key)}?round=${this.#round}.${attempt}`;
  }

  // The cookies may have expired while this machine slept: one renewal, one more attempt.
  async #failed(picture) {
    const mayReturn = this.#session.active && this.#session.user.projects.includes(projectOf(picture.key));
    if (picture.attempt === 0 && mayReturn && await this.#session.renew().catch(() => false)) {
      this.#load(picture, 1);
      return;
    }
    const address = picture.image.src;
    const status = await statusOf(address);
    if (picture.image.src === address) {
      this.#tell(picture, 'refused', `refused${status}`);
    }
  }

  #tell(picture, state, text) {
    picture.figure.dataset.state = state;
    picture.state.textContent = text;
  }

}

// An img element does not say why it failed.
async function statusOf(address) {
  try {
    const response = await fetch(address, { credentials: 'include', cache: 'no-store' });
    await response.body?.cancel();
    return `: ${response.status}`;
  }
  catch {
    return '';
  }
}
