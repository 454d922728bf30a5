// Purge, upload and a look into the tiers, through the server's own door to them: a browser never holds the token
// of an administrator.
export class Management {

  #images;
  #uploads;

  constructor(config) {
    this.#images = config.management.images;
    this.#uploads = config.management.uploads;
  }

  get canPurge() {
    return Boolean(this.#images);
  }

  get canUpload() {
    return Boolean(this.#uploads);
  }

  async purge(key) {
    const response = await fetch(this.#of(key), { method: 'DELETE' });
    if (!response.ok) {
      throw new Error(`The purge failed: ${response.status}`);
    }
    return response.json();
  }

  async upload(key, blob) {
    const path = key.split('/').map(encodeURIComponent).join('/');
    const response = await fetch(this.#uploads + path, { method: 'PUT', headers: { 'Content-Type': blob.type }, body: blob });
    if (!response.ok) {
      throw new Error(`The upload failed: ${response.status}`);
    }
  }

  // How long until a tier of the region has the image, which nobody has asked for: null if none has it in ten seconds.
  async warmAfter(key) {
    const start = performance.now();
    while (this.canPurge && performance.now() - start < 10000) {
      const held = await (await fetch(this.#of(key), { cache: 'no-store' })).json();
      if (held.redis || held.memory) {
        return { elapsed: performance.now() - start, tiers: ['memory', 'redis'].filter((tier) => held[tier]) };
      }
      await new Promise((resolve) => { setTimeout(resolve, 20); });
    }
    return null;
  }

  #of(key) {
    return `${this.#images}?key=${encodeURIComponent(key)}`;
  }

}
