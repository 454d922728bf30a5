import { byId, choices } from './elements.js';
import { time } from './text.js';

// The controls of the session, and what it says of itself.
export class SessionView {

  #config;
  #session;
  #gallery;
  #chosen = 0;

  constructor(config, session, gallery) {
    this.#config = config;
    this.#session = session;
    this.#gallery = gallery;
  }

  async show() {
    const labels = this.#config.users.map((user) => `${user.name} (project ${user.projects.join(', ')})`);
    choices(byId('users'), 'user', labels, (index) => {
      this.#chosen = index;
      this.#run(() => this.#begin());
    });
    byId('begin').addEventListener('click', () => this.#run(() => this.#begin()));
    byId('end').addEventListener('click', () => this.#run(() => this.#end()));
    this.#session.addEventListener('change', ({ detail }) => this.#tell(detail));
    await this.#run(() => this.#session.begin(this.#user()));
    this.#gallery.show();
  }

  #user() {
    return this.#config.users[this.#chosen];
  }

  async #begin() {
    try {
      await this.#session.begin(this.#user());
    }
    finally {
      this.#gallery.load();
    }
  }

  async #end() {
    await this.#session.end();
    this.#gallery.load();
  }

  async #run(action) {
    try {
      await action();
    }
    catch (error) {
      this.#tell({ kind: 'failed', error });
    }
  }

  #tell(detail) {
    byId('begin').disabled = this.#session.active;
    byId('end').disabled = !this.#session.active;
    byId('session-state').dataset.kind = detail.kind;
    byId('session-state').textContent = this.#sentence(detail);
  }

  #sentence({ kind, error, projects, expires, renewAfter }) {
    switch (kind) {
      case 'ended':
        return 'There is no session: the cookies are gone, and every image is refused.';
      case 'failed':
        return error.message;
      default: {
        const what = projects ? `project ${projects.join(', ')}` : 'all projects';
        return `${this.#session.user.name} has a session for ${what} until ${time(expires)}; it is renewed at ${time(renewAfter)}`
          + `${kind === 'renewed' ? ', and was renewed just now' : ''}.`;
      }
    }
  }

}
