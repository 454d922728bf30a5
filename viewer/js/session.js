import { tokenOf } from './config.js';

// One user's session: a token traded for cookies, which the browser sends with every image of the projects it names.
// The cookies are HttpOnly; all that a script knows of them is when to renew them.
export class Session extends EventTarget {

  #config;
  #user = null;
  #timer = 0;
  #renewal = null;
  #projects = [];

  constructor(config) {
    super();
    this.#config = config;
  }

  get user() {
    return this.#user;
  }

  get active() {
    return this.#user !== null;
  }

  async begin(user) {
    await this.end();
    const granted = await this.#trade(user);
    this.#user = user;
    this.#keep(granted, 'began');
  }

  // Called at renewAfter, and by an image that fails. Those that fail together share one renewal.
  renew() {
    this.#renewal ??= this.#renewed().finally(() => { this.#renewal = null; });
    return this.#renewal;
  }

  async end() {
    clearTimeout(this.#timer);
    this.#user = null;
    // Its cookies would come after those of the end.
    await this.#renewal?.catch(() => {});
    const query = this.#projects.map((project) => `&project=${encodeURIComponent(project)}`).join('');
    if (query) {
      await this.#ask(`?end${query}`, {});
      this.#projects = [];
    }
    this.#tell({ kind: 'ended' });
  }

  async #renewed() {
    const user = this.#user;
    if (user === null) {
      return false;
    }
    const granted = await this.#trade(user);
    if (this.#user !== user) {
      this.#projects = granted.projects ?? [];
      return false;
    }
    this.#keep(granted, 'renewed');
    return true;
  }

  async #trade(user) {
    const query = user.projects.map((project) => `project=${encodeURIComponent(project)}`).join('&');
    const response = await this.#ask(query ? `?${query}` : '', { Authorization: `Bearer ${await tokenOf(user)}` });
    if (!response.ok) {
      throw new Error(`The session was refused: ${response.status}`);
    }
    const granted = await response.json();
    return { ...granted, renewIn: renewIn(granted, response.headers.get('Date')) };
  }

  #ask(query, headers) {
    return fetch(this.#config.sessionPath + query, { headers, credentials: 'include', cache: 'no-store' });
  }

  #keep(granted, kind) {
    this.#projects = granted.projects ?? [];
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.renew().catch((error) => this.#tell({ kind: 'failed', error })), granted.renewIn);
    this.#tell({ kind, ...granted });
  }

  #tell(detail) {
    this.dispatchEvent(new CustomEvent('change', { detail }));
  }

}

// By the server's own clock, since this machine's may be wrong.
function renewIn(granted, date) {
  const now = date ? Date.parse(date) : Date.now();
  return Math.max(1000, Date.parse(granted.renewAfter) - now);
}
